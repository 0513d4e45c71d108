//! A kernel on a board at a serial port as a backend.

use std::path::Path;

use vegalith_driver::serial::SerialOptions;
use vegalith_driver::{Error as DriverError, Image, SerialTransport, Transport};

use super::{DeviceBackend, HardwareOptions};
use crate::Result;

/// Part of a clock by which a manifest, which has megahertz, and a board, which has kilohertz, may
/// differ.
const CLOCK_TOLERANCE: f64 = 0.01;

impl DeviceBackend {
    /// Opens the kernel on a board at a serial port. The backend's name is `serial:PATH`. A path that
    /// stays the same when the board is plugged off and on, as those of `/dev/serial/by-id`, lets it be
    /// found again.
    ///
    /// # Errors
    /// As of [`hardware`](Self::hardware).
    pub fn serial(path: &Path, line: &SerialOptions, options: &HardwareOptions) -> Result<Self> {
        let name = format!("serial:{}", path.display());
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let lock = format!("serial:{}", canonical.display());
        let (path, line, image) = (path.to_owned(), *line, options.image.clone());
        let open = move || {
            let transport = SerialTransport::open(&path, &line)?;
            if let Some(image) = &image {
                has_clock(image, transport.board().clock_khz)?;
            }
            Ok(Box::new(transport) as Box<dyn Transport>)
        };
        Self::hardware(&name, &lock, Box::new(open), options)
    }
}

/// Whether the clock that a board says it has is that of the image.
fn has_clock(image: &Image, clock_khz: u32) -> vegalith_driver::Result<()> {
    let (expected, found) = (image.manifest().clock_mhz, f64::from(clock_khz) / 1000.0);
    if (found - expected).abs() <= CLOCK_TOLERANCE * expected {
        return Ok(());
    }
    Err(DriverError::ImageMismatch {
        field: "clock in MHz",
        expected: format!("{expected} ({})", image.path().display()),
        found: found.to_string(),
    })
}
