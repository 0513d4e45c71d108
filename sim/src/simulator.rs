//! The simulator's interface.

use std::path::PathBuf;

use crate::bridge::ffi;

/// A compiled model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// Preset that the model was generated from.
    pub preset: &'static str,
    /// Whether it has the multipliers' synthesisable bodies.
    pub synthesisable: bool,
    /// Digest of the preset.
    pub digest: [u8; 32],
    /// Latency of its memory unless [`Options::latency_cycles`] says otherwise: that of the board
    /// that the preset is made for, so that jobs take the board's cycles, or else a card's.
    pub latency_cycles: u32,
}

static MODELS: &[Model] = include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// All compiled models.
pub fn models() -> &'static [Model] {
    MODELS
}

/// Body of the multipliers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaf {
    /// A C++ function per multiplication, equal bit by bit and cycle by cycle.
    #[default]
    Fast,
    /// What is synthesised.
    Synthesisable,
}

/// Faults of the memory, counted from 0 at the start of each job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The only job that goes wrong, counted from 0; `None`: every job does.
    pub job: Option<u64>,
    /// Flip the lowest bit of this read beat.
    pub flip_read_beat: Option<u64>,
    /// Flip the lowest bit of this written beat.
    pub flip_write_beat: Option<u64>,
    /// Answer this read beat with SLVERR.
    pub error_read_beat: Option<u64>,
    /// Answer this written burst with SLVERR.
    pub error_write_burst: Option<u64>,
    /// Answer nothing from this cycle on until the kernel is reset.
    pub hang_after_cycles: Option<u64>,
    /// A reset of the kernel does not cancel the bursts that are under way in the memory: their data
    /// and answers still come, and their writes still wait for data. So it is behind the interconnect
    /// of a card, which the kernel's reset does not reach.
    pub keep_transfers_over_reset: bool,
}

/// How a simulator behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Body of the multipliers.
    pub leaf: Leaf,
    /// Size of the device memory.
    pub memory_bytes: u64,
    /// Cycles from an address to its first beat; `None`: [`Model::latency_cycles`].
    pub latency_cycles: Option<u32>,
    /// Chance in percent that a channel does nothing in a cycle; below 100.
    pub stall_percent: u32,
    /// Seed of those chances.
    pub seed: u64,
    /// What goes wrong.
    pub faults: Faults,
    /// Write a waveform (FST) of everything to this file.
    pub trace: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            leaf: Leaf::Fast,
            memory_bytes: 256 << 20,
            latency_cycles: None,
            stall_percent: 0,
            seed: 1,
            faults: Faults::default(),
            trace: None,
        }
    }
}

/// Why a simulation could not begin or go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such model was compiled.
    #[error("no simulation model of preset {preset:?} with {leaf:?} leaves; there are {known}")]
    UnknownModel {
        /// Preset asked for.
        preset: String,
        /// Leaf asked for.
        leaf: Leaf,
        /// What there is, comma separated.
        known: String,
    },
    /// No board was compiled for this preset.
    #[error("no simulated board of preset {preset:?}; there are boards of {known}")]
    UnknownBoard {
        /// Preset asked for.
        preset: String,
        /// What there is, comma separated.
        known: String,
    },
    /// An option makes no sense.
    #[error("simulation option {0}")]
    Option(String),
    /// The model or the bus broke a rule.
    #[error("simulation: {0}")]
    Model(String),
}

impl From<cxx::Exception> for Error {
    fn from(exception: cxx::Exception) -> Self {
        Error::Model(exception.what().to_owned())
    }
}

/// A simulated device: one kernel, its memory, its registers.
pub struct Simulator {
    inner: cxx::UniquePtr<ffi::Simulator>,
    model: Model,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("preset", &self.model.preset)
            .field("cycle", &self.cycle())
            .finish_non_exhaustive()
    }
}

impl Simulator {
    /// Opens the model of a preset, reset and idle.
    pub fn open(preset: &str, options: &Options) -> Result<Self, Error> {
        let synthesisable = options.leaf == Leaf::Synthesisable;
        let (index, model) = MODELS
            .iter()
            .enumerate()
            .find(|(_, model)| model.preset == preset && model.synthesisable == synthesisable)
            .ok_or_else(|| Error::UnknownModel {
                preset: preset.to_owned(),
                leaf: options.leaf,
                known: MODELS
                    .iter()
                    .filter(|model| model.synthesisable == synthesisable)
                    .map(|model| model.preset)
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
        if options.stall_percent >= 100 {
            return Err(Error::Option(format!(
                "stall_percent is {}, below 100 is allowed",
                options.stall_percent
            )));
        }
        let trace = match &options.trace {
            None => String::new(),
            Some(path) => path
                .to_str()
                .ok_or_else(|| Error::Option("trace is not a UTF-8 path".to_owned()))?
                .to_owned(),
        };
        let faults = &options.faults;
        let number = |fault: Option<u64>| fault.unwrap_or(u64::MAX);
        let inner = ffi::open_simulator(&ffi::SimulatorConfig {
            model: index as u32,
            memory_bytes: options.memory_bytes,
            latency: options.latency_cycles.unwrap_or(model.latency_cycles),
            stall_percent: options.stall_percent,
            seed: options.seed,
            fault_job: number(faults.job),
            flip_read_beat: number(faults.flip_read_beat),
            flip_write_beat: number(faults.flip_write_beat),
            error_read_beat: number(faults.error_read_beat),
            error_write_burst: number(faults.error_write_burst),
            hang_after: number(faults.hang_after_cycles),
            keep_transfers_over_reset: faults.keep_transfers_over_reset,
            trace,
        })?;
        Ok(Simulator {
            inner,
            model: *model,
        })
    }

    /// The model behind it.
    pub fn model(&self) -> Model {
        self.model
    }

    /// Cycles since it was opened.
    pub fn cycle(&self) -> u64 {
        self.inner.cycle()
    }

    /// Size of the device memory.
    pub fn memory_bytes(&self) -> u64 {
        self.inner.memory_bytes()
    }

    /// Writes a register; takes a few cycles.
    pub fn write_register(&mut self, offset: u32, value: u32) -> Result<(), Error> {
        Ok(self.inner.pin_mut().write_register(offset, value)?)
    }

    /// Reads a register; takes a few cycles.
    pub fn read_register(&mut self, offset: u32) -> Result<u32, Error> {
        Ok(self.inner.pin_mut().read_register(offset)?)
    }

    /// Clocks until the control register shows one of `control_bits`, at most about `cycles`;
    /// whether it did.
    pub fn run_until(&mut self, control_bits: u32, cycles: u64) -> Result<bool, Error> {
        Ok(self.inner.pin_mut().run_until(control_bits, cycles)?)
    }

    /// Tells the memory that a job begins: [`Faults`] are counted from here.
    pub fn start_job(&mut self) {
        self.inner.pin_mut().start_job();
    }

    /// Resets the kernel and forgets what is under way on the bus, unless
    /// [`Faults::keep_transfers_over_reset`]; the memory keeps its contents.
    pub fn reset(&mut self) -> Result<(), Error> {
        Ok(self.inner.pin_mut().reset()?)
    }

    /// Copies device memory to `data`.
    pub fn read_memory(&self, address: u64, data: &mut [u8]) -> Result<(), Error> {
        Ok(self.inner.read_memory(address, data)?)
    }

    /// Copies `data` to device memory.
    pub fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<(), Error> {
        Ok(self.inner.pin_mut().write_memory(address, data)?)
    }
}
