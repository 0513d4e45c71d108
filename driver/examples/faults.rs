//! Injects faults between the driver and simulated kernels: on the line to a board of which every gate
//! is simulated, and in the system calls behind a PCIe card, polled and with interrupts.
//!
//! ```text
//! cargo run -p vegalith-driver --features pcie,serial,sim --example faults -- 100000 1
//! ```
//!
//! Arguments: number of faults (1000), of which the line gets half, and a seed (1). Exit code 1:
//! a rule was broken; 3: the campaign could not be run, as where no file system can be mounted.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

#[path = "../tests/account/mod.rs"]
mod account;
#[path = "../tests/card/mod.rs"]
mod card;
#[path = "../tests/card/campaign.rs"]
mod card_campaign;
#[path = "../tests/wire/mod.rs"]
mod wire;
#[path = "../tests/wire/campaign.rs"]
mod wire_campaign;

use account::Account;
use card::nodes::Machine;

type Outcome = Result<Vec<Account>, String>;

fn cards(faults: u64, seed: u64, progress: &AtomicU64) -> Outcome {
    let ways = [("PCIe, polled", false), ("PCIe, interrupts", true)];
    let mut before = 0;
    let run = |(name, has_events): (&'static str, bool)| {
        let machine =
            Machine::new(has_events).ok_or("the campaign needs FUSE and root's rights")?;
        let told = |count| progress.store(before + count, Ordering::Relaxed);
        let share = faults / 2;
        let account = card_campaign::run(&machine, name, share, seed, &told);
        before += share;
        account.map_err(|error| format!("{name}: {error}"))
    };
    ways.into_iter().map(run).collect()
}

fn line(faults: u64, seed: u64, progress: &AtomicU64) -> Outcome {
    let told = |count| progress.store(count, Ordering::Relaxed);
    let account = wire_campaign::run("serial line", faults, seed, &told);
    account
        .map(|account| vec![account])
        .map_err(|error| format!("serial line: {error}"))
}

fn run(faults: u64, seed: u64) -> Outcome {
    let progress: Arc<[AtomicU64; 2]> = Arc::default();
    let shown = progress.clone();
    std::thread::spawn(move || loop {
        std::thread::sleep(Duration::from_secs(60));
        let [line, cards] = [0, 1].map(|at| shown[at].load(Ordering::Relaxed));
        eprintln!("faults so far: {line} on the line, {cards} on cards");
    });
    let (of_line, of_cards) = std::thread::scope(|scope| {
        let of_line = scope.spawn(|| line(faults / 2, seed, &progress[0]));
        let of_cards = cards(faults - faults / 2, seed, &progress[1]);
        (of_line.join().expect("its panic is this one's"), of_cards)
    });
    Ok([of_line?, of_cards?].concat())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| match arguments.get(at) {
        None => Some(default),
        Some(text) => text.parse().ok(),
    };
    let (Some(faults), Some(seed)) = (number(0, 1000), number(1, 1)) else {
        eprintln!("expected a number of faults and a seed");
        return ExitCode::from(2);
    };
    println!("seed {seed}");
    match run(faults, seed) {
        Ok(accounts) => {
            println!("{}", account::table(&accounts));
            let clean = accounts.iter().all(Account::is_clean);
            println!(
                "{}",
                if clean {
                    "every rule holds"
                } else {
                    "A RULE WAS BROKEN"
                }
            );
            ExitCode::from(u8::from(!clean))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}
