//! Presets: named configurations, and what is generated from them.

use serde::Serialize;
use sha2::{Digest, Sha256};
use vegalith_abi::{BlockType, CurveId, FieldId, ABI_VERSION};

use crate::arith::{Census, GraphError, Target};
use crate::kernel_xml::kernel_xml;
use crate::msm::{self, AdderStyle, MsmConfig};
use crate::ntt::{self, FoldedNttConfig, NttConfig};
use crate::rtl::Design;

/// What a preset configures.
#[derive(Clone, Debug)]
pub enum PresetKind {
    /// A multi-scalar multiplication kernel.
    Msm(MsmConfig),
    /// A number-theoretic transform kernel.
    Ntt(NttConfig),
    /// A number-theoretic transform kernel with one butterfly and the transform on chip.
    FoldedNtt(FoldedNttConfig),
}

/// A named configuration.
#[derive(Clone, Debug)]
pub struct Preset {
    /// Name as on the command line.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// Whether simulating it is quick enough for daily use.
    pub simulated: bool,
    /// Its configuration.
    pub kind: PresetKind,
}

/// Everything made from a preset.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The Verilog and the C++ sources of the fast leaves.
    pub design: Design,
    /// What stands in the kernel's PRESET_DIGEST register.
    pub preset_digest: [u8; 32],
    /// Configuration, versions and digests, as JSON.
    pub manifest: String,
    /// The kernel as the Vitis linker and XRT see it.
    pub kernel_xml: String,
    /// Operators of the arithmetic.
    pub census: Census,
}

