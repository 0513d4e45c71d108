//! A compute unit behind XRT as a backend.

use vegalith_driver::xrt::{XrtImage, XrtOptions, XrtTransport};
use vegalith_driver::{ImageKind, Transport};

use super::{error, DeviceBackend, HardwareOptions};
use crate::{Error, Result};

impl DeviceBackend {
    /// Loads the image of `options` into a card of XRT and opens its kernel. The backend's name is
    /// `xrt:INDEX`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] without an image, or with one that is no `.xclbin`; else as of
    /// [`hardware`](Self::hardware).
    pub fn xrt(index: usize, card: &XrtOptions, options: &HardwareOptions) -> Result<Self> {
        let name = format!("xrt:{index}");
        let Some(image) = &options.image else {
            return Err(Error::InvalidInput(format!(
                "{name} has to be loaded: expected an image (.xclbin), found none; name it with --image"
            )));
        };
        let kind = image.manifest().image.kind;
        if kind != ImageKind::Xclbin {
            return Err(Error::InvalidInput(format!(
                "{name}: {}: expected an image of kind {}, found {kind}",
                image.path().display(),
                ImageKind::Xclbin
            )));
        }
        let loaded = XrtImage::open(image.path()).map_err(|e| error::from_driver(e, &name))?;
        let card = card.clone();
        let open = move || {
            let transport = XrtTransport::open(index, &loaded, &card)?;
            Ok(Box::new(transport) as Box<dyn Transport>)
        };
        Self::hardware(&name, &name, Box::new(open), options)
    }
}
