//! Products by prepared factors in a prime field of L limbs.
//!
//! **By a constant c, 2L² + 2L `vpmadd52`** (60 for L = 5, where a Montgomery product takes 100).
//! The constant is kept as the L numbers c·2^(52·(i+1)) mod p, one for each limb of the other
//! operand, so that Σ xᵢ·(c·2^(52·(i+1)) mod p) is only one limb longer than p, and one step of
//! Montgomery's reduction instead of L takes that limb away. The sum is below L·2^52·p, so the
//! result is below (L + 1)·p. This costs L times the memory of the constant: 200 bytes for L = 5, so
//! it serves the few constants that many vectors share.
//!
//! **By eight factors: a Montgomery product**, 4L², of factors in Montgomery form with R = 2^(52·L) and
//! packed as in arkworks. The result is below (x/R)·p + 5p/4 ≤ 2p.
//!
//! Sums and differences are left with limbs above 52 bits, or negative; carries run only before the
//! next product. Whatever is multiplied must be below R, which is `LIMIT`·p.

use ark_ff::{BigInt, Fp, MontBackend, MontConfig, PrimeField};

use super::lanes::{NttField, NttLanes};
use crate::field::{limbs, LaneField, Prime};
use crate::goldilocks::{Goldilocks, GoldilocksConfig};
use crate::lanes::{Kernel, Simd, LIMB_BITS, LIMB_MASK};

impl<S: Simd, T: MontConfig<W>, const W: usize, const L: usize> Prime<S, T, W, L> {
    /// Binary places of the quotient, so that it fits a limb.
    const QUOTIENT_PLACES: u32 = T::MODULUS.const_num_bits() - LIMB_BITS * (L as u32 - 1) - 1;
    /// R/p, rounded down.
    const QUOTIENT: u64 =
        limbs::quotient_of_power_of_two(LIMB_BITS * L as u32 + Self::QUOTIENT_PLACES, &Self::P);

    #[inline(always)]
    fn load_factors(self, factors: &[[u64; 8]; W]) -> [S::V; L] {
        self.to_limbs(factors.each_ref().map(|word| self.s.load(word)))
    }

    /// x·factors/R ≤ 2p. Requires x below R, factors < p.
    #[inline(always)]
    fn mul_montgomery(self, x: [S::V; L], factors: [S::V; L]) -> [S::V; L] {
        self.check(x, Self::LIMIT);
        self.check(factors, 1);
        let product = self.redc(self.product(x, factors));
        self.check(product, 2);
        product
    }
}

impl<S: Simd, T: MontConfig<W>, const W: usize, const L: usize> NttLanes for Prime<S, T, W, L> {
    type Element = Fp<MontBackend<T, W>, W>;
    type Stored = [u64; W];
    type E = [S::V; L];
    type Constant = [[u64; L]; L];
    type Factors = [[u64; 8]; W];

