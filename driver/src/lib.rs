//! Devices, buffers and jobs over one transport interface.
//!
//! ```text
//!   Device ── identity (handshake), buffers (Allocator), jobs (msm, ntt)
//!     │
//!   Transport ── registers, device memory, wait, reset
//!     ├── SimTransport (feature `sim`)
//!     ├── SerialTransport (feature `serial`)
//!     ├── PcieTransport (feature `pcie`)
//!     └── XrtTransport (feature `xrt`)
//! ```
//!
//! A [`Device`] is one kernel. Opening it reads what the kernel says of itself and refuses one that
//! is not what was asked for. A job has [`Limits`]; when they are exceeded the kernel is reset, the
//! caller gets an error, and the next job works: device memory survives a reset of the kernel.
//! Nothing here knows of curves or field elements; operands are bytes in the layouts of
//! [`vegalith_abi::memory`].

mod device;
mod error;
mod exclusive;
mod flash;
mod identity;
mod image;
mod job;
mod lock;
mod memory;
mod msm;
mod ntt;
#[cfg(feature = "pcie")]
pub mod pcie;
#[cfg(feature = "serial")]
pub mod serial;
#[cfg(feature = "sim")]
mod sim;
mod transport;
#[cfg(feature = "xrt")]
pub mod xrt;

pub use device::Device;
pub use error::{Error, KernelErrors, Result, Unavailability};
pub use exclusive::{Exclusive, OpenTransport};
pub use flash::{Flash, FlashError, FlashMemory, FlashOptions, FlashPort};
pub use identity::{Capabilities, Digest, Expectation, Identity, InvalidDigest};
pub use image::{
    Access, Flow, Image, ImageError, ImageFile, ImageKind, ImageRequest, KnownPreset, Manifest,
    Resource, SearchPath, Source, Use,
};
pub use job::{Limits, Statistics};
pub use lock::{DeviceLock, Holder};
pub use memory::Buffer;
pub use msm::{MsmJob, MsmResult, UNWRITTEN};
pub use ntt::NttJob;
#[cfg(feature = "pcie")]
pub use pcie::PcieTransport;
#[cfg(feature = "serial")]
pub use serial::SerialTransport;
#[cfg(feature = "sim")]
pub use sim::SimTransport;
pub use transport::Transport;
#[cfg(feature = "sim")]
pub use vegalith_sim as simulator;
#[cfg(feature = "xrt")]
pub use xrt::{XrtImage, XrtOptions, XrtTransport};
