//! What every kernel has around its engine: the AXI4-Lite slave, burst readers and writers, and
//! the performance counters.

mod burst;
mod control;
mod counters;
mod kernel;

pub(crate) use burst::{BurstConfig, BurstReader, BurstWriter};
pub(crate) use control::{ControlSlave, Identity, ARGUMENT_WORDS};
pub(crate) use kernel::kernel_design;