    /// What is below R, and of that what transforms have a use for. A reduction that folds adds p/4 more to a
    /// product, which must be ≤ 2p.
    const LIMIT: u64 = {
        let below = Self::QUOTIENT >> Self::QUOTIENT_PLACES;
        let limit = if Self::FOLDS { below * 3 / 4 } else { below };
        if limit < 256 {
            limit
        } else {
            256
        }
    };
    const PRODUCT: u64 = L as u64 + 1;
    const STORED_ZERO: [u64; W] = [0; W];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        self.s.run(kernel)
    }

    fn constant(mut x: Self::Element) -> Self::Constant {
        let shift = Self::Element::from(1u64 << LIMB_BITS);
        core::array::from_fn(|_| {
            x *= shift;
            limbs::from_words(&x.into_bigint().0)
        })
    }

    fn factors(x: [Self::Element; 8]) -> Self::Factors {
        // Times 2^(52·L) instead of arkworks' 2^(64·W).
        let shift = Self::Element::from(1u64 << (LIMB_BITS as usize * L - 64 * W));
        let rows = x.map(|x| (x * shift).0 .0);
        core::array::from_fn(|word| rows.map(|row| row[word]))
    }

    #[inline(always)]
    fn factor_product(self, a: &Self::Factors, b: &Self::Factors) -> Self::Factors {
        let product = self.mul_montgomery(self.load_factors(a), self.load_factors(b));
        let words = self.to_words(LaneField::reduce(self, product, 1));
        let mut factors = [[0; 8]; W];
        for (lanes, word) in factors.iter_mut().zip(words) {
            *lanes = self.s.store(word);
        }
        factors
    }

    #[inline(always)]
    fn zero(self) -> Self::E {
        [self.s.splat(0); L]
    }

    #[inline(always)]
    fn load(self, elements: &[Self::Element; 8]) -> Self::E {
        self.load_words(elements.each_ref().map(|x| &x.0 .0))
    }

    #[inline(always)]
    fn store(self, e: Self::E) -> [Self::Element; 8] {
        let least = self.normalise(NttLanes::reduce(self, e));
        let canonical = LaneField::reduce(self, least, 1);
        self.store_words(canonical)
            .map(|words| Fp::new_unchecked(BigInt::new(words)))
    }

    #[inline(always)]
    fn load_stored(self, rows: &[[u64; W]; 8]) -> Self::E {
        self.load_words(rows.each_ref())
    }

    #[inline(always)]
    fn store_product(self, e: Self::E, factors: &Self::Factors) -> [[u64; W]; 8] {
        let product = self.mul_montgomery(self.normalise(e), self.load_factors(factors));
        if Self::TWICE_FITS {
            return self.store_words(product);
        }
        self.store_words(LaneField::reduce(self, product, 1))
    }

    #[inline(always)]
    fn mul(self, a: Self::E, c: &Self::Constant) -> Self::E {
        let s = self.s;
        let x = self.normalise(a);
        self.check(x, Self::LIMIT);
        let mut low = s.splat(0);
        let mut t = [low; L];
        for (&limb, multiple) in x.iter().zip(c) {
            let c = self.splat(multiple);
            low = s.mul_low(low, limb, c[0]);
            for j in 1..L {
                t[j - 1] = s.mul_low(t[j - 1], limb, c[j]);
            }
            for j in 0..L {
                t[j] = s.mul_high(t[j], limb, c[j]);
            }
        }
        let q = s.mul_low(s.splat(0), low, s.splat(Self::MINUS_P_INVERSE));
        t[0] = s.add(t[0], s.carry(s.add(low, s.splat(LIMB_MASK))));
        for j in 1..L {
            t[j - 1] = s.mul_low(t[j - 1], q, s.splat(Self::P[j]));
        }
        for (j, t) in t.iter_mut().enumerate() {
            *t = s.mul_high(*t, q, s.splat(Self::P[j]));
        }
        t
    }

    #[inline(always)]
    fn add(self, a: Self::E, b: Self::E) -> Self::E {
        core::array::from_fn(|i| self.s.add(a[i], b[i]))
    }

    #[inline(always)]
    fn sub(self, a: Self::E, b: Self::E, k: u64) -> Self::E {
        let s = self.s;
        core::array::from_fn(|i| s.sub(s.add(a[i], s.splat(Self::P[i] * k)), b[i]))
    }

    /// The top limb tells the quotient to within a hundredth.
    #[inline(always)]
    fn reduce(self, a: Self::E) -> Self::E {
        let s = self.s;
        let a = self.normalise(a);
        self.check(a, Self::LIMIT);
        let q = s.mul_high(s.splat(0), a[L - 1], s.splat(Self::QUOTIENT));
        let q = s.shr(q, Self::QUOTIENT_PLACES);
        let mut multiple = [s.splat(0); L];
        for j in 0..L {
            multiple[j] = s.mul_low(multiple[j], q, s.splat(Self::P[j]));
            if j + 1 < L {
                multiple[j + 1] = s.mul_high(multiple[j + 1], q, s.splat(Self::P[j]));
            }
        }
        core::array::from_fn(|i| s.sub(a[i], multiple[i]))
    }

    #[inline(always)]
    fn prefetch<P>(self, value: &P) {
        self.s.prefetch(value);
    }
}

macro_rules! ntt_fields {
    ($($field:ty: $config:ty, $words:literal, $limbs:literal, $generator:literal;)*) => {$(
        impl NttField for $field {
            const DOMAIN_GENERATOR: u64 = $generator;
            type Lanes<S: Simd> = Prime<S, $config, $words, $limbs>;
            fn ntt_lanes<S: Simd>(s: S) -> Self::Lanes<S> {
                Prime::new(s)
            }
        }
    )*};
}
ntt_fields! {
    ark_bn254::Fr: ark_bn254::FrConfig, 4, 5, 5;
    ark_bls12_381::Fr: ark_bls12_381::FrConfig, 4, 5, 7;
    ark_bls12_377::Fr: ark_bls12_377::FrConfig, 4, 5, 22;
    Goldilocks: GoldilocksConfig, 1, 2, 7;
}
