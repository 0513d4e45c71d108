//! Which card is meant.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Place of a PCI function: domain, bus, device and function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bdf {
    domain: u32,
    bus: u8,
    device: u8,
    function: u8,
}

impl fmt::Display for Bdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04x}:{:02x}:{:02x}.{:x}",
            self.domain, self.bus, self.device, self.function
        )
    }
}

/// A text that names no card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is no PCIe address: expected a BDF such as 0000:3b:00.0 or 3b:00.0, or the path that \
     its device nodes begin with, such as /dev/xdma0"
)]
pub struct InvalidAddress {
    found: String,
}

/// Number of at most `digits` hexadecimal digits and at most `largest`.
fn hex(text: &str, digits: usize, largest: u32) -> Option<u32> {
    let plain = !text.is_empty()
        && text.len() <= digits
        && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = u32::from_str_radix(text, 16).ok()?;
    (plain && value <= largest).then_some(value)
}

fn parse_bdf(text: &str) -> Option<Bdf> {
    let (front, function) = text.rsplit_once('.')?;
    let (front, device) = front.rsplit_once(':')?;
    let (domain, bus) = front.rsplit_once(':').unwrap_or(("0", front));
    Some(Bdf {
        domain: hex(domain, 8, u32::MAX)?,
        bus: hex(bus, 2, 0xff)? as u8,
        device: hex(device, 2, 0x1f)? as u8,
        function: hex(function, 1, 7)? as u8,
    })
}

impl FromStr for Bdf {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        parse_bdf(text).ok_or_else(|| InvalidAddress {
            found: text.to_owned(),
        })
    }
}

/// Which card is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PcieAddress {
    /// By its place, which stays the same when the card is reset, reloaded or plugged again.
    Bdf(Bdf),
    /// By what its device nodes begin with: a path, or a name in the folder of device nodes.
    Prefix(PathBuf),
}

impl fmt::Display for PcieAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PcieAddress::Bdf(bdf) => bdf.fmt(f),
            PcieAddress::Prefix(prefix) => prefix.display().fmt(f),
        }
    }
}

impl From<Bdf> for PcieAddress {
    fn from(bdf: Bdf) -> Self {
        PcieAddress::Bdf(bdf)
    }
}

impl FromStr for PcieAddress {
    type Err = InvalidAddress;

    /// A path contains a slash, a BDF a colon; anything else is the name of a node's beginning.
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let is_name = !text.is_empty() && !text.contains(':');
        if text.contains('/') || is_name {
            return Ok(PcieAddress::Prefix(PathBuf::from(text)));
        }
        text.parse().map(PcieAddress::Bdf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written() {
        for (text, shown) in [
            ("0000:3b:00.0", "0000:3b:00.0"),
            ("3b:1f.7", "0000:3b:1f.7"),
            ("10000:01:00.1", "10000:01:00.1"),
            ("0:5:0.0", "0000:05:00.0"),
        ] {
            assert_eq!(text.parse::<Bdf>().unwrap().to_string(), shown);
            assert!(matches!(text.parse(), Ok(PcieAddress::Bdf(_))), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "",
            "3b:00",
            "3b:20.0",
            "3b:00.8",
            "1:2:3:4.0",
            "3b:+1.0",
            "100:00.0",
            "g0:00.0",
            "3b:00.0 ",
            "3b:00.",
        ] {
            let error = text.parse::<PcieAddress>().unwrap_err();
            assert!(error.to_string().contains("0000:3b:00.0"), "{error}");
        }
    }

    #[test]
    fn paths_and_names_are_prefixes() {
        for text in ["/dev/xdma0", "xdma0", "/dev/by:id/card"] {
            let address: PcieAddress = text.parse().unwrap();
            assert_eq!(address, PcieAddress::Prefix(PathBuf::from(text)));
            assert_eq!(address.to_string(), text);
        }
    }
}
