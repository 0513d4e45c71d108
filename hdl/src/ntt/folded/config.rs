//! Configuration of a folded NTT engine and the numbers that follow from it.

use std::ops::Range;

use crate::arith::{
    goldilocks_mul, two_way_butterfly, ArithModule, FieldParams, GraphError, ModuleSet, NameClash,
    Target,
};

/// Everything that distinguishes one folded NTT kernel from another. Its field is Goldilocks.
#[derive(Clone, Debug)]
pub struct FoldedNttConfig {
    /// log2 of the largest transform, all of which is held on chip: 6 to 14.
    pub log_max_size: usize,
    /// What the arithmetic is cut for.
    pub target: Target,
}

/// Why a configuration was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldedNttConfigError {
    /// See [`FoldedNttConfig::log_max_size`].
    #[error("on-chip transforms of 2^{0} elements: 2^6 to 2^14 are offered")]
    LogMaxSize(usize),
}

/// Exponent of the Montgomery radix reported: 2^96 ≡ −1, so 2^192 ≡ 1.
pub(super) const RADIX_BITS: u32 = 192;
/// Width of an element.
pub(super) const ELEMENT_BITS: usize = 64;
/// log2 of the elements of a beat, and of the banks.
pub(super) const LOG_BANKS: usize = 3;

/// Cycles from a step of a pair or of a beat to its place in the banks' registers.
pub(super) const PAIR_LATENCY: usize = 3;
pub(super) const BEAT_LATENCY: usize = 1;
/// Cycles from a place in the registers to its lanes, and to a pair.
pub(super) const LANES_LATENCY: usize = 5;
pub(super) const READ_LATENCY: usize = LANES_LATENCY + 1;
/// Cycles from results to the last one in which their places cannot be read yet.
const WRITE_CYCLES: usize = 3;
/// Cycles from a place in the registers to the one in which it is read.
const PORT_CYCLES: usize = 1;
/// Cycles from a step to the operands of the multiplication that makes its twiddle.
pub(super) const TABLE_LATENCY: usize = 6;

impl FoldedNttConfig {
    /// Checks the ranges of all fields.
    pub fn validate(&self) -> Result<(), FoldedNttConfigError> {
        if (6..=14).contains(&self.log_max_size) {
            Ok(())
        } else {
            Err(FoldedNttConfigError::LogMaxSize(self.log_max_size))
        }
    }

    /// All fields in one line: what a preset's digest is taken of.
    pub fn canonical(&self) -> String {
        format!(
            "folded-ntt;field=goldilocks;log_max_size={};target={};carry_bits={};radix_bits={RADIX_BITS}",
            self.log_max_size, self.target.name, self.target.carry_bits,
        )
    }
}

/// The arithmetic modules of an engine.
#[derive(Clone, Debug)]
pub(super) struct Arithmetic {
    pub(super) butterfly: ArithModule,
    pub(super) multiplier: ArithModule,
}

impl Arithmetic {
    pub(super) fn new(target: &Target) -> Result<Self, GraphError> {
        Ok(Arithmetic {
            butterfly: two_way_butterfly(target)?,
            multiplier: goldilocks_mul(target)?,
        })
    }

    /// The modules with the number of their instances.
    pub(super) fn modules(&self) -> Result<ModuleSet, NameClash> {
        let mut modules = ModuleSet::default();
        modules.merge(&self.butterfly, 1)?;
        modules.merge(&self.multiplier, 1)?;
        Ok(modules)
    }
}

/// Numbers that the blocks of an engine share.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// m, log2 of the largest transform.
    pub(super) log_max_size: usize,
    /// Names of the arithmetic modules and their latencies.
    pub(super) butterfly: String,
    pub(super) multiplier: String,
    pub(super) butterfly_latency: usize,
    pub(super) multiplier_latency: usize,
}

impl Shape {
    pub(super) fn new(config: &FoldedNttConfig, arithmetic: &Arithmetic) -> Self {
        Shape {
            log_max_size: config.log_max_size,
            butterfly: arithmetic.butterfly.name.clone(),
            multiplier: arithmetic.multiplier.name.clone(),
            butterfly_latency: arithmetic.butterfly.latency_cycles,
            multiplier_latency: arithmetic.multiplier.latency_cycles,
        }
    }

