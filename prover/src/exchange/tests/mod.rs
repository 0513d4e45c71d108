//! The rules by example: batches that break one rule each ([`cases`]), batches that just keep to
//! them ([`edges`]), and what the executor makes of both. The circuit's tests prove the same of its
//! constraints.

pub(crate) mod cases;
pub(crate) mod edges;
mod executor;
pub(crate) mod setting;
