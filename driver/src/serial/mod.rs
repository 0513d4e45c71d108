//! Boards behind a serial line: the protocol of [`vegalith_abi::serial`].
//!
//! ```text
//!   SerialTransport ── requests, repeated until their reply comes
//!     │
//!   Line ── a terminal in raw mode, every call bounded
//! ```
//!
//! A request is repeated, under its number, whenever its reply is damaged, lost or late; the board
//! executes it once. When a request has failed for good nobody knows whether it was executed; the next
//! call finds that out by reading a register under the same number, which the board accepts in either
//! case. A board that was restarted accepts no number: what its memory held is not relied on, and
//! the transport must be opened again.

mod line;
mod options;
mod transport;

pub use options::{BoardIdentification, SerialOptions, SerialStatistics};
pub use transport::SerialTransport;
