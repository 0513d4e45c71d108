//! A simulated board behind a pseudo-terminal, for whoever wants to try `serial:/dev/pts/N`:
//! `cargo run -p vegalith-sim --example board -- --preset ntt-goldilocks-ecp5`.
//!
//! `--noise RATE` lets so many of a million bytes go wrong in each way there is, `--seed SEED` chooses
//! which. It runs until it is interrupted.

use std::error::Error;
use std::sync::atomic::AtomicBool;

use vegalith_sim::{boards, BoardSimulator, BoardTerminal, NoiseRates, TerminalOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let mut preset = boards().first().map_or("", |model| model.preset).to_owned();
    let mut options = TerminalOptions::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--preset" => preset = value,
            "--noise" => {
                options.to_board = NoiseRates::even(value.parse()?);
                options.from_board = options.to_board;
            }
            "--seed" => options.seed = value.parse()?,
            _ => return Err(format!("unknown argument {argument}").into()),
        }
    }
    let board = BoardSimulator::open(&preset)?;
    let mut terminal = BoardTerminal::open(board, options)?;
    println!("{}", terminal.path().display());
    terminal.serve(&AtomicBool::new(false))?;
    Ok(())
}
