//! Kernels on cards and boards as a backend.
//!
//! A device is taken for this process alone by its lock, which names its holder; opened by an address
//! that stays the same when it is plugged off and on; and held to its image, if there is one, and to
//! the presets that the caller knows. When its link was down and it has come back, it is opened again
//! and bases are uploaded with their next job.

use vegalith_driver::{
    Device, DeviceLock, Exclusive, Expectation, Image, ImageRequest, KnownPreset, OpenTransport,
    SearchPath,
};

use super::{error, DeviceBackend};
use crate::{Error, Result};

/// What a kernel on a card or board is held to.
#[derive(Clone, Debug)]
pub struct HardwareOptions {
    /// Presets that the caller knows. A kernel of another is refused.
    pub known: Vec<KnownPreset>,
    /// The image that is loaded, or is to be. A kernel that says something else is refused.
    pub image: Option<Image>,
    /// Where the image of the kernel that runs is looked for if none is given, for its clock.
    pub images: SearchPath,
}

impl HardwareOptions {
    /// The name of a digest's preset.
    fn preset(&self, device: &Device) -> Result<String> {
        let found = device.identity().preset_digest;
        let preset = self.known.iter().find(|known| known.digest == found);
        let names = || {
            let names: Vec<&str> = self.known.iter().map(|known| known.name.as_str()).collect();
            names.join(", ")
        };
        preset
            .map(|known| known.name.clone())
            .ok_or_else(|| Error::ImageMismatch {
                field: "preset digest",
                expected: format!(
                    "that of one of {} (load an image that this version has built)",
                    names()
                ),
                found: found.to_string(),
            })
    }

    /// The clock of a kernel, if what built it is known without doubt: from the image that was given,
    /// or from those found for its preset if they all say the same.
    fn clock_mhz(&self, device: &Device) -> Option<u32> {
        if let Some(image) = &self.image {
            return Some(image.manifest().whole_clock_mhz());
        }
        let request = ImageRequest {
            known: self.known.clone(),
            preset_digest: Some(device.identity().preset_digest),
            ..ImageRequest::default()
        };
        let images = self.images.all(&request).into_iter().flatten();
        let mut clocks = images
            .filter(|image| image.agrees(device.identity()).is_ok())
            .map(|image| image.manifest().whole_clock_mhz());
        let first = clocks.next()?;
        clocks.all(|clock| clock == first).then_some(first)
    }
}

impl DeviceBackend {
    /// Opens the device that `open` leads to, now and when it has come back. `lock` is the device's
    /// name for all processes, `name` the backend's.
    ///
    /// # Errors
    /// [`Error::Busy`] with who holds the device; [`Error::Unavailable`] with what to do;
    /// [`Error::ImageMismatch`] for a kernel that is not that of the image, or unknown.
    pub fn hardware(
        name: &str,
        lock: &str,
        open: OpenTransport,
        options: &HardwareOptions,
    ) -> Result<Self> {
        let device = DeviceLock::acquire(lock)
            .and_then(|lock| Exclusive::open(lock, open))
            .and_then(|exclusive| {
                // What is not known is told of below, with more to go by.
                let device = Device::open(Box::new(exclusive), &Expectation::default())?;
                if let Some(image) = &options.image {
                    image.agrees(device.identity())?;
                }
                Ok(device)
            })
            .map_err(|e| error::from_driver(e, name))?;
        let preset = options.preset(&device)?;
        let clock = options.clock_mhz(&device);
        Self::with_devices(name, [Ok((preset, device))], clock)
    }
}
