//! Injects faults into the system calls behind a PCIe transport and into the device behind them.
//!
//! ```text
//! cargo run --release -p vegalith-driver --features pcie,sim --example faults_pcie -- 100000 1
//! ```
//!
//! Arguments: number of faults (1000), seed (1), and `events` for a kernel that raises interrupts
//! instead of one that is polled. Exit code 1: something that must hold did not; 3: no
//! file system can be mounted here.

use std::process::ExitCode;

#[path = "../tests/card/mod.rs"]
mod card;

use card::campaign;
use card::nodes::Machine;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| match arguments.next() {
        None => Some(default),
        Some(text) => text.parse().ok(),
    };
    let (faults, seed) = (number(1000), number(1));
    let has_events = match arguments.next().as_deref() {
        None => Some(false),
        Some("events") => Some(true),
        Some(_) => None,
    };
    let (Some(faults), Some(seed), Some(has_events)) = (faults, seed, has_events) else {
        eprintln!("expected a number of faults, a seed, and nothing or `events`");
        return ExitCode::from(2);
    };
    let Some(machine) = Machine::new(has_events) else {
        return ExitCode::from(3);
    };
    match campaign::run(&machine, faults, seed) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::from(u8::from(!summary.is_clean()))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}
