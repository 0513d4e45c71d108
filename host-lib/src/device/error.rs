//! The driver's errors as the library's.

use vegalith_driver::{Error as DriverError, Unavailability};

use crate::Error;

/// `backend` is the name that errors carry.
pub(super) fn from_driver(error: DriverError, backend: &str) -> Error {
    let message = error.to_string();
    match error {
        DriverError::LinkDown { .. } => Error::LinkDown(message),
        // It may be found by its lock, or by the operating system.
        DriverError::Busy { device, holder }
        | DriverError::Unavailable {
            device,
            cause: Unavailability::Busy,
            found: holder,
            ..
        } => Error::Busy { device, holder },
        DriverError::Open { .. } | DriverError::Unavailable { .. } => Error::Unavailable(message),
        DriverError::Timeout { operation, waited } => Error::Timeout { operation, waited },
        DriverError::Cancelled { operation } => Error::Unknown {
            kind: "ticket",
            id: format!("of a cancelled {operation}"),
        },
        DriverError::OutOfMemory { needed, available } => Error::OutOfMemory { needed, available },
        DriverError::AbiMismatch { expected, found } => Error::AbiMismatch {
            expected: expected.to_string(),
            found: found.to_string(),
        },
        DriverError::ImageMismatch {
            field,
            expected,
            found,
        } => Error::ImageMismatch {
            field,
            expected,
            found,
        },
        DriverError::BytesWritten {
            operation,
            expected,
            found,
        } => Error::WrongResult {
            check: format!("bytes that {operation} of {backend} wrote"),
            expected: expected.to_string(),
            found: found.to_string(),
        },
        DriverError::TooLarge { .. } => Error::Unsupported {
            backend: backend.to_owned(),
            what: message,
        },
        _ => Error::Device(message),
    }
}
