//! The NTT kernel: the engine in its socket.

use vegalith_abi::BlockType;

use super::config::{Arithmetic, NttConfig, Shape};
use super::engine::{EngineConfig, NttEngine};
use super::pipeline::PipelineConfig;
use crate::arith::Census;
use crate::axi::{kernel_design, Identity};
use crate::presets::GenerateError;
use crate::rtl::Design;

/// The design of an NTT kernel with module name `top`, and the operators of its arithmetic.
pub(crate) fn kernel(
    config: &NttConfig,
    top: &str,
    preset_digest: [u8; 32],
) -> Result<(Design, Census), GenerateError> {
    config.validate()?;
    let arithmetic = Arithmetic::new(config)?;
    let engine = engine_config(config, &arithmetic);
    let identity = Identity {
        block_type: BlockType::Ntt as u32,
        preset_digest,
        capabilities: [
            config.field as u32,
            config.log_stage as u32,
            config.log_stage as u32,
            config.log_max_size() as u32,
            config.params().radix_bits as u32,
            0,
            0,
        ],
    };
    let core = Design::from_block(&format!("{top}_engine"), NttEngine::new(&engine));
    let mut design = core
        .and_then(|core| {
            let busy_bits = engine.pipeline.count_bits();
            kernel_design(top, core, busy_bits, &identity, &config.target)
        })
        .map_err(GenerateError::Design)?;
    let modules = arithmetic
        .modules(config.log_stage)
        .map_err(|clash| GenerateError::Design(clash.to_string()))?;
    design.add_modules(&modules);
    Ok((design, modules.census))
}

/// The engine of a validated configuration.
pub(super) fn engine_config(config: &NttConfig, arithmetic: &Arithmetic) -> EngineConfig {
    let shape = Shape::new(config, arithmetic);
    EngineConfig {
        scale: arithmetic.scale.name.clone(),
        pipeline: PipelineConfig {
            shape: shape.clone(),
            butterfly: arithmetic.butterfly.name.clone(),
            canonicalize: arithmetic.canonicalize.name.clone(),
        },
        shape,
    }
}
