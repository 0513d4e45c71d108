//! Injects faults into the system calls behind a PCIe transport and into the device behind them.
//!
//! ```text
//! cargo run --release -p vegalith-driver --features pcie,sim --example faults_pcie -- 100000 1
//! ```
//!
//! Arguments: number of faults (1000), seed (1). Exit code 1: something that must hold did not; 3: no
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
    let (Some(faults), Some(seed)) = (number(1000), number(1)) else {
        eprintln!("expected a number of faults and a seed");
        return ExitCode::from(2);
    };
    let Some(machine) = Machine::new(false) else {
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
