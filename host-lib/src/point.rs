//! What can be asked of an MSM's result.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
use ark_ff::Field;

use crate::encoding::{element_bytes, write_element};
use crate::{Curve, Group, Point};

/// Affine coordinates as hexadecimal numbers: one number a coordinate in G1, two (`c0`, `c1`) in G2.
/// Each is `0x` and all digits of its bytes, the most significant first; infinity is all zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HexCoordinates {
    /// x, or x.c0 and x.c1.
    pub x: Vec<String>,
    /// y, or y.c0 and y.c1.
    pub y: Vec<String>,
}

macro_rules! with_point {
    ($point:expr, $inner:ident => $body:expr) => {
        match $point {
            Point::Bn254G1($inner) => $body,
            Point::Bn254G2($inner) => $body,
            Point::Bls12_381G1($inner) => $body,
            Point::Bls12_381G2($inner) => $body,
            Point::Bls12_377G1($inner) => $body,
        }
    };
}

impl Point {
    /// Curve of the point.
    pub fn curve(&self) -> Curve {
        match self {
            Point::Bn254G1(_) | Point::Bn254G2(_) => Curve::Bn254,
            Point::Bls12_381G1(_) | Point::Bls12_381G2(_) => Curve::Bls12_381,
            Point::Bls12_377G1(_) => Curve::Bls12_377,
        }
    }

    /// Group of the point.
    pub fn group(&self) -> Group {
        match self {
            Point::Bn254G1(_) | Point::Bls12_381G1(_) | Point::Bls12_377G1(_) => Group::G1,
            Point::Bn254G2(_) | Point::Bls12_381G2(_) => Group::G2,
        }
    }

    /// Whether it is the point at infinity.
    pub fn is_infinity(&self) -> bool {
        with_point!(self, point => point.is_zero())
    }

    /// Its coordinates, to be read by people and other programs.
    pub fn to_hex(&self) -> HexCoordinates {
        with_point!(self, point => hex_coordinates(point))
    }
}

fn hex_coordinates<P: SWCurveConfig>(point: &Affine<P>) -> HexCoordinates {
    let (x, y) = point.xy().unwrap_or_default();
    HexCoordinates {
        x: hex_element(&x),
        y: hex_element(&y),
    }
}

fn hex_element<F: Field>(element: &F) -> Vec<String> {
    let mut bytes = Vec::new();
    write_element(element, &mut bytes);
    bytes
        .chunks(element_bytes::<F::BasePrimeField>())
        .map(|prime| {
            let digits: String = prime.iter().rev().map(|b| format!("{b:02x}")).collect();
            format!("0x{digits}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_print_as_their_standards_have_them() {
        // EIP-196: the generator of BN254 G1 is (1, 2).
        let hex = Point::Bn254G1(AffineRepr::generator()).to_hex();
        assert_eq!(hex.x, [format!("0x{:064x}", 1)]);
        assert_eq!(hex.y, [format!("0x{:064x}", 2)]);
        // EIP-197, real part first.
        let hex = Point::Bn254G2(AffineRepr::generator()).to_hex();
        assert_eq!(
            hex.x,
            [
                "0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
                "0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
            ]
        );
        let infinity = Point::Bls12_377G1(AffineRepr::zero());
        assert!(infinity.is_infinity());
        assert_eq!(infinity.to_hex().y, [format!("0x{:096x}", 0)]);
    }
}
