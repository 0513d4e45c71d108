//! The NTT kernel: the engine in its socket.

use vegalith_abi::BlockType;

use super::config::{Arithmetic, NttConfig, NttConfigError, Shape};
use super::engine::{EngineConfig, NttEngine};
use super::pipeline::PipelineConfig;
use crate::arith::{Census, GraphError};
use crate::axi::{kernel_design, Identity};
use crate::rtl::Design;

/// Why an NTT kernel could not be generated.
#[derive(Debug, thiserror::Error)]
pub enum NttError {
    /// The configuration is out of range.
    #[error(transparent)]
    Config(#[from] NttConfigError),
    /// The arithmetic could not be built within its bounds.
    #[error(transparent)]
    Arithmetic(#[from] GraphError),
    /// The generator refused the design: a fault of the generator, not of its input.
    #[error("generator: {0}")]
    Design(String),
}

/// The design of an NTT kernel with module name `top`, and the operators of its arithmetic.
pub fn kernel(
    config: &NttConfig,
    top: &str,
    preset_digest: [u8; 32],
) -> Result<(Design, Census), NttError> {
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
        ],
    };
    let core = Design::from_block(&format!("{top}_engine"), NttEngine::new(&engine));
    let mut design = core
        .and_then(|core| kernel_design(top, core, engine.pipeline.count_bits(), &identity))
        .map_err(NttError::Design)?;
    let modules = arithmetic
        .modules(config.log_stage)
        .map_err(|clash| NttError::Design(clash.to_string()))?;
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
