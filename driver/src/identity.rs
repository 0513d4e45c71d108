//! What a kernel says of itself, and the handshake that compares it with what was asked for.

use vegalith_abi::{registers, AbiVersion, BlockType, CurveId, FieldId, ABI_VERSION};

use crate::{Error, Result, Transport};

/// SHA-256 of a preset's configuration.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits in small letters")]
pub struct InvalidDigest;

impl std::str::FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let nibble = |digit: &u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(InvalidDigest),
        };
        let mut digest = [0; 32];
        if text.len() != 2 * digest.len() {
            return Err(InvalidDigest);
        }
        for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = nibble(&digits[0])? << 4 | nibble(&digits[1])?;
        }
        Ok(Digest(digest))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// The kernel that a caller means to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// What it computes; `None` accepts any type that the driver knows.
    pub block_type: Option<BlockType>,
    /// Digest of its preset; `None` accepts any.
    pub preset_digest: Option<Digest>,
}

/// What a kernel computes and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capabilities {
    /// Of an MSM kernel.
    Msm {
        /// Group of the points.
        curve: CurveId,
        /// Window width in bits.
        window_bits: u32,
        /// Partial sums that a job writes.
        num_partial_sums: u32,
    },
    /// Of an NTT kernel.
    Ntt {
        /// Field of the elements.
        field: FieldId,
        /// log2 of the largest single-pass size.
        log_single_pass: u32,
        /// Whether an inverse transform over a coset is shifted in its last pass.
        shifts_in_pass: bool,
    },
}

/// What a kernel says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Version of its register map.
    pub abi_version: AbiVersion,
    /// Number of the build; 0 in simulation.
    pub build_id: u32,
    /// Digest of its preset.
    pub preset_digest: Digest,
    /// Adders, or butterflies that can work in the same cycle.
    pub num_units: u32,
    /// log2 of the largest job, in points or elements.
    pub log_max_size: u32,
    /// Exponent r of its Montgomery radix 2^r.
    pub mont_bits: u32,
    /// What it computes.
    pub capabilities: Capabilities,
}

fn mismatch(
    field: &'static str,
    expected: impl std::fmt::Display,
    found: impl std::fmt::Display,
) -> Error {
    Error::ImageMismatch {
        field,
        expected: expected.to_string(),
        found: found.to_string(),
    }
}

impl Identity {
    /// Reads the identification block, in the order in which its words can be trusted: magic,
    /// version, type, digest, capabilities.
    ///
    /// # Errors
    /// [`Error::ImageMismatch`] or [`Error::AbiMismatch`] for the first word that is not as expected.
    pub(crate) fn read(transport: &mut dyn Transport, expected: &Expectation) -> Result<Self> {
        read_magic(transport)?;
        let abi_version = AbiVersion::from_word(transport.read_register(registers::ABI_VERSION)?);
        if !ABI_VERSION.accepts(abi_version) {
            return Err(Error::AbiMismatch {
                expected: ABI_VERSION,
                found: abi_version,
            });
        }
        let block_word = transport.read_register(registers::BLOCK_TYPE)?;
        let block_type = BlockType::from_word(block_word)
            .filter(|found| expected.block_type.is_none_or(|wanted| wanted == *found))
            .ok_or_else(|| {
                let wanted = match expected.block_type {
                    Some(wanted) => block_name(wanted as u32),
                    None => "MSM or NTT".to_owned(),
                };
                mismatch("block type", wanted, block_name(block_word))
            })?;
        let preset_digest = read_digest(transport)?;
        if let Some(digest) = expected
            .preset_digest
            .filter(|digest| *digest != preset_digest)
        {
            return Err(mismatch("preset digest", digest, preset_digest));
        }
        let mut word = |offset| transport.read_register(offset);
        let kind = word(registers::CAP_KIND)?;
        let window = word(registers::CAP_WINDOW)?;
        let capabilities = match block_type {
            BlockType::Msm => Capabilities::Msm {
                curve: CurveId::from_word(kind)
                    .ok_or_else(|| mismatch("curve", "one that the driver knows", kind))?,
                window_bits: window,
                num_partial_sums: word(registers::CAP_NUM_PARTIAL_SUMS)?,
            },
            BlockType::Ntt => Capabilities::Ntt {
                field: FieldId::from_word(kind)
                    .ok_or_else(|| mismatch("field", "one that the driver knows", kind))?,
                log_single_pass: window,
                shifts_in_pass: word(registers::CAP_FLAGS)? & registers::CAP_FLAG_SHIFTS_IN_PASS
                    != 0,
            },
        };
        Ok(Identity {
            abi_version,
            build_id: word(registers::BUILD_ID)?,
            preset_digest,
            num_units: word(registers::CAP_UNITS)?,
            log_max_size: word(registers::CAP_LOG_MAX_SIZE)?,
            mont_bits: word(registers::CAP_MONT_BITS)?,
            capabilities,
        })
    }

    /// Whether the kernel that said this is still there.
    ///
    /// # Errors
    /// [`Error::ImageMismatch`] if something else answers, or nothing.
    pub(crate) fn still_answers(&self, transport: &mut dyn Transport) -> Result<()> {
        read_magic(transport)?;
        let found = read_digest(transport)?;
        match found == self.preset_digest {
            true => Ok(()),
            false => Err(mismatch("preset digest", self.preset_digest, found)),
        }
    }

    /// Points or elements of the largest job.
    pub fn max_size(&self) -> u64 {
        1u64.checked_shl(self.log_max_size).unwrap_or(u64::MAX)
    }
}

fn block_name(word: u32) -> String {
    match BlockType::from_word(word) {
        Some(BlockType::Msm) => "MSM".to_owned(),
        Some(BlockType::Ntt) => "NTT".to_owned(),
        None => format!("unknown ({word})"),
    }
}

fn read_magic(transport: &mut dyn Transport) -> Result<()> {
    let expected = registers::MAGIC_VALUE;
    match transport.read_register(registers::MAGIC)? {
        found if found == expected => Ok(()),
        found => Err(mismatch(
            "magic",
            format_args!("{expected:#010x}"),
            format_args!("{found:#010x}"),
        )),
    }
}

fn read_digest(transport: &mut dyn Transport) -> Result<Digest> {
    let mut digest = [0; 32];
    for (offset, bytes) in (registers::PRESET_DIGEST..)
        .step_by(4)
        .zip(digest.chunks_exact_mut(4))
    {
        bytes.copy_from_slice(&transport.read_register(offset)?.to_le_bytes());
    }
    Ok(Digest(digest))
}
