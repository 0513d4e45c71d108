//! The arguments that the register map asks of a kernel, and images that lack them.

use vegalith_abi::memory::{PartialSum, Scalar, BEAT_BYTES};
use vegalith_abi::registers::{self, msm, ntt};
use vegalith_abi::{BlockType, CurveId, FieldId};

use super::metadata::{Argument, ArgumentKind, KernelMetadata};
use super::words::IdentityWords;
use super::xclbin::{wrong, XclbinError};

/// Words of a value that is wider than the widest scalar of OpenCL C: passed in pieces of 8 bytes.
const PIECE_BYTES: u32 = 8;

impl KernelMetadata {
    /// A kernel of this name with the arguments of the register map, each value of more than 8
    /// bytes in pieces (`scale_0`, `scale_1`, …).
    pub fn of_block(block: BlockType, name: &str) -> Self {
        let mut arguments = Vec::new();
        for &(name, offset, bytes, kind) in required(block) {
            let pieces = (bytes / PIECE_BYTES).max(1);
            for piece in 0..pieces {
                arguments.push(Argument {
                    name: match pieces {
                        1 => name.to_owned(),
                        _ => format!("{name}_{piece}"),
                    },
                    offset: offset + piece * PIECE_BYTES,
                    bytes: bytes.min(PIECE_BYTES),
                    kind,
                });
            }
        }
        KernelMetadata {
            name: name.to_owned(),
            arguments,
        }
    }

    /// Checks that a job of this block can be passed to the kernel.
    pub(super) fn check(&self, block: BlockType) -> Result<(), XclbinError> {
        for &(name, offset, bytes, kind) in required(block) {
            let missing = (offset..offset + bytes)
                .step_by(4)
                .find(|&word| !self.covers(word, kind));
            if let Some(word) = missing {
                let passed = match kind {
                    ArgumentKind::Value => "value",
                    ArgumentKind::Buffer => "buffer",
                };
                return Err(wrong(
                    format!("the list of arguments of {}", self.name),
                    format_args!("one with a {passed} at {word:#x}, for {name}"),
                    self.describe(),
                ));
            }
        }
        Ok(())
    }

    fn covers(&self, word: u32, kind: ArgumentKind) -> bool {
        self.arguments.iter().any(|argument| {
            let end = u64::from(argument.offset) + u64::from(argument.bytes);
            argument.kind == kind && (u64::from(argument.offset)..end).contains(&word.into())
        })
    }

    fn describe(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| {
            let Argument {
                name,
                offset,
                bytes,
                ..
            } = argument;
            format!("{name} ({bytes} bytes at {offset:#x})")
        });
        arguments.collect::<Vec<_>>().join(", ")
    }
}

/// Name, offset, bytes and kind of each argument.
fn required(block: BlockType) -> &'static [(&'static str, u32, u32, ArgumentKind)] {
    use ArgumentKind::{Buffer, Value};
    match block {
        BlockType::Msm => &[
            ("points", msm::POINTS, 8, Buffer),
            ("scalars", msm::SCALARS, 8, Buffer),
            ("result", msm::RESULT, 8, Buffer),
            ("num_points", msm::NUM_POINTS, 4, Value),
        ],
        BlockType::Ntt => &[
            ("source", ntt::SOURCE, 8, Buffer),
            ("destination", ntt::DESTINATION, 8, Buffer),
            ("scratch", ntt::SCRATCH, 8, Buffer),
            ("log_size", ntt::LOG_SIZE, 4, Value),
            ("flags", ntt::FLAGS, 4, Value),
            ("scale", ntt::SCALE, 32, Value),
        ],
    }
}

/// Bytes that a job may touch from the address in the argument at `offset` on. Kernels access whole
/// beats.
pub(super) fn extent(
    identity: &IdentityWords,
    offset: u32,
    word: impl Fn(u32) -> u32,
) -> Option<u64> {
    let kind = identity.get(registers::CAP_KIND);
    let bytes = match BlockType::from_word(identity.get(registers::BLOCK_TYPE))? {
        BlockType::Msm => {
            let num_points = u64::from(word(msm::NUM_POINTS));
            match offset {
                msm::POINTS => {
                    num_points * CurveId::from_word(kind)?.point_layout().slot_bytes as u64
                }
                msm::SCALARS => num_points * size_of::<Scalar>() as u64,
                _ => {
                    u64::from(identity.get(registers::CAP_NUM_PARTIAL_SUMS))
                        * size_of::<PartialSum>() as u64
                }
            }
        }
        BlockType::Ntt => {
            let element = FieldId::from_word(kind)?.element_bytes() as u64;
            let elements = 1u64.checked_shl(word(ntt::LOG_SIZE))?;
            elements.checked_mul(element)?
        }
    };
    bytes.max(1).checked_next_multiple_of(BEAT_BYTES as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_of_a_block_have_its_arguments() {
        for block in [BlockType::Msm, BlockType::Ntt] {
            let kernel = KernelMetadata::of_block(block, "k");
            kernel.check(block).unwrap();
            for left_out in 0..kernel.arguments.len() {
                let mut less = kernel.clone();
                less.arguments.remove(left_out);
                assert!(less.check(block).is_err(), "without {left_out}");
                let mut other = kernel.clone();
                other.arguments[left_out].kind = match other.arguments[left_out].kind {
                    ArgumentKind::Value => ArgumentKind::Buffer,
                    ArgumentKind::Buffer => ArgumentKind::Value,
                };
                assert!(other.check(block).is_err(), "{left_out} of the other kind");
            }
        }
        let ntt = KernelMetadata::of_block(BlockType::Ntt, "k");
        assert_eq!(ntt.arguments.len(), 9);
        assert_eq!(ntt.arguments[8].offset, ntt::SCALE + 24);
        // In one piece it is as good.
        let mut whole = ntt.clone();
        whole.arguments.truncate(6);
        whole.arguments[5].bytes = 32;
        whole.check(BlockType::Ntt).unwrap();
    }

    #[test]
    fn extents_are_those_of_the_job() {
        let identity = IdentityWords::new()
            .with(registers::BLOCK_TYPE, BlockType::Msm as u32)
            .with(registers::CAP_KIND, CurveId::Bls12_381G1 as u32)
            .with(registers::CAP_NUM_PARTIAL_SUMS, 5);
        let of = |offset| extent(&identity, offset, |_| 3);
        assert_eq!(of(msm::POINTS), Some(3 * 128));
        assert_eq!(of(msm::SCALARS), Some(128));
        assert_eq!(of(msm::RESULT), Some(5 * 192));

        let identity = identity
            .with(registers::BLOCK_TYPE, BlockType::Ntt as u32)
            .with(registers::CAP_KIND, FieldId::Goldilocks as u32);
        assert_eq!(extent(&identity, ntt::SOURCE, |_| 10), Some(8 << 10));
        assert_eq!(extent(&identity, ntt::SCRATCH, |_| 1), Some(64));
        assert_eq!(extent(&identity, ntt::SOURCE, |_| 200), None);
        assert_eq!(extent(&identity, ntt::SOURCE, |_| 63), None);
    }
}
