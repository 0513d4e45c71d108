//! Scalars as halves: k = k₁ + λ·k₂ mod r with |k₁|, |k₂| < 2^127 (Gallant, Lambert, Vanstone 2001),
//! and halves as signed digits.
//!
//! β₁ = ⌊k·n₂₂/r⌉ and β₂ = ⌊−k·n₁₂/r⌉ come from multiplications by 2^320·n/r, rounded, without the columns of the
//! product that are far below 2^320: their error is below 2^−60, which makes halves larger by that share at most.
//! Small scalars ±k are k₁ = ±k, k₂ = 0.

use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::CurveConfig;
use ark_ff::PrimeField;
use num_bigint::BigUint;
use rayon::prelude::*;

/// Magnitudes of both halves are below 2^this.
pub const HALF_BITS: u32 = 127;
/// They are at most this, so that a bias still fits whose highest bit is 2^124.
const MAX_HALF: u128 = 11 << 123;

/// k₁ and k₂.
pub type Halves = [i128; 2];

/// Bits of the magnitude.
pub fn length(half: i128) -> usize {
    (128 - half.unsigned_abs().leading_zeros()) as usize
}

/// A signed number of the lattice: sign, low 128 bits of the magnitude.
#[derive(Clone, Copy)]
struct Signed {
    negative: bool,
    magnitude: u128,
}

impl Signed {
    /// The product modulo 2^128.
    fn times(self, x: u128) -> u128 {
        let product = self.magnitude.wrapping_mul(x);
        if self.negative {
            product.wrapping_neg()
        } else {
            product
        }
    }
}

/// How the scalars of a curve are halved.
pub struct Halver {
    /// n₁₁, n₁₂, n₂₁, n₂₂.
    lattice: [Signed; 4],
    /// ⌊2^320·|n₂₂|/r⌉ and ⌊2^320·|n₁₂|/r⌉.
    quotients: [[u64; 4]; 2],
}

impl Halver {
    pub fn new<C: GLVConfig>() -> Self {
        let lattice = C::SCALAR_DECOMP_COEFFS.map(|(positive, n)| {
            let words = n.as_ref();
            Signed {
                negative: !positive,
                magnitude: u128::from(words[0]) | u128::from(words[1]) << 64,
            }
        });
        // Rounding leaves half a lattice vector, and an error that the slack covers.
        let [n11, n12, n21, n22] = lattice.map(|n| n.magnitude / 2);
        debug_assert!(n11 + n21 < MAX_HALF && n12 + n22 < MAX_HALF);
        let modulus = <C as CurveConfig>::ScalarField::MODULUS;
        let quotient = |n: Signed| scaled_quotient(n.magnitude, modulus.into());
        Halver {
            quotients: [quotient(lattice[3]), quotient(lattice[1])],
            lattice,
        }
    }

    /// The halves of all scalars.
    pub fn halves<F: PrimeField>(&self, scalars: &[F]) -> Vec<Halves> {
        let of_one = |scalar: &F| {
            if scalar.is_zero() {
                [0, 0]
            } else if scalar.is_one() {
                [1, 0]
            } else {
                self.halve(scalar.into_bigint().as_ref())
            }
        };
        let halves = scalars.par_iter().with_min_len(1 << 10).map(of_one);
        halves.collect()
    }

    /// k₁ and k₂ of k, given as four words.
    pub fn halve(&self, k: &[u64]) -> Halves {
        let [n11, n12, n21, n22] = self.lattice;
        // βs carry the signs of n₂₂ and −n₁₂.
        let b1 = Signed {
            negative: n22.negative,
            magnitude: 1,
        }
        .times(rounded(k, &self.quotients[0]));
        let b2 = Signed {
            negative: !n12.negative,
            magnitude: 1,
        }
        .times(rounded(k, &self.quotients[1]));
        let low = u128::from(k[0]) | u128::from(k[1]) << 64;
        let k1 = low.wrapping_sub(n11.times(b1)).wrapping_sub(n21.times(b2));
        let k2 = n12.times(b1).wrapping_add(n22.times(b2)).wrapping_neg();
        [k1 as i128, k2 as i128]
    }
}

/// ⌊2^320·n/r⌉.
fn scaled_quotient(n: u128, r: BigUint) -> [u64; 4] {
    // One bit more than wanted: it rounds.
    let twice = (BigUint::from(n) << 321) / r;
    let rounded: BigUint = (twice + 1u32) >> 1;
    let mut words = [0; 4];
    for (word, digit) in words.iter_mut().zip(rounded.iter_u64_digits()) {
        *word = digit;
    }
    words
}

