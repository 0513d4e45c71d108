//! How fast the simulated kernels run on this machine, in thousands of cycles a second.
//!
//! ```text
//! cargo run --release -p vegalith-sim --example speed [--features synth-leaves]
//! ```

use std::time::Instant;

use vegalith_abi::registers::{self, msm};
use vegalith_abi::{BlockType, CurveId};
use vegalith_sim::{models, Error, Leaf, Model, Options, Simulator};

/// Long enough that start and end do not count.
const NUM_POINTS: u64 = 4096;
const POINTS: u64 = 0;
const SCALARS: u64 = 1 << 20;
const RESULT: u64 = 2 << 20;

fn main() -> Result<(), Error> {
    println!(
        "{:<24} {:<14} {:>10} {:>8} {:>11}",
        "preset", "leaves", "cycles", "seconds", "kcycles/s"
    );
    for model in models() {
        let leaf = if model.synthesisable {
            Leaf::Synthesisable
        } else {
            Leaf::Fast
        };
        let options = Options {
            leaf,
            ..Options::default()
        };
        let mut simulator = Simulator::open(model.preset, &options)?;
        prepare(&mut simulator, model)?;
        let (begun, first) = (Instant::now(), simulator.cycle());
        simulator.write_register(registers::CONTROL, registers::CONTROL_START)?;
        if !simulator.run_until(registers::CONTROL_DONE, 1 << 24)? {
            return Err(Error::Model(format!("{} does not end", model.preset)));
        }
        let seconds = begun.elapsed().as_secs_f64();
        let cycles = simulator.cycle() - first;
        println!(
            "{:<24} {:<14} {:>10} {:>8.3} {:>11.1}",
            model.preset,
            format!("{leaf:?}").to_lowercase(),
            cycles,
            seconds,
            cycles as f64 / seconds / 1000.0
        );
    }
    Ok(())
}

/// Operands and arguments of a job. Speed does not depend on the points being on the curve.
fn prepare(simulator: &mut Simulator, model: &Model) -> Result<(), Error> {
    let kind = simulator.read_register(registers::CAP_KIND)?;
    let block = simulator.read_register(registers::BLOCK_TYPE)?;
    match BlockType::from_word(block) {
        Some(BlockType::Msm) => {
            let curve = CurveId::from_word(kind)
                .ok_or_else(|| Error::Model(format!("{}: unknown curve", model.preset)))?;
            let layout = curve.point_layout();
            let mut random = Random(1);
            for point in 0..NUM_POINTS {
                let mut bytes = vec![0; layout.slot_bytes];
                let (x, y) = bytes.split_at_mut(layout.coordinate_bytes);
                random.below_the_modulus(x);
                random.below_the_modulus(&mut y[..layout.coordinate_bytes]);
                simulator.write_memory(POINTS + point * layout.slot_bytes as u64, &bytes)?;
                let mut scalar = [0; 32];
                random.below_the_modulus(&mut scalar);
                simulator.write_memory(SCALARS + point * 32, &scalar)?;
            }
            for (offset, value) in [
                (msm::POINTS, POINTS),
                (msm::SCALARS, SCALARS),
                (msm::RESULT, RESULT),
            ] {
                simulator.write_register(offset, value as u32)?;
                simulator.write_register(offset + 4, (value >> 32) as u32)?;
            }
            simulator.write_register(msm::NUM_POINTS, NUM_POINTS as u32)
        }
        Some(BlockType::Ntt) | None => Err(Error::Model(format!(
            "{}: no job for block type {block}",
            model.preset
        ))),
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    /// Fills a little-endian number; the top nibble stays 0, below every modulus here.
    fn below_the_modulus(&mut self, bytes: &mut [u8]) {
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
