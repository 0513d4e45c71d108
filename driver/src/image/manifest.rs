//! The manifest beside every image, in the form of `bitstreams/manifest.schema.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use vegalith_abi::AbiVersion;

use crate::Digest;

/// Version of the schema that is understood.
const SCHEMA: u64 = 1;

/// What a flow says of the image that it has built.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the schema.
    schema: u64,
    /// Name of the preset.
    pub preset: String,
    /// Digest of the preset, which the kernel's PRESET_DIGEST registers read.
    #[serde(deserialize_with = "digest")]
    pub preset_digest: Digest,
    /// Version of the register map.
    #[serde(deserialize_with = "abi_version")]
    pub abi_version: AbiVersion,
    /// Name of the board.
    pub board: String,
    /// Vendor's name of the part.
    pub part: String,
    /// What built it.
    pub flow: Flow,
    /// Tool to version.
    pub tools: BTreeMap<String, String>,
    /// The kernel's clock on the board.
    pub clock_mhz: f64,
    /// Highest clock that timing analysis after routing allows, if the flow reports it.
    #[serde(deserialize_with = "required")]
    pub fmax_mhz: Option<f64>,
    /// Resources after placement.
    pub utilisation: BTreeMap<Resource, Use>,
    /// The image itself.
    pub image: ImageFile,
    /// Every source that was synthesised.
    pub verilog: Vec<Source>,
    /// What the BUILD_ID register reads.
    #[serde(default)]
    pub build_id: u32,
    /// Seed of place and route.
    pub seed: Option<i64>,
    /// Where a driver that addresses the card itself finds the kernel.
    #[serde(default)]
    pub access: Access,
}

/// A way from Verilog to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// Yosys and nextpnr.
    Nextpnr,
    /// `v++`.
    Vitis,
    /// Vivado with AWS's development kit.
    Hdk,
}

/// Kind of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ImageKind {
    /// For openFPGALoader.
    #[serde(rename = "bit")]
    Bit,
    /// For XRT.
    #[serde(rename = "xclbin")]
    Xclbin,
    /// What AWS makes an AFI of.
    #[serde(rename = "dcp-tar")]
    DcpTar,
}

impl std::fmt::Display for ImageKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ImageKind::Bit => "bit",
            ImageKind::Xclbin => "xclbin",
            ImageKind::DcpTar => "dcp-tar",
        })
    }
}

/// An image as a file beside its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFile {
    /// Its name.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    #[serde(deserialize_with = "digest")]
    pub sha256: Digest,
    /// Its kind.
    pub kind: ImageKind,
}

/// A source that was synthesised.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of the file.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    #[serde(deserialize_with = "digest")]
    pub sha256: Digest,
}

/// A resource of an FPGA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the vendors' own names")]
pub enum Resource {
    Lut,
    Ff,
    Dsp,
    Bram,
    Uram,
}

/// How much of a resource is used.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// By the image.
    pub used: f64,
    /// On the part.
    pub available: f64,
}

/// Where a driver that addresses the card itself finds the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Byte offset of the kernel's registers in the register BAR.
    pub register_base: Option<u64>,
    /// First device address that the kernel may be given.
    pub memory_base: Option<u64>,
    /// Bytes of device memory.
    pub memory_bytes: Option<u64>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// The first thing in it that is not as the schema says.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let value: serde_json::Value =
            serde_json::from_slice(text).map_err(|error| format!("not JSON: {error}"))?;
        // First, since another version may have other keys.
        match value.get("schema") {
            Some(found) if found.as_u64() == Some(SCHEMA) => {}
            Some(found) => return Err(format!("schema: expected {SCHEMA}, found {found}")),
            None => return Err(format!("schema: expected {SCHEMA}, found none")),
        }
        let manifest: Manifest =
            serde_json::from_value(value).map_err(|error| error.to_string())?;
        match manifest.fault() {
            Some(fault) => Err(fault),
            None => Ok(manifest),
        }
    }

    /// What is not as the schema says though each value by itself has its type.
    fn fault(&self) -> Option<String> {
        let name = |key: &str, value: &str| {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let wrong = value.is_empty() || !value.bytes().all(plain);
            wrong.then(|| format!("{key}: expected small letters, digits and -, found {value:?}"))
        };
        let positive = |key: &str, value: f64| {
            let wrong = value <= 0.0;
            wrong.then(|| format!("{key}: expected more than 0, found {value}"))
        };
        let file = &self.image.file;
        let is_name = !file.is_empty() && !matches!(file.as_str(), "." | "..");
        let outside = !is_name || file.contains(['/', '\\', '\0']);
        let used = self.utilisation.values();
        let absurd = used
            .copied()
            .find(|Use { used, available }| *used < 0.0 || *available <= 0.0 || used > available);
        let kind = match self.flow {
            Flow::Nextpnr => ImageKind::Bit,
            Flow::Vitis => ImageKind::Xclbin,
            Flow::Hdk => ImageKind::DcpTar,
        };
        let found = self.image.kind;
        name("preset", &self.preset)
            .or_else(|| name("board", &self.board))
            .or_else(|| positive("clock_mhz", self.clock_mhz))
            .or_else(|| self.fmax_mhz.and_then(|fmax| positive("fmax_mhz", fmax)))
            .or_else(|| {
                outside.then(|| {
                    format!(
                        "image.file: expected a file name of the manifest's folder, found {file:?}"
                    )
                })
            })
            .or_else(|| absurd.map(|found| format!("utilisation: {found:?} makes no sense")))
            .or_else(|| self.tools.is_empty().then(|| "tools: is empty".into()))
            .or_else(|| self.verilog.is_empty().then(|| "verilog: is empty".into()))
            .or_else(|| {
                let empty = self.utilisation.is_empty();
                empty.then(|| "utilisation: is empty".into())
            })
            .or_else(|| {
                let none = self.access.memory_bytes == Some(0);
                none.then(|| "access.memory_bytes: expected more than 0, found 0".into())
            })
            .or_else(|| {
                let expected =
                    || format!("image.kind: expected {kind} of that flow, found {found}");
                (found != kind).then(expected)
            })
    }

    /// The clock in whole MHz, never more than it is.
    pub fn whole_clock_mhz(&self) -> u32 {
        self.clock_mhz as u32
    }
}

/// A key that may be null but not absent.
fn required<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<f64>, D::Error> {
    Option::deserialize(input)
}

fn digest<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Digest, D::Error> {
    use serde::de::Error;
    let text = String::deserialize(input)?;
    text.parse().map_err(|_| {
        D::Error::custom(format_args!(
            "expected 64 hexadecimal digits in small letters, found {text:?}"
        ))
    })
}

fn abi_version<'de, D: serde::Deserializer<'de>>(input: D) -> Result<AbiVersion, D::Error> {
    use serde::de::Error;
    let text = String::deserialize(input)?;
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let version = text.split_once('.').and_then(|(major, minor)| {
        Some(AbiVersion {
            major: number(major)?,
            minor: number(minor)?,
        })
    });
    version.ok_or_else(|| {
        D::Error::custom(format_args!(
            "abi_version: expected MAJOR.MINOR, found {text:?}"
        ))
    })
}
