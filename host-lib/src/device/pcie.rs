//! A kernel on a PCIe card as a backend.

use std::ffi::OsString;
use std::path::Path;

use vegalith_driver::pcie::{discover, PcieAddress, PcieOptions, PcieTransport};
use vegalith_driver::Transport;

use super::{DeviceBackend, HardwareOptions};
use crate::Result;

impl DeviceBackend {
    /// Opens the kernel on a PCIe card. The backend's name is `pcie:ADDRESS`. Where the image says how
    /// the card is laid out, that goes before `card`.
    ///
    /// # Errors
    /// As of [`hardware`](Self::hardware).
    pub fn pcie(
        address: &PcieAddress,
        card: &PcieOptions,
        options: &HardwareOptions,
    ) -> Result<Self> {
        let mut card = card.clone();
        if let Some(image) = &options.image {
            let access = image.manifest().access;
            card.register_base = access.register_base.unwrap_or(card.register_base);
            card.memory_base = access.memory_base.unwrap_or(card.memory_base);
            card.memory_bytes = access.memory_bytes.unwrap_or(card.memory_bytes);
        }
        let name = format!("pcie:{address}");
        let lock = lock_name(address, &card);
        let address = address.clone();
        let open = move || {
            let transport = PcieTransport::open(&address, &card)?;
            Ok(Box::new(transport) as Box<dyn Transport>)
        };
        Self::hardware(&name, &lock, Box::new(open), options)
    }
}

/// The same for a card however it is named: its place if that is known, else what its nodes begin
/// with.
fn lock_name(address: &PcieAddress, card: &PcieOptions) -> String {
    let PcieAddress::Prefix(prefix) = address else {
        return format!("pcie:{address}");
    };
    let registers_of = |prefix: &Path| {
        let mut node = OsString::from(prefix);
        node.push("_user");
        Path::new(&node).canonicalize().ok()
    };
    let prefix = card.roots.dev.join(prefix);
    let node = registers_of(&prefix);
    let devices = discover(card).into_iter();
    let known = devices
        .filter(|device| matches!(device.address, PcieAddress::Bdf(_)))
        .find(|device| node.is_some() && device.prefix.as_deref().and_then(registers_of) == node);
    match known {
        Some(device) => format!("pcie:{}", device.address),
        None => format!("pcie:{}", prefix.display()),
    }
}
