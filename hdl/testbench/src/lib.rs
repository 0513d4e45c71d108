//! Runs generated Verilog blocks in Verilator, cycle by cycle, from Rust tests.
//!
//! A [`Source`] (Verilog text, ports, DPI-C sources, defines) is verilated and compiled into a
//! program that is cached by the hash of everything that went into it. A [`Bench`] drives that
//! program through pipes:
//!
//! ```no_run
//! # use vegalith_testbench::{Bench, BenchError, Source};
//! # fn run(source: &Source) -> Result<(), BenchError> {
//! let mut bench = match Bench::start(source) {
//!     Err(BenchError::Unavailable(reason)) => {
//!         println!("skipped: {reason}");
//!         return Ok(());
//!     }
//!     bench => bench?,
//! };
//! bench.set("data", &5u32.into())?;
//! bench.step()?;
//! let seen = bench.get("data_out")?;
//! # let _ = seen; Ok(())
//! # }
//! ```
//!
//! Time: inputs set before a [`Bench::step`] are what the block sees at that rising edge.
//! [`Bench::get`] shows the outputs settled after the last edge with the inputs set since, so a
//! combinational path from input to output is visible without a step.

mod bench;
mod build;
mod error;
mod program;
mod source;

pub use bench::{Bench, Row};
pub use error::BenchError;
pub use source::{Direction, Port, Source};
