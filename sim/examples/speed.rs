//! How fast the simulated kernels run on this machine, in thousands of cycles a second.
//!
//! ```text
//! cargo run --release -p vegalith-sim --example speed [--features synth-leaves]
//! ```

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use support::Job;
use vegalith_abi::registers;
use vegalith_sim::{models, Error, Leaf, Options, Simulator};

/// Points or elements: long enough that start and end do not count.
const SIZE: usize = 4096;

fn main() -> Result<(), Error> {
    println!(
        "{:<24} {:<14} {:>10} {:>8} {:>11}",
        "preset", "leaves", "cycles", "seconds", "kcycles/s"
    );
    for model in models() {
        let leaf = match model.synthesisable {
            true => Leaf::Synthesisable,
            false => Leaf::Fast,
        };
        let options = Options {
            leaf,
            ..Options::default()
        };
        let mut simulator = Simulator::open(model.preset, &options)?;
        let job = Job::random(&mut simulator, SIZE, 1)?;
        support::wait(&mut simulator, registers::CONTROL_IDLE)?;
        job.load(&mut simulator)?;
        let (begun, first) = (Instant::now(), simulator.cycle());
        support::start(&mut simulator)?;
        support::wait(&mut simulator, registers::CONTROL_DONE)?;
        let seconds = begun.elapsed().as_secs_f64();
        let cycles = simulator.cycle() - first;
        println!(
            "{:<24} {:<14} {:>10} {:>8.3} {:>11.1}",
            model.preset,
            format!("{leaf:?}").to_lowercase(),
            cycles,
            seconds,
            cycles as f64 / seconds / 1000.0
        );
    }
    Ok(())
}