/// Why a design could not be generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// No preset has this name.
    #[error("unknown preset {name:?}; known are {known}")]
    UnknownPreset {
        /// Name asked for.
        name: String,
        /// Names there are, comma separated.
        known: String,
    },
    /// The MSM configuration is out of range.
    #[error(transparent)]
    Msm(#[from] msm::MsmConfigError),
    /// The NTT configuration is out of range.
    #[error(transparent)]
    Ntt(#[from] ntt::NttConfigError),
    /// The folded NTT configuration is out of range.
    #[error(transparent)]
    FoldedNtt(#[from] ntt::FoldedNttConfigError),
    /// The arithmetic could not be built within its bounds.
    #[error(transparent)]
    Arithmetic(#[from] GraphError),
    /// The generator refused the design: a fault of the generator, not of its input.
    #[error("generator: {0}")]
    Design(String),
}

/// All presets, in the order in which they are listed to people.
pub fn all() -> Vec<Preset> {
    let msm = |curve, window_bits, log_max_points, slot_ram_style| {
        PresetKind::Msm(MsmConfig {
            curve,
            window_bits,
            log_max_points,
            adder: AdderStyle::Pipelined,
            slot_ram_style,
            target: Target::ultrascale_plus(),
        })
    };
    let ntt = |field, log_stage, log_columns, tile_ram_style| {
        PresetKind::Ntt(NttConfig {
            field,
            log_stage,
            log_columns,
            tile_ram_style,
            target: Target::ultrascale_plus(),
        })
    };
    vec![
        Preset {
            name: "msm-bn254-demo",
            summary: "BN254 G1 MSM, one adder, windows of 10 bits",
            simulated: true,
            kind: msm(CurveId::Bn254G1, 10, 20, "block"),
        },
        Preset {
            name: "msm-bls12-381-demo",
            summary: "BLS12-381 G1 MSM, one adder, windows of 8 bits",
            simulated: true,
            kind: msm(CurveId::Bls12_381G1, 8, 20, "block"),
        },
        Preset {
            name: "ntt-bn254-demo",
            summary: "NTT over the BN254 scalar field, 10 butterflies, up to 2^20 elements",
            simulated: true,
            kind: ntt(FieldId::Bn254Fr, 10, 3, "block"),
        },
        Preset {
            name: "ntt-goldilocks-demo",
            summary: "NTT over the Goldilocks field, 10 butterflies, up to 2^20 elements",
            simulated: true,
            kind: ntt(FieldId::Goldilocks, 10, 4, "block"),
        },
        Preset {
            name: "msm-bn254-u250",
            summary: "BN254 G1 MSM for an UltraScale+ card, windows of 13 bits in UltraRAM",
            simulated: false,
            kind: msm(CurveId::Bn254G1, 13, 26, "ultra"),
        },
        Preset {
            name: "msm-bn254-ecp5",
            summary: "BN254 G1 MSM for an ECP5 board, one folded adder, windows of 4 bits",
            simulated: true,
            kind: PresetKind::Msm(MsmConfig {
                curve: CurveId::Bn254G1,
                window_bits: 4,
                log_max_points: 16,
                adder: AdderStyle::Folded,
                slot_ram_style: "block",
                // At 80 MHz half a coordinate's carry fits a cycle, and two layers of a sum do. Points
                // are asked for so rarely that short bursts do.
                target: Target {
                    carry_bits: 128,
                    compressor_layers: 2,
                    log_lut_ram_words: 4,
                    ..Target::ecp5()
                },
            }),
        },
        Preset {
            name: "ntt-bn254-u250",
            summary: "NTT over the BN254 scalar field for an UltraScale+ card, 12 butterflies, tiles in UltraRAM",
            simulated: false,
            kind: ntt(FieldId::Bn254Fr, 12, 4, "ultra"),
        },
        Preset {
            name: "ntt-goldilocks-ecp5",
            summary: "NTT over the Goldilocks field for an ECP5, one butterfly, up to 2^12 elements on chip",
            simulated: true,
            kind: PresetKind::FoldedNtt(FoldedNttConfig {
                log_max_size: 12,
                // At 150 MHz a whole element's carry fits a cycle.
                target: Target {
                    carry_bits: 72,
                    ..Target::ecp5()
                },
            }),
        },
    ]
}

/// The preset of a name.
pub fn find(name: &str) -> Result<Preset, GenerateError> {
    let presets = all();
    let known: Vec<_> = presets.iter().map(|preset| preset.name).collect();
    let known = known.join(", ");
    presets
        .into_iter()
        .find(|preset| preset.name == name)
        .ok_or_else(|| GenerateError::UnknownPreset {
            name: name.to_owned(),
            known,
        })
}

#[derive(Serialize)]
struct Manifest<'a> {
    preset: &'a str,
    summary: &'a str,
    preset_digest: String,
    abi_version: String,
    generator_version: &'a str,
    configuration: String,
    top: &'a str,
    files: Vec<ManifestFile<'a>>,
}

#[derive(Serialize)]
struct ManifestFile<'a> {
    name: &'a str,
    bytes: usize,
    sha256: String,
}

impl Preset {
    /// The configuration as one line of text: what the preset's digest is taken of.
    pub fn canonical_configuration(&self) -> String {
        let body = match &self.kind {
            PresetKind::Msm(config) => config.canonical(),
            PresetKind::Ntt(config) => config.canonical(),
            PresetKind::FoldedNtt(config) => config.canonical(),
        };
        format!("abi={ABI_VERSION};{body}")
    }

    /// SHA-256 of [`Self::canonical_configuration`].
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.canonical_configuration()).into()
    }

    /// What the kernel computes.
    pub fn block_type(&self) -> BlockType {
        match &self.kind {
            PresetKind::Msm(_) => BlockType::Msm,
            PresetKind::Ntt(_) | PresetKind::FoldedNtt(_) => BlockType::Ntt,
        }
    }

    /// Name of the top module: the preset's, with underscores.
    pub fn top(&self) -> String {
        format!("vegalith_{}", self.name.replace('-', "_"))
    }

    /// Generates the design. Equal presets give equal text, byte for byte.
    pub fn generate(&self) -> Result<Generated, GenerateError> {
        let preset_digest = self.digest();
        let top = self.top();
        let (design, census) = match &self.kind {
            PresetKind::Msm(config) => msm::kernel(config, &top, preset_digest)?,
            PresetKind::Ntt(config) => ntt::kernel(config, &top, preset_digest)?,
            PresetKind::FoldedNtt(config) => ntt::folded_kernel(config, &top, preset_digest)?,
        };
        let files = design
            .files
            .iter()
            .map(|file| ManifestFile {
                name: &file.name,
                bytes: file.text.len(),
                sha256: hex::encode(Sha256::digest(&file.text)),
            })
            .collect();
        let manifest = serde_json::to_string_pretty(&Manifest {
            preset: self.name,
            summary: self.summary,
            preset_digest: hex::encode(preset_digest),
            abi_version: ABI_VERSION.to_string(),
            generator_version: env!("CARGO_PKG_VERSION"),
            configuration: self.canonical_configuration(),
            top: &design.top,
            files,
        })
        .map_err(|error| GenerateError::Design(error.to_string()))?;
        Ok(Generated {
            design,
            preset_digest,
            manifest: manifest + "\n",
            kernel_xml: kernel_xml(self.block_type(), &top),
            census,
        })
    }
}

/// Generates the design of a named preset.
pub fn generate(name: &str) -> Result<Generated, GenerateError> {
    find(name)?.generate()
}
