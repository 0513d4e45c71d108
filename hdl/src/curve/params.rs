//! Short Weierstrass curves y² = x³ + b over the fields of [`crate::FieldParams`].

use crate::arith::FieldParams;
use num_bigint::BigUint;

/// A curve y² = x³ + b of prime order subgroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurveParams {
    /// Part of module names.
    pub name: &'static str,
    /// Field of the coordinates.
    pub field: FieldParams,
    /// Order of the subgroup: scalars are below it.
    pub order: BigUint,
    /// The constant b.
    pub b: u32,
    /// Generator of the subgroup, affine, canonical (not Montgomery).
    pub generator: (BigUint, BigUint),
}

fn hex(digits: &str) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), 16).expect("constants of this file are hexadecimal")
}

impl CurveParams {
    /// BN254 G1 (EIP-196).
    pub fn bn254() -> Self {
        CurveParams {
            name: "bn254",
            field: FieldParams::bn254_fq(),
            order: FieldParams::bn254_fr().modulus,
            b: 3,
            generator: (1u32.into(), 2u32.into()),
        }
    }

    /// BLS12-381 G1.
    pub fn bls12_381() -> Self {
        CurveParams {
            name: "bls12_381",
            field: FieldParams::bls12_381_fq(),
            order: FieldParams::bls12_381_fr().modulus,
            b: 4,
            generator: (
                hex(concat!(
                    "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905",
                    "a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
                )),
                hex(concat!(
                    "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af6",
                    "00db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"
                )),
            ),
        }
    }

    /// BLS12-377 G1.
    pub fn bls12_377() -> Self {
        CurveParams {
            name: "bls12_377",
            field: FieldParams::bls12_377_fq(),
            order: FieldParams::bls12_377_fr().modulus,
            b: 1,
            generator: (
                hex(concat!(
                    "008848defe740a67c8fc6225bf87ff5485951e2caa9d41bb",
                    "188282c8bd37cb5cd5481512ffcd394eeab9b16eb21be9ef"
                )),
                hex(concat!(
                    "01914a69c5102eff1f674f5d30afeec4bd7fb348ca3e52d9",
                    "6d182ad44fb82305c2fe3d3634a9591afd82de55559c8ea6"
                )),
            ),
        }
    }

    /// 3·b, the constant of the complete addition formulas.
    pub fn b3(&self) -> u32 {
        3 * self.b
    }

    /// Whether the affine point (x, y), canonical, satisfies the equation.
    pub fn contains(&self, x: &BigUint, y: &BigUint) -> bool {
        let p = &self.field.modulus;
        x < p && y < p && (y * y) % p == (x * x * x + self.b) % p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_lie_on_their_curves() {
        for curve in [
            CurveParams::bn254(),
            CurveParams::bls12_381(),
            CurveParams::bls12_377(),
        ] {
            let (x, y) = &curve.generator;
            assert!(curve.contains(x, y), "{}", curve.name);
            assert!(!curve.contains(x, &(y + 1u32)), "{}", curve.name);
        }
    }
}