/// ⌊k·q / 2^320⌉, which is below 2^128, but for three columns of the product: less than 2^258 is missing.
fn rounded(k: &[u64], q: &[u64; 4]) -> u128 {
    let mut t = [0u64; 8];
    for i in 0..4 {
        let mut carry = 0u128;
        for j in 3 - i..4 {
            let sum = u128::from(k[i]) * u128::from(q[j]) + u128::from(t[i + j]) + carry;
            t[i + j] = sum as u64;
            carry = sum >> 64;
        }
        t[i + 4] = carry as u64;
    }
    let high = u128::from(t[5]) | u128::from(t[6]) << 64;
    high.wrapping_add(u128::from(t[4] >> 63))
}

/// Bits of a half and its sign.
pub const SIGNED_BITS: u32 = HALF_BITS + 1;

/// So many windows over halves, as wide as each other or a bit wider. The last is one of the wider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Windows(pub u32);

/// One of them: bits of a half from `start` on.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub start: u32,
    pub bits: u32,
    mask: i32,
    half: i32,
}

impl Windows {
    /// Window `w`.
    pub fn window(self, w: u32) -> Window {
        let start = w * SIGNED_BITS / self.0;
        let bits = (w + 1) * SIGNED_BITS / self.0 - start;
        let last = w + 1 == self.0;
        Window {
            start,
            bits,
            mask: if last { -1 } else { (1 << bits) - 1 },
            half: if last { 0 } else { 1 << (bits - 1) },
        }
    }

    /// Added to a half once, this makes each lower digit a matter of a shift and a mask: half of what every
    /// window but the last can hold.
    pub fn bias(self) -> i128 {
        (0..self.0).fold(0, |bias, w| {
            let window = self.window(w);
            bias | i128::from(window.half) << window.start
        })
    }
}

impl Window {
    /// Its digit of a biased half, from −2^(c−1) to 2^(c−1) for c bits.
    pub fn digit(self, biased: i128) -> i32 {
        ((biased >> self.start) as i32 & self.mask) - self.half
    }

    /// Buckets: one for each magnitude of a digit but zero.
    pub fn num_buckets(self) -> usize {
        1 << (self.bits - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{Field, UniformRand};
    use ark_std::test_rng;

    fn signed<F: Field>(x: i128) -> F {
        let magnitude = F::from(x.unsigned_abs());
        if x < 0 {
            -magnitude
        } else {
            magnitude
        }
    }

    fn halves_and_digits_make_the_scalar<C: GLVConfig>() {
        let halver = Halver::new::<C>();
        let mut rng = test_rng();
        type F<C> = <C as CurveConfig>::ScalarField;
        let mut scalars: Vec<F<C>> = (0..2000).map(|_| F::<C>::rand(&mut rng)).collect();
        for k in 0..300u64 {
            scalars.extend([F::<C>::from(k), -F::<C>::from(k)]);
            scalars.extend([C::LAMBDA * F::<C>::from(k), -C::LAMBDA * F::<C>::from(k)]);
            scalars.push(F::<C>::from(2u64).pow([k]));
            scalars.push(-F::<C>::from(2u64).pow([k]));
            scalars.push(C::LAMBDA.pow([k]));
            scalars.push(F::<C>::from(k) / F::<C>::from(2u64));
        }
        for k in scalars {
            let halves = halver.halve(k.into_bigint().as_ref());
            assert!(halves.iter().all(|h| h.unsigned_abs() <= MAX_HALF), "{k}");
            assert_eq!(
                signed::<F<C>>(halves[0]) + C::LAMBDA * signed::<F<C>>(halves[1]),
                k
            );
            for windows in [6, 7, 8, 9, 10, 11, 13, 16, 25, 42, 43].map(Windows) {
                for half in halves {
                    let mut sum = F::<C>::from(0u64);
                    for w in (0..windows.0).rev() {
                        let window = windows.window(w);
                        let digit = window.digit(half + windows.bias());
                        assert!(digit.unsigned_abs() as usize <= window.num_buckets());
                        sum *= F::<C>::from(1u64 << window.bits);
                        sum += signed::<F<C>>(digit.into());
                    }
                    assert_eq!(sum, signed(half), "{half} in {windows:?}");
                }
            }
        }
        assert_eq!(
            halver.halve(F::<C>::from(77u64).into_bigint().as_ref()),
            [77, 0]
        );
        let minus_one = (-F::<C>::from(1u64)).into_bigint();
        assert_eq!(halver.halve(minus_one.as_ref()), [-1, 0]);
    }

    #[test]
    fn halves_and_digits_make_the_scalar_on_every_curve() {
        halves_and_digits_make_the_scalar::<ark_bn254::g1::Config>();
        halves_and_digits_make_the_scalar::<ark_bn254::g2::Config>();
        halves_and_digits_make_the_scalar::<ark_bls12_381::g1::Config>();
        halves_and_digits_make_the_scalar::<ark_bls12_381::g2::Config>();
    }
}
