//! Jobs of random operands for any simulated kernel. The kernels compute with whatever field
//! elements they are given, so operands need be no points of a curve here.
#![allow(dead_code, reason = "each test uses a part")]

use std::fmt::{self, Debug, Formatter};

use vegalith_abi::memory::PartialSum;
use vegalith_abi::registers::{self, msm, ntt};
use vegalith_abi::{BlockType, CurveId, FieldId};
use vegalith_hdl::presets::{self, PresetKind};
use vegalith_hdl::AdderStyle;
use vegalith_sim::{Error, Simulator};

const INPUT: u64 = 0;
const SCALARS: u64 = 1 << 20;
const OUTPUT: u64 = 2 << 20;
const SCRATCH: u64 = 3 << 20;
/// Device memory that a job of up to 2^13 points or 2^15 elements needs.
pub const MEMORY_BYTES: u64 = 4 << 20;

/// Operands, arguments and where the result goes.
#[derive(Clone, Debug)]
pub struct Job {
    pub block: BlockType,
    pub arguments: Vec<(u32, u32)>,
    pub inputs: Vec<(u64, Vec<u8>)>,
    /// Of an MSM.
    pub scalars: Vec<[u8; 32]>,
    result_bytes: usize,
}

/// What a job comes to.
#[derive(Clone, PartialEq, Eq)]
pub struct Run {
    /// Cycles, busy, active, stall, bytes read, bytes written.
    pub counters: [u64; 6],
    pub errors: u32,
    pub result: Vec<u8>,
}

/// A result of kilobytes as its length and its first bytes.
impl Debug for Run {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (length, first) = (self.result.len(), &self.result[..self.result.len().min(16)]);
        f.debug_struct("Run")
            .field("counters", &self.counters)
            .field("errors", &self.errors)
            .field("result", &format_args!("{length} bytes: {first:02x?}…"))
            .finish()
    }
}

impl Job {
    /// A job of `size` points, or of as many elements rounded up to a power of two. A sixteenth of
    /// the points for a folded adder, which takes far longer for each.
    pub fn random(simulator: &mut Simulator, size: usize, seed: u64) -> Result<Self, Error> {
        let kind = simulator.read_register(registers::CAP_KIND)?;
        let sums = simulator.read_register(registers::CAP_NUM_PARTIAL_SUMS)?;
        let block = simulator.read_register(registers::BLOCK_TYPE)?;
        let unknown = || Error::Model(format!("no job for block type {block} and kind {kind}"));
        let mut random = Random(seed);
        match BlockType::from_word(block).ok_or_else(unknown)? {
            BlockType::Msm => {
                let curve = CurveId::from_word(kind).ok_or_else(unknown)?;
                let size = match is_folded(simulator.model().preset) {
                    true => size.div_ceil(16),
                    false => size,
                };
                Ok(Self::msm(curve, size, sums as usize, &mut random))
            }
            BlockType::Ntt => {
                let field = FieldId::from_word(kind).ok_or_else(unknown)?;
                Ok(Self::ntt(field, size, &mut random))
            }
        }
    }

    fn msm(curve: CurveId, size: usize, num_sums: usize, random: &mut Random) -> Self {
        let layout = curve.point_layout();
        let mut points = vec![0; size * layout.slot_bytes];
        for slot in points.chunks_exact_mut(layout.slot_bytes) {
            let (x, y) = slot.split_at_mut(layout.coordinate_bytes);
            random.below_the_modulus(x);
            random.below_the_modulus(&mut y[..layout.coordinate_bytes]);
        }
        let mut scalars = vec![[0; 32]; size];
        for scalar in &mut scalars {
            random.below_the_modulus(scalar);
        }
        let mut arguments = vec![(msm::NUM_POINTS, size as u32)];
        for (offset, address) in [
            (msm::POINTS, INPUT),
            (msm::SCALARS, SCALARS),
            (msm::RESULT, OUTPUT),
        ] {
            arguments.extend(words(offset, address));
        }
        Job {
            block: BlockType::Msm,
            arguments,
            inputs: vec![(INPUT, points), (SCALARS, scalars.concat())],
            scalars,
            result_bytes: num_sums * size_of::<PartialSum>(),
        }
    }

