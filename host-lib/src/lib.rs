//! Vegalith's host library: multi-scalar multiplication and number-theoretic transforms behind one
//! [`Backend`] trait, with a CPU reference, device backends and policies that wrap a backend.

mod backend;
mod bases;
mod check;
mod cpu;
mod data;
#[cfg(feature = "device")]
mod device;
mod encoding;
mod error;
pub mod files;
mod point;
mod policy;

pub use backend::{
    Backend, BackendInfo, BasesId, BasesOptions, DeviceStatistics, Health, Job, NttOptions,
    Outcome, Output, Ticket,
};
pub use cpu::CpuBackend;
pub use data::{Bases, Curve, Elements, Field, Goldilocks, Group, Point, Scalars};
#[cfg(feature = "sim")]
pub use device::SimSelection;
#[cfg(feature = "device")]
pub use device::{DeviceBackend, HardwareOptions, KernelSource};
pub use error::{Error, Result};
pub use point::HexCoordinates;
pub use policy::{Fallback, FallbackEvent, Shadow, Strict};
#[cfg(feature = "device")]
pub use vegalith_driver as driver;
#[cfg(feature = "sim")]
pub use vegalith_driver::simulator;
