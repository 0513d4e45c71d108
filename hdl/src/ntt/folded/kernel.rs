//! The folded NTT kernel: the engine in its socket.

use vegalith_abi::{registers, BlockType, FieldId};

use super::config::{Arithmetic, FoldedNttConfig, Shape, RADIX_BITS};
use super::engine::FoldedNttEngine;
use crate::arith::Census;
use crate::axi::{kernel_design, Identity};
use crate::presets::GenerateError;
use crate::rtl::Design;

/// The design of a folded NTT kernel with module name `top`, and the operators of its arithmetic.
pub(crate) fn kernel(
    config: &FoldedNttConfig,
    top: &str,
    preset_digest: [u8; 32],
) -> Result<(Design, Census), GenerateError> {
    config.validate()?;
    let arithmetic = Arithmetic::new(&config.target)?;
    let shape = Shape::new(config, &arithmetic);
    let identity = Identity {
        block_type: BlockType::Ntt as u32,
        preset_digest,
        capabilities: [
            FieldId::Goldilocks as u32,
            config.log_max_size as u32,
            1,
            config.log_max_size as u32,
            RADIX_BITS,
            0,
            registers::CAP_FLAG_SHIFTS_IN_PASS,
        ],
    };
    let core = Design::from_block(&format!("{top}_engine"), FoldedNttEngine::new(&shape));
    let mut design = core
        .and_then(|core| kernel_design(top, core, 1, &identity, &config.target))
        .map_err(GenerateError::Design)?;
    let modules = arithmetic
        .modules()
        .map_err(|clash| GenerateError::Design(clash.to_string()))?;
    design.add_modules(&modules);
    Ok((design, modules.census))
}
