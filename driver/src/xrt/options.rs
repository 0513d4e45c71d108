//! How a card is opened.

use super::words::IdentityWords;

/// Where the registers come from that the kernel fills in: identity, error bits, counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterAccess {
    /// From the card. If they cannot be read, it is not opened.
    Card,
    /// The identity from the image; no error bits and no counters. For emulation and OpenCL C.
    Image,
}

/// How an [`XrtTransport`](super::XrtTransport) is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XrtOptions {
    /// Name of the kernel; `None` if the image has only one.
    pub kernel: Option<String>,
    /// Name of the compute unit; `None` if the kernel has only one.
    pub instance: Option<String>,
    /// Bytes of device memory to take; XRT takes as much of the host's. `None` is 2 GiB, or what
    /// the bank has.
    pub memory_bytes: Option<u64>,
    /// Where identity and counters come from.
    pub registers: RegisterAccess,
    /// With [`RegisterAccess::Image`]: the kernel's identity. `None` takes it from the image, which
    /// has room for that of one kernel.
    pub identity: Option<IdentityWords>,
}

impl Default for XrtOptions {
    fn default() -> Self {
        XrtOptions {
            kernel: None,
            instance: None,
            memory_bytes: None,
            registers: RegisterAccess::Card,
            identity: None,
        }
    }
}
