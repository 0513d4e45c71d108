//! Configuration of an NTT engine and the numbers that follow from it.

use vegalith_abi::memory::BEAT_BYTES;
use vegalith_abi::FieldId;

use crate::arith::{
    butterfly, canonicalize, scale, ArithModule, FieldParams, GraphError, ModuleSet, NameClash,
    Target,
};

/// Everything that distinguishes one NTT kernel from another.
#[derive(Clone, Debug)]
pub struct NttConfig {
    /// The field.
    pub field: FieldId,
    /// K, the number of butterflies: transforms of up to 2^K points take one pass over device
    /// memory, larger ones, up to 2^2K, take two. 3 to 14, and 2K at most the field's two-adicity.
    pub log_stage: usize,
    /// log2 of the number B of transforms that a tile of a two-pass job holds side by side: rows of
    /// B elements are what device memory is accessed in. At least a beat, at most 2^⌊(K+1)/2⌋
    /// elements.
    pub log_columns: usize,
    /// Value of the tile memories' `ram_style` attribute: "block", "ultra" or "auto".
    pub tile_ram_style: &'static str,
    /// What the arithmetic is cut for.
    pub target: Target,
}

/// Why a configuration was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NttConfigError {
    /// See [`NttConfig::log_stage`].
    #[error("{log_stage} butterflies: 3 to {largest} are offered in this field")]
    LogStage {
        /// Found.
        log_stage: usize,
        /// Largest allowed.
        largest: usize,
    },
    /// See [`NttConfig::log_columns`].
    #[error("2^{log_columns} columns a tile: 2^{smallest} to 2^{largest} are offered")]
    LogColumns {
        /// Found.
        log_columns: usize,
        /// Smallest allowed.
        smallest: usize,
        /// Largest allowed.
        largest: usize,
    },
    /// See [`NttConfig::tile_ram_style`].
    #[error("ram_style {0:?}: \"block\", \"ultra\" and \"auto\" are known")]
    RamStyle(&'static str),
}

const LARGEST_LOG_STAGE: usize = 14;
const SMALLEST_LOG_STAGE: usize = 3;

impl NttConfig {
    /// Checks the ranges of all fields.
    pub fn validate(&self) -> Result<(), NttConfigError> {
        let adicity = self.params().two_adicity();
        let largest = LARGEST_LOG_STAGE.min(adicity / 2);
        if !(SMALLEST_LOG_STAGE..=largest).contains(&self.log_stage) {
            return Err(NttConfigError::LogStage {
                log_stage: self.log_stage,
                largest,
            });
        }
        let smallest = (BEAT_BYTES / self.field.element_bytes()).ilog2() as usize;
        let largest = self.log_stage.div_ceil(2);
        if !(smallest..=largest).contains(&self.log_columns) {
            return Err(NttConfigError::LogColumns {
                log_columns: self.log_columns,
                smallest,
                largest,
            });
        }
        if !["block", "ultra", "auto"].contains(&self.tile_ram_style) {
            return Err(NttConfigError::RamStyle(self.tile_ram_style));
        }
        Ok(())
    }

    /// Parameters of the field; its Montgomery radix is that of SCALE.
    pub fn params(&self) -> FieldParams {
        match self.field {
            FieldId::Bn254Fr => FieldParams::bn254_fr(),
            FieldId::Bls12_381Fr => FieldParams::bls12_381_fr(),
            FieldId::Bls12_377Fr => FieldParams::bls12_377_fr(),
            FieldId::Goldilocks => FieldParams::goldilocks(),
        }
    }

    /// log2 of the largest transform.
    pub fn log_max_size(&self) -> usize {
        2 * self.log_stage
    }

    /// All fields in one line: what a preset's digest is taken of.
    pub fn canonical(&self) -> String {
        let params = self.params();
        format!(
            "ntt;field={};log_stage={};log_columns={};tile_ram_style={};target={};radix_bits={}",
            params.name,
            self.log_stage,
            self.log_columns,
            self.tile_ram_style,
            self.target.name,
            params.radix_bits,
        )
    }
}

/// The arithmetic modules of an engine.
#[derive(Clone, Debug)]
pub(super) struct Arithmetic {
    pub(super) butterfly: ArithModule,
    pub(super) scale: ArithModule,
    pub(super) canonicalize: ArithModule,
}

