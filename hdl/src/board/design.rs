//! From a generated kernel and a board to everything that a flow or a simulation needs.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::core::BoardCore;
use super::ecp5;
use super::read_port::{PortConfig, LATENCY_CYCLES};
use super::socket::KernelConfig;
use crate::presets::{Generated, Preset, PresetKind};
use crate::rtl::{Design, VerilogFile};

/// A board that kernels are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Name as on the command line.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// Device and package, as nextpnr's options.
    pub device_options: &'static str,
    /// Presets that are made for it, the quickest to simulate first.
    pub presets: &'static [&'static str],
    /// Log2 of the bytes of memory on the chip.
    pub log_memory_bytes: u32,
    /// Speed of the serial line, in bits a second.
    pub baud: u32,
}

const BOARDS: [Board; 1] = [Board {
    name: "ecp5-evn",
    summary: "Lattice LFE5UM5G-85F-EVN, 128 KiB of memory on the chip, serial line over USB",
    device_options: "--um5g-85k --package CABGA381 --speed 8",
    presets: &["ntt-goldilocks-ecp5", "msm-bn254-ecp5"],
    log_memory_bytes: 17,
    baud: 2_000_000,
}];

/// A kernel on a board.
#[derive(Clone, Debug)]
pub struct BoardDesign {
    /// The board's top, its core, and the kernel.
    pub design: Design,
    /// Pin constraints: file name and text.
    pub constraints: VerilogFile,
    /// Clock of kernel and memory.
    pub clock_khz: u32,
    /// Everything that a flow must know, as JSON.
    pub manifest: String,
}

/// Why there is no design for a board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// No board has this name.
    #[error("unknown board {name:?}; known are {known}")]
    Unknown {
        /// Name asked for.
        name: String,
        /// Names there are, comma separated.
        known: String,
    },
    /// The board's PLL cannot make the clock.
    #[error("a clock of {clock_khz} kHz cannot be made from {oscillator_khz} kHz")]
    Clock {
        /// Clock asked for.
        clock_khz: u32,
        /// The board's oscillator.
        oscillator_khz: u32,
    },
    /// The generator refused the design: a fault of the generator, not of its input.
    #[error("generator: {0}")]
    Design(String),
}

#[derive(Serialize)]
struct Manifest<'a> {
    board: &'a str,
    preset: &'a str,
    preset_digest: String,
    abi_version: String,
    top: &'a str,
    constraints: &'a str,
    device_options: &'a str,
    clock_khz: u32,
    baud: u32,
    memory_bytes: u64,
    memory_latency_cycles: usize,
    files: Vec<ManifestFile<'a>>,
}

#[derive(Serialize)]
struct ManifestFile<'a> {
    name: &'a str,
    sha256: String,
}

impl Board {
    /// All boards.
    pub fn all() -> &'static [Board] {
        &BOARDS
    }

    /// The board of a name.
    pub fn find(name: &str) -> Result<Board, BoardError> {
        let board = BOARDS.iter().find(|board| board.name == name).copied();
        board.ok_or_else(|| BoardError::Unknown {
            name: name.to_owned(),
            known: BOARDS.map(|board| board.name).join(", "),
        })
    }

    /// Cycles from an address to its first beat in the board's memory, and from the last beat of a
    /// write to its response: a simulator with this latency and without stalls takes exactly as many
    /// cycles for a job as the board.
    pub const LATENCY_CYCLES: u32 = LATENCY_CYCLES as u32;

    /// Clock that a preset runs at on this board.
    pub fn clock_khz(&self, preset: &Preset) -> u32 {
        match preset.kind {
            PresetKind::Msm(_) => 80_000,
            PresetKind::Ntt(_) | PresetKind::FoldedNtt(_) => 150_000,
        }
    }

    /// Puts a generated preset on this board.
    pub fn design(&self, preset: &Preset, kernel: &Generated) -> Result<BoardDesign, BoardError> {
        let clock_khz = self.clock_khz(preset);
        let top = format!("{}_{}", kernel.design.top, self.name.replace('-', "_"));
        let core = format!("{top}_core");
        let memory = PortConfig {
            log_bytes: self.log_memory_bytes as usize,
        };
        let socket = KernelConfig {
            module: kernel.design.top.clone(),
        };
        let block = BoardCore::new(&socket, &memory);
        let mut design = Design::from_block(&core, block).map_err(BoardError::Design)?;
        design.add(kernel.design.clone());
        let text = ecp5::top(&top, &core, clock_khz, clock_khz * 1000 / self.baud)?;
        let file = VerilogFile {
            name: format!("{top}.v"),
            text,
        };
        design.files.insert(0, file);
        design.top.clone_from(&top);
        let constraints = VerilogFile {
            name: format!("{top}.lpf"),
            text: ecp5::constraints(),
        };
        let files = (design.files.iter())
            .chain([&constraints])
            .map(|file| ManifestFile {
                name: &file.name,
                sha256: hex::encode(Sha256::digest(&file.text)),
            })
            .collect();
        let manifest = serde_json::to_string_pretty(&Manifest {
            board: self.name,
            preset: preset.name,
            preset_digest: hex::encode(kernel.preset_digest),
            abi_version: vegalith_abi::ABI_VERSION.to_string(),
            top: &top,
            constraints: &constraints.name,
            device_options: self.device_options,
            clock_khz,
            baud: self.baud,
            memory_bytes: 1 << self.log_memory_bytes,
            memory_latency_cycles: LATENCY_CYCLES,
            files,
        })
        .map_err(|error| BoardError::Design(error.to_string()))?;
        Ok(BoardDesign {
            design,
            constraints,
            clock_khz,
            manifest: manifest + "\n",
        })
    }
}
