//! Layouts in device memory, all little-endian.

use bytemuck::{Pod, Zeroable};

/// Bytes of one beat of an AXI4 master.
pub const BEAT_BYTES: usize = 64;
/// Longest burst that a kernel issues, in beats; no burst crosses a 4096-byte boundary.
pub const MAX_BURST_BEATS: usize = 64;
/// Alignment of every buffer.
pub const ALIGNMENT_BYTES: u64 = 4096;

/// A scalar of an MSM: canonical, 32 bytes, below the group order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Scalar(pub [u8; 32]);

/// An affine point with coordinates of 32 bytes (BN254) in a slot of one beat. Coordinates are in
/// the device's Montgomery form and below p; the point at infinity is all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Point32 {
    /// x·R mod p.
    pub x: [u8; 32],
    /// y·R mod p.
    pub y: [u8; 32],
}

/// An affine point with coordinates of 48 bytes (BLS12) in a slot of two beats; see [`Point32`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Point48 {
    /// x·R mod p.
    pub x: [u8; 48],
    /// y·R mod p.
    pub y: [u8; 48],
    /// Zero.
    pub padding: [u8; 32],
}

/// A partial sum as an MSM kernel writes it: a projective point (x = X/Z, y = Y/Z), one beat a
/// coordinate. Coordinates are in Montgomery form and may exceed p by a small factor; infinity has
/// Z ≡ 0.
///
/// With windows of c bits, sum number w·c + j belongs to weight 2^(w·c + j).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct PartialSum {
    /// X·R.
    pub x: [u8; 64],
    /// Y·R.
    pub y: [u8; 64],
    /// Z·R.
    pub z: [u8; 64],
}

/// How the affine points of a curve lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointLayout {
    /// Bytes of one coordinate.
    pub coordinate_bytes: usize,
    /// Bytes from one point to the next.
    pub slot_bytes: usize,
}

impl crate::CurveId {
    /// Layout of this curve's affine points.
    pub const fn point_layout(self) -> PointLayout {
        match self {
            crate::CurveId::Bn254G1 => PointLayout {
                coordinate_bytes: 32,
                slot_bytes: size_of::<Point32>(),
            },
            crate::CurveId::Bls12_381G1 | crate::CurveId::Bls12_377G1 => PointLayout {
                coordinate_bytes: 48,
                slot_bytes: size_of::<Point48>(),
            },
        }
    }
}

impl crate::FieldId {
    /// Bytes of one element of an NTT; canonical values.
    pub const fn element_bytes(self) -> usize {
        match self {
            crate::FieldId::Goldilocks => 8,
            _ => 32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{align_of, offset_of, size_of};

    #[test]
    fn layouts_are_what_the_kernels_decode() {
        assert_eq!(size_of::<Scalar>(), 32);
        assert_eq!(size_of::<Point32>(), BEAT_BYTES);
        assert_eq!(offset_of!(Point32, y), 32);
        assert_eq!(size_of::<Point48>(), 2 * BEAT_BYTES);
        assert_eq!(offset_of!(Point48, y), 48);
        assert_eq!(size_of::<PartialSum>(), 3 * BEAT_BYTES);
        assert_eq!(offset_of!(PartialSum, z), 128);
        assert_eq!(align_of::<PartialSum>(), 1);
    }
}
