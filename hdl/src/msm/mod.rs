//! The multi-scalar multiplication engine and its kernel.

mod arguments;
mod config;
mod dispatch;
mod engine;
mod feed;
mod folded;
mod kernel;
mod lane;
mod merge;
mod model;
mod parts;
mod prepare;
mod queues;
mod sequencer;
mod slots;
mod unpack;

#[cfg(test)]
mod engine_tests;

pub use config::{AdderStyle, MsmConfig, MsmConfigError};
pub(crate) use kernel::kernel;
pub(crate) use merge::{MergeConfig, Occupancy};
pub use model::{CycleModel, ModelRun};
