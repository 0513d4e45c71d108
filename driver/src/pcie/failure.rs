//! What goes wrong behind the device nodes, in the words of whoever must act on it.

use std::time::Duration;

use rustix::io::Errno;

/// Why an access of the device failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The device or its driver has been removed.
    #[error(
        "{action}: {errno}: the device is gone; see `lspci` and `dmesg`, rescan with \
         `echo 1 > /sys/bus/pci/rescan` as root, and open it again"
    )]
    Gone { action: String, errno: Errno },
    /// The driver gave up.
    #[error(
        "{action}: {errno}; see the driver's messages in `dmesg`; if they name the link or a DMA \
         engine, reload the driver or reset the card"
    )]
    Io { action: String, errno: Errno },
    /// The driver neither moves bytes nor reports an error.
    #[error(
        "{action}: the driver moved {found} of {expected} bytes without an error; reload the driver"
    )]
    NoProgress {
        action: String,
        expected: usize,
        found: usize,
    },
    /// The link is down: reads end in the host's bridge.
    #[error(
        "{action}: registers read as all ones: the PCIe link is down or the image is not loaded; \
         reset the device, or reload the image, rescan the bus, and open the device again"
    )]
    AllOnes { action: String },
    /// A call did not come back.
    #[error(
        "{action} did not end within {limit:?}; see the driver's messages in `dmesg`; reset the \
         device, or the card if that does not help"
    )]
    Late { action: String, limit: Duration },
    /// A register does not hold what was written.
    #[error("register {offset:#x} reads {found:#x} after {expected:#x} was written")]
    NotTaken {
        offset: u32,
        expected: u32,
        found: u32,
    },
    /// The device has lost this session's word.
    #[error(
        "{action}: its session word is {found:#010x}, expected {expected:#010x}: the image was \
         reloaded, the card reset, or another program used it; its memory is lost, open it again"
    )]
    OtherSession {
        action: String,
        expected: u32,
        found: u32,
    },
    /// The thread that makes the calls has ended.
    #[error("{action}: the device was closed; open it again")]
    Closed { action: String },
}

impl Failure {
    /// A system call's error.
    pub(super) fn of_call(action: String, errno: Errno) -> Self {
        // ENOTCONN and ECONNABORTED are what a node of a file system in user space answers after
        // the file system has gone.
        let gone = [
            Errno::NODEV,
            Errno::NXIO,
            Errno::NOENT,
            Errno::SHUTDOWN,
            Errno::NOTCONN,
            Errno::CONNABORTED,
            Errno::BADF,
            Errno::STALE,
        ];
        match gone.contains(&errno) {
            true => Failure::Gone { action, errno },
            false => Failure::Io { action, errno },
        }
    }

    /// Whether the device must be opened again, since nothing known of its memory holds.
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self,
            Failure::Gone { .. } | Failure::OtherSession { .. } | Failure::Closed { .. }
        )
    }
}
