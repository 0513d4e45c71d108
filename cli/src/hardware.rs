//! Cards and boards: from names on the command line to backends, and which of them there are.

use std::path::Path;

use crate::args::BackendName;
use crate::backend::{not_built_in, Available, Opened};

#[cfg(feature = "device")]
pub use images::{known_presets, open_image};

/// Images, and what kernels are held to.
#[cfg(feature = "device")]
mod images {
    use std::path::Path;

    use vegalith::driver::{Digest, Image, ImageError, ImageRequest, KnownPreset};
    use vegalith_hdl::presets;

    use crate::error::{one_line, CliError};

    impl From<ImageError> for CliError {
        fn from(error: ImageError) -> Self {
            CliError::Input(one_line(&error))
        }
    }

    /// The presets of this version.
    pub fn known_presets() -> Vec<KnownPreset> {
        let presets = presets::all().into_iter();
        presets
            .map(|preset| KnownPreset {
                name: preset.name.to_owned(),
                digest: Digest(preset.digest()),
            })
            .collect()
    }

    /// An image that is what its manifest says, of a preset of this version.
    pub fn open_image(path: &Path) -> Result<Image, CliError> {
        let request = ImageRequest {
            known: known_presets(),
            ..ImageRequest::default()
        };
        Ok(Image::open(path, &request)?)
    }
}

#[cfg(any(feature = "pcie", feature = "serial", feature = "xrt"))]
fn options(image: Option<&Path>) -> Result<vegalith::HardwareOptions, crate::error::CliError> {
    Ok(vegalith::HardwareOptions {
        known: known_presets(),
        image: image.map(open_image).transpose()?,
        images: vegalith::driver::SearchPath::from_environment(),
    })
}

/// The kernel on a PCIe card.
#[cfg(feature = "pcie")]
pub fn pcie(address: &str, image: Option<&Path>) -> Opened {
    use vegalith::driver::pcie::{PcieAddress, PcieOptions};
    let address: PcieAddress = address
        .parse()
        .map_err(|error| crate::error::CliError::Input(crate::error::one_line(&error)))?;
    let backend =
        vegalith::DeviceBackend::pcie(&address, &PcieOptions::default(), &options(image)?)?;
    Ok(std::sync::Arc::new(backend))
}

#[cfg(not(feature = "pcie"))]
pub fn pcie(address: &str, _image: Option<&Path>) -> Opened {
    Err(not_built_in(&BackendName::Pcie(address.into()), "pcie"))
}

/// Every PCIe card that is found.
#[cfg(feature = "pcie")]
pub fn pcie_cards() -> Vec<Available> {
    use vegalith::driver::pcie::{discover, PcieOptions};
    let cards = discover(&PcieOptions::default()).into_iter();
    cards
        .map(|card| {
            let id = card
                .id
                .map(|(vendor, device)| format!("{vendor:04x}:{device:04x}"));
            let driver = card.driver.map(|driver| format!("driver {driver}"));
            let nodes = card.prefix.map(|prefix| format!("{}_*", prefix.display()));
            let words: Vec<String> = [id, driver, nodes].into_iter().flatten().collect();
            let name = BackendName::Pcie(card.address.to_string());
            Available::open(&name, Some(words.join(", ")))
        })
        .collect()
}

#[cfg(not(feature = "pcie"))]
pub fn pcie_cards() -> Vec<Available> {
    Vec::new()
}

/// The kernel of an image, in a card of XRT's.
#[cfg(feature = "xrt")]
pub fn xrt(index: usize, image: Option<&Path>) -> Opened {
    use vegalith::driver::xrt::{RegisterAccess, XrtOptions};
    let mut card = XrtOptions::default();
    // Emulation without registers; on a card they must be read.
    if std::env::var_os("XCL_EMULATION_MODE").is_some() {
        card.registers = RegisterAccess::Image;
    }
    let backend = vegalith::DeviceBackend::xrt(index, &card, &options(image)?)?;
    Ok(std::sync::Arc::new(backend))
}

#[cfg(not(feature = "xrt"))]
pub fn xrt(index: usize, _image: Option<&Path>) -> Opened {
    Err(not_built_in(&BackendName::Xrt(index), "xrt"))
}

/// Every card that XRT shows. What is in them is known once an image is.
#[cfg(feature = "xrt")]
pub fn xrt_cards() -> Vec<Available> {
    use crate::error::{one_line, CliError};
    use vegalith::driver::xrt::xrt_devices;
    let devices = match xrt_devices() {
        Ok(devices) => devices,
        // Where somebody has set XRT up, that it does not work is worth a line.
        Err(error) if std::env::var_os("XILINX_XRT").is_some() => {
            return vec![Available {
                name: "xrt".into(),
                hardware: None,
                opened: Err(CliError::Environment(one_line(&error))),
            }]
        }
        Err(_) => return Vec::new(),
    };
    let cards = devices.into_iter().filter(|device| device.is_xrt);
    cards
        .map(|card| Available {
            name: BackendName::Xrt(card.index).to_string(),
            hardware: Some(format!(
                "{}, {}; takes an image (--image)",
                card.name,
                card.bdf.as_deref().unwrap_or("emulated")
            )),
            opened: match card.available {
                true => Ok(None),
                false => Err(CliError::Environment(
                    "XRT says that the card is not available".into(),
                )),
            },
        })
        .collect()
}

#[cfg(not(feature = "xrt"))]
pub fn xrt_cards() -> Vec<Available> {
    Vec::new()
}

/// The kernel on a board at a serial port.
#[cfg(feature = "serial")]
pub fn serial(port: &Path, image: Option<&Path>) -> Opened {
    use vegalith::driver::serial::SerialOptions;
    let backend =
        vegalith::DeviceBackend::serial(port, &SerialOptions::default(), &options(image)?)?;
    Ok(std::sync::Arc::new(backend))
}

#[cfg(not(feature = "serial"))]
pub fn serial(port: &Path, _image: Option<&Path>) -> Opened {
    Err(not_built_in(&BackendName::Serial(port.into()), "serial"))
}
