//! Errors of backends: each says what was expected and what was found.

use std::time::Duration;

/// Result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a backend refused or failed a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The deadline passed; the device has been reset and takes further jobs.
    #[error("timeout: {operation} did not finish within {waited:?}")]
    Timeout {
        /// What was waited for.
        operation: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Another owner holds the device.
    #[error("busy: {device} is held by {holder}; wait for its end or stop it")]
    Busy {
        /// Name of the device.
        device: String,
        /// Who holds it.
        holder: String,
    },
    /// The device cannot be used as things are: it is not there, has no driver, or is not this user's.
    #[error("{0}")]
    Unavailable(String),
    /// The device's memory cannot hold the job.
    #[error("out of device memory: {needed} bytes needed, {available} available")]
    OutOfMemory {
        /// Bytes that the request needs.
        needed: u64,
        /// Bytes that are free.
        available: u64,
    },
    /// The kernel speaks another version of the register map.
    #[error("ABI mismatch: driver expects {expected}, kernel has {found}")]
    AbiMismatch {
        /// Version that the driver implements.
        expected: String,
        /// Version read from the kernel.
        found: String,
    },
    /// The kernel is not the one that was asked for (type or preset digest).
    #[error("image mismatch: {field} is {found}, expected {expected}")]
    ImageMismatch {
        /// What differs.
        field: &'static str,
        /// Value asked for.
        expected: String,
        /// Value read from the kernel.
        found: String,
    },
    /// The device does not answer any more.
    #[error("link down: {0}")]
    LinkDown(String),
    /// A check found the device's result to be wrong.
    #[error("wrong result: {check}: expected {expected}, found {found}")]
    WrongResult {
        /// Which check.
        check: String,
        /// Value of the reference.
        expected: String,
        /// Value of the device.
        found: String,
    },
    /// The device reported an error of its own.
    #[error("device error: {0}")]
    Device(String),
    /// The backend does not offer this operation, curve, field or size.
    #[error("unsupported by {backend}: {what}")]
    Unsupported {
        /// Name of the backend.
        backend: String,
        /// What was asked for.
        what: String,
    },
    /// The request's data are malformed.
    #[error("invalid input: {0}")]
    InvalidInput(String),
    /// The job was cancelled, or the ticket or bases are unknown.
    #[error("unknown {kind} {id}")]
    Unknown {
        /// "ticket" or "bases".
        kind: &'static str,
        /// Its identifier.
        id: String,
    },
}
