//! PCIe cards behind XDMA-style character devices.
//!
//! ```text
//!   PcieTransport ─ Link ──requests──► worker thread ─ Nodes ── pread/pwrite/poll
//!                        ◄──replies───                  ├─ PREFIX_user      registers
//!                                                       ├─ PREFIX_h2c_0     memory, written
//!                                                       ├─ PREFIX_c2h_0     memory, read
//!                                                       └─ PREFIX_events_0  interrupt, if there
//! ```
//!
//! These are the nodes of Xilinx's driver for its DMA/Bridge IP (PG195), which bare cards and
//! AWS F2's shell use: a file position is a device address, or an offset into the BAR.
//!
//! **Why a thread.** Every call of a [`Transport`](crate::Transport) must end, and a `pread` in
//! this driver may not: it sleeps until its DMA engine answers, `O_NONBLOCK` is ignored, and a
//! signal is not sure to wake it. So the calls are made by a thread of the device's own, and
//! whoever asked waits for it with a limit. When that passes, the thread is left alone in its call
//! and the transport answers [`LinkDown`](crate::Error::LinkDown) from then on. A
//! [`reset`](crate::Transport::reset) takes the transport into use again, but only once the call
//! has come back: until then it might still write to device memory. For the same reason it
//! keeps the device's lock (`flock` on `PREFIX_user`), so that nobody opens the device meanwhile.
//! The price is one change of threads a register access, 10–20 µs: about half a millisecond a job.
//! Waiting for the end of a job is one request and polls in the thread.
//!
//! **What is trusted.** A dead link reads as all ones: such a register is checked against
//! [`MAGIC`](vegalith_abi::registers::MAGIC). Arguments are read back. The first reset writes a
//! random word to [`SESSION`](vegalith_abi::registers::SESSION), which only this session knows and
//! which outlives a reset of the kernel, but not a reload of the device or a loss of power: a copy
//! counts only if the word is still there behind it. Otherwise device memory holds nobody knows
//! what, and the transport stays down.

mod address;
mod aligned;
mod discovery;
mod failure;
mod link;
mod nodes;
mod options;
mod transport;
mod worker;

pub use address::{Bdf, InvalidAddress, PcieAddress};
pub use discovery::{discover, PcieDevice};
pub use options::{PcieOptions, PcieRoots};
pub use transport::PcieTransport;
