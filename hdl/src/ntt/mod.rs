//! The number-theoretic transform engine and its kernel.

mod beats;
mod commands;
mod config;
mod engine;
#[cfg(test)]
mod engine_tests;
mod factors;
mod flow;
mod folded;
mod kernel;
mod pass;
mod pipeline;
mod sequencer;
mod stage;
mod tables;
mod tile;

pub use config::{NttConfig, NttConfigError};
pub(crate) use folded::kernel as folded_kernel;
pub use folded::{FoldedNttConfig, FoldedNttConfigError};
pub(crate) use kernel::kernel;
