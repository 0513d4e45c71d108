//! What is loaded into a device.

use std::path::Path;

use vegalith_abi::{registers, BlockType};

use super::metadata::KernelMetadata;
use super::words::IdentityWords;
use super::xclbin::{wrong, ComputeUnit, Xclbin, XclbinError};
use crate::{Error, Result};

/// A checked image.
#[derive(Clone, Debug)]
pub struct XrtImage {
    pub(super) program: Program,
}

#[derive(Clone, Debug)]
pub(super) enum Program {
    Binary { bytes: Vec<u8>, contents: Xclbin },
    Source { text: String, kernel: String },
}

/// The compute unit to be used.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Name for `clCreateKernel`.
    pub name: String,
    pub kernel: KernelMetadata,
    /// Index in XRT's topology, and bytes, of the bank for the arena.
    pub bank: Option<(u32, u64)>,
}

impl XrtImage {
    /// An `.xclbin`.
    ///
    /// # Errors
    /// The first thing in it that is not as XRT needs it.
    pub fn xclbin(bytes: Vec<u8>) -> Result<Self, XclbinError> {
        let contents = Xclbin::parse(&bytes)?;
        let program = Program::Binary { bytes, contents };
        Ok(XrtImage { program })
    }

    /// Reads an `.xclbin`.
    ///
    /// # Errors
    /// [`Error::Open`], which names the file, if it cannot be read or is none.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |reason: String| Error::Open {
            device: path.display().to_string(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        Self::xclbin(bytes).map_err(|error| failed(error.to_string()))
    }

    /// A program in OpenCL C for devices that are not XRT's: one kernel with the arguments of
    /// [`KernelMetadata::of_block`]. For development and tests.
    pub fn source(text: &str, kernel: &str) -> Self {
        XrtImage {
            program: Program::Source {
                text: text.to_owned(),
                kernel: kernel.to_owned(),
            },
        }
    }

    /// What an `.xclbin` says of itself.
    pub fn contents(&self) -> Option<&Xclbin> {
        match &self.program {
            Program::Binary { contents, .. } => Some(contents),
            Program::Source { .. } => None,
        }
    }

    pub(super) fn is_xclbin(&self) -> bool {
        self.contents().is_some()
    }

    /// The compute unit that is asked for, checked against what its block needs.
    pub(super) fn target(
        &self,
        kernel: Option<&str>,
        instance: Option<&str>,
        identity: Option<&IdentityWords>,
    ) -> Result<Target, XclbinError> {
        let block = identity.map(|words| words.get(registers::BLOCK_TYPE));
        let block = block.and_then(BlockType::from_word);
        match &self.program {
            Program::Source { kernel: name, .. } => {
                let block = block.ok_or_else(|| wrong("the block type", "given", "not given"))?;
                Ok(Target {
                    name: name.clone(),
                    kernel: KernelMetadata::of_block(block, name),
                    bank: None,
                })
            }
            Program::Binary { contents, .. } => {
                let (unit, kernel) = contents.select(kernel, instance)?;
                if let Some(block) = block {
                    kernel.check(block)?;
                }
                Ok(Target {
                    name: format!("{}:{{{}}}", unit.kernel, unit.instance),
                    kernel: kernel.clone(),
                    bank: Some(common_bank(contents, unit)?),
                })
            }
        }
    }
}

/// The largest bank that every buffer of the unit can be in: the driver's buffers do not know which
/// argument they will be.
fn common_bank(contents: &Xclbin, unit: &ComputeUnit) -> Result<(u32, u64), XclbinError> {
    let banks = unit.common_banks().into_iter();
    banks
        .filter_map(|index| Some((index, contents.banks.get(index)?)))
        .filter(|(_, bank)| bank.holds_buffers)
        .max_by_key(|&(index, bank)| (bank.bytes, std::cmp::Reverse(index)))
        .map(|(index, bank)| (index as u32, bank.bytes))
        .ok_or_else(|| {
            let connections = unit.banks.iter().map(|(argument, banks)| {
                let tags: Vec<_> = banks
                    .iter()
                    .filter_map(|&bank| Some(contents.banks.get(bank)?.tag.as_str()))
                    .collect();
                format!("argument {argument}: {}", tags.join(" "))
            });
            wrong(
                format!("the connectivity of {}", unit.instance),
                "a bank that all its buffers reach (`sp=` of the linker)",
                connections.collect::<Vec<_>>().join("; "),
            )
        })
}
