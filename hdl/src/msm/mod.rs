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
pub(crate) use feed::{FeedConfig, Split};
pub(crate) use kernel::kernel;
pub(crate) use lane::{InFlight, InFlightConfig, LaneConfig, SumStore, ValueLane};
pub(crate) use merge::{Lanes, MergeConfig, Occupancy};
pub use model::{CycleModel, ModelRun};
pub(crate) use parts::{AdderBody, AdderConfig, AdderTiming, PointAdder};
pub(crate) use queues::{AnswerQueue, QueueConfig, QueueSize, ONE_PLACE};
pub(crate) use slots::SlotMap;
