//! The MSM kernel: the engine in its socket.

use vegalith_abi::BlockType;

use super::engine::MsmEngine;
use super::folded;
use super::parts::{AdderBody, AdderConfig, AdderTiming};
use super::{AdderStyle, CycleModel, MsmConfig};
use crate::arith::{Census, ModuleSet};
use crate::axi::{kernel_design, Identity};
use crate::curve::{complete_adder, folded_adder};
use crate::presets::GenerateError;
use crate::rtl::Design;

/// Bits of a digit of a folded adder's multiplier: two tiles of 18 bits wide, 63 tiles for BN254. Twice that
/// would halve the interval, but its sums come back too shortly before a pair is taken: see [`folded`].
const FOLDED_DIGIT_BITS: usize = 33;

/// A kernel's design with its operators.
pub(crate) fn kernel(
    config: &MsmConfig,
    top: &str,
    preset_digest: [u8; 32],
) -> Result<(Design, Census), GenerateError> {
    config.validate()?;
    let (adder, modules) = adder(config)?;
    let engine = config.engine(adder);
    let params = config.params();
    let identity = Identity {
        block_type: BlockType::Msm as u32,
        preset_digest,
        capabilities: [
            config.curve as u32,
            config.window_bits as u32,
            1,
            config.log_max_points as u32,
            params.field.radix_bits as u32,
            config.num_partial_sums() as u32,
            0,
        ],
    };
    let core = Design::from_block(&format!("{top}_engine"), MsmEngine::new(&engine));
    let mut design = core
        .and_then(|core| kernel_design(top, core, 1, &identity, &config.target))
        .map_err(GenerateError::Design)?;
    design.add_modules(&modules);
    Ok((design, modules.census))
}

/// The cycle model of a configuration's engine.
pub(super) fn cycle_model(config: &MsmConfig) -> Result<CycleModel, GenerateError> {
    config.validate()?;
    let (adder, _) = adder(config)?;
    Ok(config.engine(adder).cycle_model())
}

/// The adder as the engine sees it, and its modules.
fn adder(config: &MsmConfig) -> Result<(AdderConfig, ModuleSet), GenerateError> {
    let key_bits = config.slot_map().key_bits();
    let (params, target) = (config.params(), &config.target);
    match config.adder {
        AdderStyle::Pipelined => {
            let adder = complete_adder(&params, target)?;
            let mut modules = ModuleSet::default();
            modules
                .merge(&adder.module, 1)
                .map_err(|clash| GenerateError::Design(clash.to_string()))?;
            let seen = AdderConfig {
                key_bits,
                coordinate_bits: adder.coordinate_bits,
                timing: AdderTiming::pipelined(adder.module.latency_cycles),
                body: AdderBody::Pipelined(adder.module.name),
            };
            Ok((seen, modules))
        }
        AdderStyle::Folded => {
            let adder = folded_adder(&params, FOLDED_DIGIT_BITS, target)?;
            let timing = AdderTiming {
                latency: adder.latency_cycles,
                interval: adder.interval_cycles,
            };
            folded::check_pace(&timing).map_err(GenerateError::Design)?;
            let seen = AdderConfig {
                key_bits,
                coordinate_bits: adder.coordinate_bits,
                timing,
                body: AdderBody::Folded(adder.name),
            };
            Ok((seen, adder.modules))
        }
    }
}
