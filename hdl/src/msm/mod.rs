//! The multi-scalar multiplication engine and its kernel.

mod dispatch;
mod engine;
mod feed;
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

pub use model::{CycleModel, ModelRun};