    pub(super) fn params() -> FieldParams {
        FieldParams::goldilocks()
    }

    /// Width of an address within a bank.
    pub(super) fn address_bits(&self) -> usize {
        self.log_max_size - LOG_BANKS
    }

    /// Width of a pair's number in its stage, and of a twiddle's exponent.
    pub(super) fn pair_bits(&self) -> usize {
        self.log_max_size - 1
    }

    /// Cycles from a step's issue to the butterfly that it is for.
    pub(super) fn twiddle_latency(&self) -> usize {
        TABLE_LATENCY + self.multiplier_latency
    }

    /// Cycles by which reading a pair is put off so that it meets its twiddle.
    pub(super) fn read_delay(&self) -> usize {
        self.twiddle_latency() - PAIR_LATENCY - READ_LATENCY
    }

    /// Cycles from a step's issue to the step that writes its results.
    pub(super) fn write_delay(&self) -> usize {
        self.twiddle_latency() + self.butterfly_latency + 1 - PAIR_LATENCY
    }

    /// Fewest cycles from a step to one that uses its results.
    pub(super) fn hazard_cycles(&self) -> usize {
        let written = self.twiddle_latency() + self.butterfly_latency + WRITE_CYCLES;
        let read = self.read_delay() + PAIR_LATENCY + PORT_CYCLES;
        written + 1 - read
    }

    /// Fewest cycles from a step to that of a beat that holds its results.
    pub(super) fn finish_cycles(&self) -> usize {
        let written = self.twiddle_latency() + self.butterfly_latency + WRITE_CYCLES;
        written + 1 - (BEAT_LATENCY + PORT_CYCLES)
    }

    /// log2 of the smallest transform whose stages need no gap: a stage's pairs are wanted N/4 cycles
    /// after they were issued, or later.
    pub(super) fn log_overlap(&self) -> usize {
        self.hazard_cycles().next_power_of_two().ilog2() as usize + 2
    }
}

/// A wire that has bit k set for transforms of 2^k elements, from `log_size`.
pub(super) const SIZE_WIRE: &str = "wire [15:0] size_is = 16'd1 << log_size[3:0];
wire unused_sizes = &{1'b0, log_size, size_is};
";

/// The concatenation of `bits` bits each of which is set for the log sizes that `sizes` gives for it, in
/// terms of [`SIZE_WIRE`]: a function of four bits each, where a shift by a difference is a chain.
pub(super) fn by_size(bits: usize, sizes: impl Fn(usize) -> Range<usize>) -> String {
    let terms: Vec<String> = (0..bits)
        .rev()
        .map(|bit| {
            let sizes = sizes(bit).start..sizes(bit).end.min(16);
            if sizes.is_empty() {
                "1'b0".to_owned()
            } else {
                format!("|size_is[{}:{}]", sizes.end - 1, sizes.start)
            }
        })
        .collect();
    format!("{{{}}}", terms.join(", "))
}

/// `bits` bits of the last number but one of 2^(k − less), in terms of [`SIZE_WIRE`].
pub(super) fn last_but_one(bits: usize, less: usize) -> String {
    by_size(bits, |bit| match bit {
        0 => 0..0,
        _ => bit + less + 1..16,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_checked() {
        let config = |log_max_size| FoldedNttConfig {
            log_max_size,
            target: Target::ecp5(),
        };
        for good in [6, 12, 14] {
            assert_eq!(config(good).validate(), Ok(()));
        }
        for bad in [5, 15] {
            let refused = Err(FoldedNttConfigError::LogMaxSize(bad));
            assert_eq!(config(bad).validate(), refused);
        }
    }

    #[test]
    fn the_radix_is_one() {
        let params = Shape::params();
        let radix = num_bigint::BigUint::from(2u32).modpow(&RADIX_BITS.into(), &params.modulus);
        assert_eq!(radix, num_bigint::BigUint::from(1u32));
    }
}