impl Arithmetic {
    pub(super) fn new(config: &NttConfig) -> Result<Self, GraphError> {
        let params = config.params();
        Ok(Arithmetic {
            butterfly: butterfly(&params, &config.target)?,
            scale: scale(&params, &config.target)?,
            canonicalize: canonicalize(&params, &config.target)?,
        })
    }

    /// The modules with the number of their instances.
    pub(super) fn modules(&self, log_stage: usize) -> Result<ModuleSet, NameClash> {
        let mut modules = ModuleSet::default();
        modules.merge(&self.butterfly, log_stage)?;
        modules.merge(&self.scale, 4)?;
        modules.merge(&self.canonicalize, 2)?;
        Ok(modules)
    }
}

/// Numbers that the blocks of an engine share. "Pair" is two elements, what moves in a cycle.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) params: FieldParams,
    /// K.
    pub(super) log_stage: usize,
    /// log2 B.
    pub(super) log_columns: usize,
    pub(super) log_element_bytes: usize,
    /// Width of a canonical element.
    pub(super) element_bits: usize,
    /// Width of an element below 2p.
    pub(super) lazy_bits: usize,
    pub(super) tile_ram_style: &'static str,
    pub(super) butterfly_latency: usize,
    pub(super) scale_latency: usize,
    pub(super) canonicalize_latency: usize,
}

/// log2 of the largest tiles that the input memory holds: one fills while one is worked on.
const LOG_INPUT_TILES: usize = 1;
/// log2 of the largest tiles that the output memory holds: a place is reserved when a tile enters the
/// pipeline, so beside the one filling and the one draining there are those under way.
const LOG_OUTPUT_TILES: usize = 2;

impl Shape {
    pub(super) fn new(config: &NttConfig, arithmetic: &Arithmetic) -> Self {
        let params = config.params();
        let twice = &params.modulus * 2u32 - 1u32;
        Shape {
            log_stage: config.log_stage,
            log_columns: config.log_columns,
            log_element_bytes: config.field.element_bytes().ilog2() as usize,
            element_bits: params.bits(),
            lazy_bits: twice.bits() as usize,
            tile_ram_style: config.tile_ram_style,
            butterfly_latency: arithmetic.butterfly.latency_cycles,
            scale_latency: arithmetic.scale.latency_cycles,
            canonicalize_latency: arithmetic.canonicalize.latency_cycles,
            params,
        }
    }

    /// Width of the number of a pair within a tile.
    pub(super) fn pair_bits(&self) -> usize {
        self.log_stage - 1 + self.log_columns
    }

    /// Width of an address of the input memory: of a pair.
    pub(super) fn input_address_bits(&self) -> usize {
        self.pair_bits() + LOG_INPUT_TILES
    }

    /// Width of an address of the output memory: of a pair.
    pub(super) fn output_address_bits(&self) -> usize {
        self.pair_bits() + LOG_OUTPUT_TILES
    }

    /// Width of an exponent of the root of order 2^2K, and of a column's number.
    pub(super) fn exponent_bits(&self) -> usize {
        2 * self.log_stage
    }

    /// log2 of the pairs in a beat.
    pub(super) fn log_beat_pairs(&self) -> usize {
        BEAT_BYTES.ilog2() as usize - self.log_element_bytes - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_checked() {
        let good = NttConfig {
            field: FieldId::Goldilocks,
            log_stage: 10,
            log_columns: 5,
            tile_ram_style: "block",
            target: Target::ultrascale_plus(),
        };
        assert_eq!(good.validate(), Ok(()));
        for log_stage in [2, 15] {
            let config = NttConfig {
                log_stage,
                ..good.clone()
            };
            let largest = 14;
            let expected = NttConfigError::LogStage { log_stage, largest };
            assert_eq!(config.validate(), Err(expected));
        }
        for log_columns in [2, 6] {
            let config = NttConfig {
                log_columns,
                ..good.clone()
            };
            let expected = NttConfigError::LogColumns {
                log_columns,
                smallest: 3,
                largest: 5,
            };
            assert_eq!(config.validate(), Err(expected));
        }
        let config = NttConfig {
            tile_ram_style: "lut",
            ..good
        };
        assert_eq!(config.validate(), Err(NttConfigError::RamStyle("lut")));
    }
}