    fn ntt(field: FieldId, size: usize, random: &mut Random) -> Self {
        let log_size = size.next_power_of_two().ilog2().max(1);
        let mut elements = vec![0; field.element_bytes() << log_size];
        for element in elements.chunks_exact_mut(field.element_bytes()) {
            random.below_the_modulus(element);
        }
        let mut arguments = vec![(ntt::LOG_SIZE, log_size), (ntt::FLAGS, 0)];
        for (offset, address) in [
            (ntt::SOURCE, INPUT),
            (ntt::DESTINATION, OUTPUT),
            (ntt::SCRATCH, SCRATCH),
        ] {
            arguments.extend(words(offset, address));
        }
        Job {
            block: BlockType::Ntt,
            arguments,
            result_bytes: elements.len(),
            inputs: vec![(INPUT, elements)],
            scalars: Vec::new(),
        }
    }

    /// Writes operands and arguments.
    pub fn load(&self, simulator: &mut Simulator) -> Result<(), Error> {
        for (address, bytes) in &self.inputs {
            simulator.write_memory(*address, bytes)?;
        }
        for &(offset, word) in &self.arguments {
            simulator.write_register(offset, word)?;
        }
        Ok(())
    }

    /// Runs the job on an idle kernel and acknowledges its end.
    pub fn run(&self, simulator: &mut Simulator) -> Result<Run, Error> {
        wait(simulator, registers::CONTROL_IDLE)?;
        self.load(simulator)?;
        start(simulator)?;
        wait(simulator, registers::CONTROL_DONE)?;
        let run = self.outcome(simulator)?;
        simulator.write_register(registers::CONTROL, registers::CONTROL_CONTINUE)?;
        Ok(run)
    }

    /// What a job that is done has left.
    pub fn outcome(&self, simulator: &mut Simulator) -> Result<Run, Error> {
        let mut counters = [0; 6];
        for (counter, offset) in counters.iter_mut().zip((registers::COUNTERS..).step_by(8)) {
            let low = simulator.read_register(offset)?;
            let high = simulator.read_register(offset + 4)?;
            *counter = u64::from(high) << 32 | u64::from(low);
        }
        let mut result = vec![0; self.result_bytes];
        simulator.read_memory(OUTPUT, &mut result)?;
        Ok(Run {
            counters,
            errors: simulator.read_register(registers::ERRORS)?,
            result,
        })
    }
}

fn is_folded(preset: &str) -> bool {
    presets::find(preset).is_ok_and(|preset| match preset.kind {
        PresetKind::Msm(config) => config.adder == AdderStyle::Folded,
        _ => false,
    })
}

/// The two words of a 64-bit argument.
fn words(offset: u32, value: u64) -> [(u32, u32); 2] {
    [(offset, value as u32), (offset + 4, (value >> 32) as u32)]
}

/// Starts a job with whatever arguments there are.
pub fn start(simulator: &mut Simulator) -> Result<(), Error> {
    simulator.start_job();
    simulator.write_register(registers::CONTROL, registers::CONTROL_START)
}

/// Waits for a control bit.
pub fn wait(simulator: &mut Simulator, control_bits: u32) -> Result<(), Error> {
    match simulator.run_until(control_bits, 1 << 22)? {
        true => Ok(()),
        false => Err(Error::Model(format!("control bits {control_bits:#x}"))),
    }
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    /// Fills a little-endian number; the top nibble stays 0, below every modulus here.
    pub fn below_the_modulus(&mut self, bytes: &mut [u8]) {
        for byte in bytes.iter_mut() {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (z >> 56) as u8;
        }
        if let Some(top) = bytes.last_mut() {
            *top &= 0x0f;
        }
    }
}
