//! Prime fields as the hardware sees them: a modulus, a Montgomery radix and what follows.

use num_bigint::BigUint;
use num_traits::{One, Zero};

/// A prime field and the radix R = 2^r of its Montgomery form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldParams {
    /// Part of module names: lower case, digits and underscores.
    pub name: &'static str,
    /// The odd modulus p.
    pub modulus: BigUint,
    /// The exponent r of R = 2^r. R leaves room for lazy operands of several p.
    pub radix_bits: usize,
    /// Small generator g of the multiplicative group, where roots of unity are wanted.
    pub generator: Option<u32>,
}

fn hex(digits: &str) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), 16).expect("constants of this file are hexadecimal")
}

impl FieldParams {
    /// Base field of BN254, r = 264.
    pub fn bn254_fq() -> Self {
        FieldParams {
            name: "bn254_fq",
            modulus: hex("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47"),
            radix_bits: 264,
            generator: None,
        }
    }

    /// Scalar field of BN254, r = 256.
    pub fn bn254_fr() -> Self {
        FieldParams {
            name: "bn254_fr",
            modulus: hex("30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"),
            radix_bits: 256,
            generator: Some(5),
        }
    }

    /// Base field of BLS12-381, r = 392.
    pub fn bls12_381_fq() -> Self {
        FieldParams {
            name: "bls12_381_fq",
            modulus: hex(concat!(
                "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf",
                "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab"
            )),
            radix_bits: 392,
            generator: None,
        }
    }

    /// Scalar field of BLS12-381, r = 264.
    pub fn bls12_381_fr() -> Self {
        FieldParams {
            name: "bls12_381_fr",
            modulus: hex("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"),
            radix_bits: 264,
            generator: Some(7),
        }
    }

    /// Base field of BLS12-377, r = 392.
    pub fn bls12_377_fq() -> Self {
        FieldParams {
            name: "bls12_377_fq",
            modulus: hex(concat!(
                "01ae3a4617c510eac63b05c06ca1493b1a22d9f300f5138f",
                "1ef3622fba094800170b5d44300000008508c00000000001"
            )),
            radix_bits: 392,
            generator: None,
        }
    }

    /// Scalar field of BLS12-377, r = 256.
    pub fn bls12_377_fr() -> Self {
        FieldParams {
            name: "bls12_377_fr",
            modulus: hex("12ab655e9a2ca55660b44d1e5c37b00159aa76fed00000010a11800000000001"),
            radix_bits: 256,
            generator: Some(22),
        }
    }

    /// 2^64 − 2^32 + 1, r = 72.
    pub fn goldilocks() -> Self {
        FieldParams {
            name: "goldilocks",
            modulus: hex("ffffffff00000001"),
            radix_bits: 72,
            generator: Some(7),
        }
    }

    /// Width of a canonical element.
    pub fn bits(&self) -> usize {
        self.modulus.bits() as usize
    }

    /// R = 2^r, not reduced.
    pub fn radix(&self) -> BigUint {
        BigUint::one() << self.radix_bits
    }

    /// R mod p: the Montgomery form of 1.
    pub fn one_mont(&self) -> BigUint {
        self.radix() % &self.modulus
    }

    /// R² mod p: a Montgomery multiplication by it takes a value to Montgomery form.
    pub fn radix_squared(&self) -> BigUint {
        (BigUint::one() << (2 * self.radix_bits)) % &self.modulus
    }

    /// −p⁻¹ mod R, by Newton's iteration. Zero if p is even.
    pub fn minus_inverse(&self) -> BigUint {
        let radix = self.radix();
        if (&self.modulus % 2u32).is_zero() {
            return BigUint::zero();
        }
        let mut inverse = BigUint::one();
        let mut right_bits = 1;
        while right_bits < self.radix_bits {
            // x ← x·(2 − p·x) doubles the number of right bits.
            let error = (&self.modulus * &inverse) % &radix;
            inverse = (&inverse * (&radix + 2u32 - error)) % &radix;
            right_bits *= 2;
        }
        radix - inverse
    }

    /// x·R mod p.
    pub fn to_mont(&self, x: &BigUint) -> BigUint {
        (x << self.radix_bits) % &self.modulus
    }

    /// x·R⁻¹ mod p, p prime.
    pub fn from_mont(&self, x: &BigUint) -> BigUint {
        (x * self.inverse(&self.one_mont())) % &self.modulus
    }

    /// x⁻¹ mod p, p prime; zero of zero.
    pub fn inverse(&self, x: &BigUint) -> BigUint {
        x.modpow(&(&self.modulus - 2u32), &self.modulus)
    }

    /// Largest s for which 2^s divides p − 1.
    pub fn two_adicity(&self) -> usize {
        (&self.modulus - 1u32).trailing_zeros().unwrap_or(0) as usize
    }

    /// g^((p−1)/2^`log_order`), a root of unity of order exactly 2^`log_order`; `None` where the
    /// field has none or no generator is recorded.
    pub fn root_of_unity(&self, log_order: usize) -> Option<BigUint> {
        if log_order > self.two_adicity() {
            return None;
        }
        let exponent = (&self.modulus - 1u32) >> log_order;
        Some(BigUint::from(self.generator?).modpow(&exponent, &self.modulus))
    }

    /// What a Montgomery multiplier of this field puts out, bit by bit, for any x, y:
    /// (x·y + m·p)/R with m = −x·y·p⁻¹ mod R.
    pub fn mont_mul(&self, x: &BigUint, y: &BigUint) -> BigUint {
        self.mont_mul_with(&self.minus_inverse(), x, y)
    }

    /// [`Self::mont_mul`] with −p⁻¹ mod R at hand.
    pub(crate) fn mont_mul_with(
        &self,
        minus_inverse: &BigUint,
        x: &BigUint,
        y: &BigUint,
    ) -> BigUint {
        let mask = self.radix() - 1u32;
        let product = x * y;
        let m = ((&product & &mask) * minus_inverse) & mask;
        (product + m * &self.modulus) >> self.radix_bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [FieldParams; 7] {
        [
            FieldParams::bn254_fq(),
            FieldParams::bn254_fr(),
            FieldParams::bls12_381_fq(),
            FieldParams::bls12_381_fr(),
            FieldParams::bls12_377_fq(),
            FieldParams::bls12_377_fr(),
            FieldParams::goldilocks(),
        ]
    }

    #[test]
    fn derived_constants() {
        for field in all() {
            let one = (&field.modulus * field.minus_inverse() + 1u32) % field.radix();
            assert!(one.is_zero(), "{}", field.name);
            let x = BigUint::from(123_456_789u32);
            assert_eq!(field.from_mont(&field.to_mont(&x)), x, "{}", field.name);
            let mont = field.mont_mul(&field.to_mont(&x), &field.one_mont());
            assert_eq!(mont % &field.modulus, field.to_mont(&x), "{}", field.name);
        }
    }

    #[test]
    fn roots_have_their_order() {
        for (field, adicity) in [
            (FieldParams::bn254_fr(), 28),
            (FieldParams::bls12_381_fr(), 32),
            (FieldParams::bls12_377_fr(), 47),
            (FieldParams::goldilocks(), 32),
        ] {
            assert_eq!(field.two_adicity(), adicity);
            let root = field.root_of_unity(adicity).unwrap();
            let half = root.modpow(&(BigUint::one() << (adicity - 1)), &field.modulus);
            assert_eq!(half, &field.modulus - 1u32, "{}", field.name);
            assert_eq!(field.root_of_unity(adicity + 1), None);
        }
    }
}
