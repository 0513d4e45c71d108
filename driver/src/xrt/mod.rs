//! Kernels on cards that OpenCL reaches: XRT's, and for development any other implementation.
//!
//! ```text
//!   XrtTransport   registers as the driver knows them: arguments, control, identity, counters
//!     │            (virtual where OpenCL has no access to them)
//!   Watchdog       a thread that makes the calls, so that no caller waits for ever
//!     │
//!   Session        context, out-of-order queue, program, compute unit, one arena of device memory
//!     ├── Image    .xclbin, read and checked before XRT sees it, or OpenCL C
//!     └── Port     register access through XRT's own interface, where the card has it
//! ```
//!
//! **Why this is a [`Transport`](crate::Transport).** OpenCL starts kernels and moves buffers; it
//! neither writes a start bit nor reads a register. A second interface above `Transport` would
//! split the driver in two: two lives of a job, two sets of checks. So the few registers of the
//! contract are kept here instead: argument words are collected until the start bit is written,
//! which sets the kernel's arguments and enqueues it; the done bit is its event. Nothing above
//! knows the difference. Device memory is one buffer, the *arena*, pinned to a bank that all
//! arguments of the compute unit reach; an address in an argument becomes a sub-buffer of exactly
//! the bytes that the job may touch there.
//!
//! **What OpenCL cannot show** is what the kernel says of itself: identity, error bits, counters.
//! On a card they are read through XRT's register interface ([`RegisterAccess::Card`]; it needs
//! `exclusive_cu_context=true` below `[Runtime]` in `xrt.ini`, which also keeps other processes off
//! the compute unit). Without them a failed memory access would pass for a result, so a card is
//! refused if they cannot be read. Emulation and OpenCL C have none: [`RegisterAccess::Image`] takes
//! the identity from the image and does without counters.
//!
//! **A job that does not end** cannot be stopped through OpenCL. It is given up at its deadline; the
//! transport reports the link down until the event is seen to end, and what the job may still
//! write to is never released.

mod container;
mod discovery;
mod event;
mod failure;
mod image;
mod interface;
mod layout;
mod metadata;
mod opening;
mod options;
mod pack;
mod port;
mod runtime;
mod session;
mod straggler;
mod transport;
mod watchdog;
mod words;
mod xclbin;

pub use discovery::{xrt_devices, OpenClDevice};
pub use image::XrtImage;
pub use metadata::{Argument, ArgumentKind, KernelMetadata};
pub use options::{RegisterAccess, XrtOptions};
pub use pack::XclbinBuilder;
pub use transport::XrtTransport;
pub use words::IdentityWords;
pub use xclbin::{ComputeUnit, MemoryBank, Xclbin, XclbinError};
