//! Errors of the driver: each says what was expected and what was found.

use std::time::Duration;

use vegalith_abi::{registers, AbiVersion};

/// Result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the driver refused or failed a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The device does not answer.
    #[error("{device} does not answer: {reason}")]
    LinkDown {
        /// Name of the device.
        device: String,
        /// What failed.
        reason: String,
    },
    /// The device broke a rule of its bus or an assertion of its own.
    #[error("{device} failed: {reason}")]
    Fault {
        /// Name of the device.
        device: String,
        /// What it did.
        reason: String,
    },
    /// The transport cannot be opened as asked.
    #[error("cannot open {device}: {reason}")]
    Open {
        /// Name of the device.
        device: String,
        /// What is missing.
        reason: String,
    },
    /// Somebody else uses the device.
    #[error("{device} is held by {holder}; wait for its end or stop it")]
    Busy {
        /// Name of the device.
        device: String,
        /// Who uses it.
        holder: String,
    },
    /// The device cannot be used as things are, which somebody can change.
    #[error("cannot use {device}: expected {expected}, found {found}; {remedy}")]
    Unavailable {
        /// Name of the device.
        device: String,
        /// Kind of obstacle.
        cause: Unavailability,
        /// What must be there.
        expected: String,
        /// What is there.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// The deadline passed; the kernel has been reset and takes further jobs.
    #[error("{operation} did not finish within {waited:?}")]
    Timeout {
        /// What was waited for.
        operation: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The job was given up; the kernel has been reset and takes further jobs.
    #[error("{operation} was cancelled")]
    Cancelled {
        /// What was given up.
        operation: String,
    },
    /// No free piece of device memory is large enough.
    #[error("out of device memory: {needed} bytes needed, {available} available in one piece")]
    OutOfMemory {
        /// Bytes asked for, rounded up to the alignment.
        needed: u64,
        /// Largest free piece.
        available: u64,
    },
    /// The kernel speaks another version of the register map.
    #[error("the driver implements ABI {expected}, the kernel has {found}")]
    AbiMismatch {
        /// Version of the driver.
        expected: AbiVersion,
        /// Version read from the kernel.
        found: AbiVersion,
    },
    /// The kernel is not the one that was asked for.
    #[error("the kernel's {field} is {found}, expected {expected}")]
    ImageMismatch {
        /// What differs.
        field: &'static str,
        /// Value asked for.
        expected: String,
        /// Value read from the kernel.
        found: String,
    },
    /// The kernel ended the job with error bits; it has been reset and takes further jobs.
    #[error("{operation}: the kernel reports {errors}")]
    Kernel {
        /// What was run.
        operation: String,
        /// Its error register.
        errors: KernelErrors,
    },
    /// The job ended without an error, but did not write what it must: its result is not to be used.
    /// The kernel has been reset and takes further jobs.
    #[error("{operation}: the kernel wrote {found} bytes, expected {expected}")]
    BytesWritten {
        /// What was run.
        operation: String,
        /// Bytes that such a job writes.
        expected: u64,
        /// Bytes that the kernel's counter shows.
        found: u64,
    },
    /// The job is larger than the kernel's or the memory's capacity.
    #[error("{what}: at most {largest}")]
    TooLarge {
        /// What is too large, with its size.
        what: String,
        /// Largest size there is.
        largest: u64,
    },
    /// A request that makes no sense.
    #[error("invalid argument: {0}")]
    InvalidArgument(String),
}

/// Why a device cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailability {
    /// There is no such device.
    Missing,
    /// It has no driver, or the wrong one.
    NoDriver,
    /// The user may not use it.
    PermissionDenied,
    /// Somebody else uses it.
    Busy,
    /// The operating system refuses for another reason.
    Failed,
}

/// The error register of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelErrors(pub u32);

impl KernelErrors {
    /// Whether any bit is set.
    pub fn any(self) -> bool {
        self.0 != 0
    }
}

impl std::fmt::Display for KernelErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const NAMES: [(u32, &str); 3] = [
            (registers::ERROR_BUS, "a failed memory access"),
            (registers::ERROR_ARGUMENT, "an argument out of range"),
            (
                registers::ERROR_OVERFLOW,
                "an overflow of an internal queue",
            ),
        ];
        let mut rest = self.0;
        let mut separator = "";
        for (bit, name) in NAMES {
            if self.0 & bit != 0 {
                write!(f, "{separator}{name}")?;
                separator = ", ";
                rest &= !bit;
            }
        }
        if rest != 0 {
            write!(f, "{separator}unknown error bits {rest:#x}")?;
        } else if self.0 == 0 {
            write!(f, "no error")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bits_are_named() {
        let text = |bits| KernelErrors(bits).to_string();
        assert_eq!(text(0), "no error");
        assert_eq!(text(registers::ERROR_BUS), "a failed memory access");
        assert_eq!(
            text(registers::ERROR_ARGUMENT | registers::ERROR_OVERFLOW | 1 << 9),
            "an argument out of range, an overflow of an internal queue, unknown error bits 0x200"
        );
    }
}
