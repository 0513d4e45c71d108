//! The contract between a generated kernel and the software that runs it: register map, memory
//! layouts and ABI version, each number written once.
//!
//! A Vegalith kernel is a Vitis-style RTL kernel: one clock (`ap_clk`), an active-low synchronous
//! reset (`ap_rst_n`), an AXI4-Lite slave `s_axi_control` whose first word carries the
//! `ap_ctrl_chain` bits, and two AXI4 masters of [`memory::BEAT_BYTES`] bytes a beat:
//! `m_axi_gmem0` (read only) and `m_axi_gmem1` (read and write).
//!
//! All values are little-endian; a 64-bit register is two 32-bit words, low word first.

pub mod memory;
pub mod registers;
pub mod serial;

/// Version of everything in this crate. A driver refuses a kernel with another major version, or
/// an older minor version than its own.
pub const ABI_VERSION: AbiVersion = AbiVersion { major: 1, minor: 1 };

/// Version of the register map and the memory layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AbiVersion {
    /// Incremented by a change that an older driver cannot live with.
    pub major: u16,
    /// Incremented by an addition.
    pub minor: u16,
}

impl AbiVersion {
    /// The word that stands in [`registers::ABI_VERSION`].
    pub const fn to_word(self) -> u32 {
        (self.major as u32) << 16 | self.minor as u32
    }

    /// Splits the word read from [`registers::ABI_VERSION`].
    pub const fn from_word(word: u32) -> Self {
        AbiVersion {
            major: (word >> 16) as u16,
            minor: word as u16,
        }
    }

    /// Whether a driver of version `self` can run a kernel of version `kernel`.
    pub const fn accepts(self, kernel: AbiVersion) -> bool {
        self.major == kernel.major && kernel.minor >= self.minor
    }
}

impl core::fmt::Display for AbiVersion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What a kernel computes: the value of [`registers::BLOCK_TYPE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum BlockType {
    /// Multi-scalar multiplication.
    Msm = 1,
    /// Number-theoretic transform.
    Ntt = 2,
}

impl BlockType {
    /// The block type of a register value, if it is one.
    pub const fn from_word(word: u32) -> Option<Self> {
        match word {
            1 => Some(BlockType::Msm),
            2 => Some(BlockType::Ntt),
            _ => None,
        }
    }
}

/// Curve group of an MSM kernel: low half of its [`registers::CAP_KIND`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum CurveId {
    /// BN254 G1, as in EIP-196.
    Bn254G1 = 1,
    /// BLS12-381 G1.
    Bls12_381G1 = 2,
    /// BLS12-377 G1.
    Bls12_377G1 = 3,
}

impl CurveId {
    /// The curve of a register value, if it is one.
    pub const fn from_word(word: u32) -> Option<Self> {
        match word {
            1 => Some(CurveId::Bn254G1),
            2 => Some(CurveId::Bls12_381G1),
            3 => Some(CurveId::Bls12_377G1),
            _ => None,
        }
    }
}

/// Field of an NTT kernel: its [`registers::CAP_KIND`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum FieldId {
    /// Scalar field of BN254.
    Bn254Fr = 1,
    /// Scalar field of BLS12-381.
    Bls12_381Fr = 2,
    /// Scalar field of BLS12-377.
    Bls12_377Fr = 3,
    /// 2^64 − 2^32 + 1.
    Goldilocks = 4,
}

impl FieldId {
    /// The field of a register value, if it is one.
    pub const fn from_word(word: u32) -> Option<Self> {
        match word {
            1 => Some(FieldId::Bn254Fr),
            2 => Some(FieldId::Bls12_381Fr),
            3 => Some(FieldId::Bls12_377Fr),
            4 => Some(FieldId::Goldilocks),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_word_round_trips_and_gates() {
        let v = AbiVersion { major: 3, minor: 7 };
        assert_eq!(AbiVersion::from_word(v.to_word()), v);
        assert!(v.accepts(AbiVersion { major: 3, minor: 8 }));
        assert!(!v.accepts(AbiVersion { major: 3, minor: 6 }));
        assert!(!v.accepts(AbiVersion { major: 4, minor: 7 }));
    }

    #[test]
    fn ids_round_trip() {
        for word in 0..8 {
            if let Some(t) = BlockType::from_word(word) {
                assert_eq!(t as u32, word);
            }
            if let Some(c) = CurveId::from_word(word) {
                assert_eq!(c as u32, word);
            }
            if let Some(f) = FieldId::from_word(word) {
                assert_eq!(f as u32, word);
            }
        }
        assert_eq!(BlockType::from_word(0), None);
    }
}
