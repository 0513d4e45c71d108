//! Transforms without lanes, for CPUs without AVX-512 IFMA: eight elements one after another, as numbers of 64-bit words.
//!
//! A product by a constant has the idea of the lanes in words: the constant is kept as c·2^(64·(i+1)) mod p for each
//! word i of the other operand, and one step of Montgomery's reduction takes away the word that the sum is
//! longer. With W = 4 that is 21 word products instead of 36. No operation branches on values (`field::branchless`).

use core::marker::PhantomData;

use ark_ff::{BigInt, Fp, PrimeField};

use super::lanes::NttLanes;
use crate::field::branchless::{add_carry, sub_borrow, PrimeWords};
use crate::goldilocks::Goldilocks;
use crate::lanes::{self, each, Kernel};

/// A field in numbers: with B = `BOUND`, products are ≤ Bp, and sums and differences of such ≤ 2Bp, which can be multiplied.
pub trait PortableField: PrimeField {
    /// A number.
    type Number: Copy + Send + Sync + 'static;
    /// A constant, prepared.
    type Prepared: Copy + Send + Sync + 'static;

    /// B.
    const BOUND: u64;
    /// The number zero.
    const ZERO_NUMBER: Self::Number;

    /// The number of an element, < p.
    fn number(self) -> Self::Number;
    /// The element of a number ≤ 2Bp.
    fn element(a: Self::Number) -> Self;
    /// Prepares a constant.
    fn prepared(self) -> Self::Prepared;
    /// a·c ≤ Bp, with a prepared constant. Requires a ≤ 2Bp.
    fn times(a: Self::Number, c: &Self::Prepared) -> Self::Number;
    /// A factor of its own, < p: times two of them is a factor again.
    fn factor(self) -> Self::Number;
    /// a·c ≤ Bp, with a factor. Requires a ≤ 2Bp.
    fn times_factor(a: Self::Number, c: &Self::Number) -> Self::Number;
    /// a + b ≤ 2Bp. Requires a, b ≤ Bp.
    fn loose_add(a: Self::Number, b: Self::Number) -> Self::Number;
    /// a − b ≤ 2Bp. Requires a, b ≤ Bp.
    fn loose_sub(a: Self::Number, b: Self::Number) -> Self::Number;
    /// a, ≤ Bp. Requires a ≤ 2Bp.
    fn reduce(a: Self::Number) -> Self::Number;
}

macro_rules! by_words {
    ($($field:ty: $config:ty),*) => {$(
        impl PortableField for $field {
            type Number = [u64; 4];
            type Prepared = [[u64; 4]; 4];

            const BOUND: u64 = PrimeWords::<$config, 4>::BOUND;
            const ZERO_NUMBER: [u64; 4] = [0; 4];

            #[inline(always)]
            fn number(self) -> [u64; 4] {
                PrimeWords::<$config, 4>::number(self)
            }
            #[inline(always)]
            fn element(a: [u64; 4]) -> Self {
                PrimeWords::<$config, 4>::element(a)
            }
            fn prepared(mut self) -> Self::Prepared {
                let shift = Self::from(1u128 << 64);
                core::array::from_fn(|_| {
                    self *= shift;
                    self.into_bigint().0
                })
            }
            #[inline(always)]
            fn times(a: [u64; 4], c: &Self::Prepared) -> [u64; 4] {
                PrimeWords::<$config, 4>::times(&a, c)
            }
            #[inline(always)]
            fn factor(self) -> [u64; 4] {
                self.number()
            }
            #[inline(always)]
            fn times_factor(a: [u64; 4], c: &[u64; 4]) -> [u64; 4] {
                PrimeWords::<$config, 4>::products([(&a, c)])
            }
            #[inline(always)]
            fn loose_add(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
                PrimeWords::<$config, 4>::loose_add(a, b)
            }
            #[inline(always)]
            fn loose_sub(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
                PrimeWords::<$config, 4>::loose_sub(a, b)
            }
            #[inline(always)]
            fn reduce(a: [u64; 4]) -> [u64; 4] {
                PrimeWords::<$config, 4>::reduce(a)
            }
        }
    )*};
}
by_words!(
    ark_bn254::Fr: ark_bn254::FrConfig,
    ark_bls12_381::Fr: ark_bls12_381::FrConfig,
    ark_bls12_377::Fr: ark_bls12_377::FrConfig
);

/// 2^64 is 2^32 − 1, and 2^96 is −1. A sum is any word, all of which are below 2p; to any word a number ≤ p can be added,
/// or taken from it, with at most one carry.
impl PortableField for Goldilocks {
    type Number = u64;
    type Prepared = u64;

    const BOUND: u64 = 1;
    const ZERO_NUMBER: u64 = 0;

    #[inline(always)]
    fn number(self) -> u64 {
        self.0 .0[0]
    }
    #[inline(always)]
    fn element(a: u64) -> Self {
        Fp::new_unchecked(BigInt([Self::reduce(a)]))
    }
    fn prepared(self) -> u64 {
        self.into_bigint().0[0]
    }
    #[inline(always)]
    fn times(a: u64, c: &u64) -> u64 {
        let product = u128::from(a) * u128::from(*c);
        let (low, high) = (product as u64, (product >> 64) as u64);
        let less = Self::loose_sub(low, high >> 32);
        Self::reduce(Self::loose_add(less, (high & EPSILON) * EPSILON))
    }
    #[inline(always)]
    fn factor(self) -> u64 {
        self.prepared()
    }
    #[inline(always)]
    fn times_factor(a: u64, c: &u64) -> u64 {
        Self::times(a, c)
    }
    #[inline(always)]
    fn loose_add(a: u64, b: u64) -> u64 {
        let (sum, carry) = add_carry(a, b, 0);
        sum.wrapping_add(EPSILON & carry.wrapping_neg())
    }
    #[inline(always)]
    fn loose_sub(a: u64, b: u64) -> u64 {
        let (difference, borrow) = sub_borrow(a, b, 0);
        difference.wrapping_sub(EPSILON & borrow.wrapping_neg())
    }
    #[inline(always)]
    fn reduce(a: u64) -> u64 {
        let (less, borrow) = sub_borrow(a, P, 0);
        less.wrapping_add(P & borrow.wrapping_neg())
    }
}

/// The modulus of Goldilocks, and 2^64 modulo it.
const P: u64 = <Goldilocks as PrimeField>::MODULUS.0[0];
const EPSILON: u64 = P.wrapping_neg();

/// Eight numbers of `F`.
pub struct PortableNtt<F>(PhantomData<fn() -> F>);

impl<F> PortableNtt<F> {
    pub fn new() -> Self {
        PortableNtt(PhantomData)
    }
}

impl<F> Clone for PortableNtt<F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F> Copy for PortableNtt<F> {}

impl<F: PortableField> NttLanes for PortableNtt<F> {
    type Element = F;
    type Stored = F::Number;
    type E = [F::Number; 8];
    type Constant = F::Prepared;
    type Factors = [F::Number; 8];

    const LIMIT: u64 = 2 * F::BOUND;
    const PRODUCT: u64 = F::BOUND;
    const STORED_ZERO: F::Number = F::ZERO_NUMBER;

    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run()
    }
    fn constant(x: F) -> F::Prepared {
        x.prepared()
    }
    fn factors(x: [F; 8]) -> Self::Factors {
        x.map(F::factor)
    }
    fn factor_product(self, a: &Self::Factors, b: &Self::Factors) -> Self::Factors {
        each!(a[0]; 8, i => F::element(F::times_factor(a[i], &b[i])).number())
    }
    fn zero(self) -> Self::E {
        [F::ZERO_NUMBER; 8]
    }
    #[inline(always)]
    fn load(self, elements: &[F; 8]) -> Self::E {
        elements.map(F::number)
    }
    #[inline(always)]
    fn store(self, e: Self::E) -> [F; 8] {
        e.map(F::element)
    }
    #[inline(always)]
    fn load_stored(self, rows: &[F::Number; 8]) -> Self::E {
        *rows
    }
    #[inline(always)]
    fn store_product(self, e: Self::E, factors: &Self::Factors) -> [F::Number; 8] {
        each!(e[0]; 8, i => F::times_factor(e[i], &factors[i]))
    }
    #[inline(always)]
    fn mul(self, a: Self::E, c: &F::Prepared) -> Self::E {
        a.map(|a| F::times(a, c))
    }
    #[inline(always)]
    fn add(self, a: Self::E, b: Self::E) -> Self::E {
        each!(a[0]; 8, i => F::loose_add(a[i], b[i]))
    }
    #[inline(always)]
    fn sub(self, a: Self::E, b: Self::E, _: u64) -> Self::E {
        each!(a[0]; 8, i => F::loose_sub(a[i], b[i]))
    }
    #[inline(always)]
    fn reduce(self, a: Self::E) -> Self::E {
        a.map(F::reduce)
    }
    #[inline(always)]
    fn prefetch<T>(self, value: &T) {
        lanes::prefetch(value);
    }

    /// Element after element, in registers. Requires a, b ≤ Bp.
    #[inline(always)]
    fn four(self, [a, b, c, d]: [&mut Self::E; 4], [w, w0, w1]: [&F::Prepared; 3]) {
        for i in 0..8 {
            let (y, z) = (F::times(c[i], w), F::times(d[i], w));
            let (b0, b1) = (F::loose_add(b[i], z), F::loose_sub(b[i], z));
            let (b0, b1) = (F::times(b0, w0), F::times(b1, w1));
            let (a0, a1) = (F::loose_add(a[i], y), F::loose_sub(a[i], y));
            let (a0, a1) = (F::reduce(a0), F::reduce(a1));
            (a[i], b[i]) = (F::loose_add(a0, b0), F::loose_sub(a0, b0));
            (c[i], d[i]) = (F::loose_add(a1, b1), F::loose_sub(a1, b1));
        }
    }
    /// Requires ≤ Bp.
    #[inline(always)]
    fn first_four(self, [a, b, c, d]: [&mut Self::E; 4], w1: &F::Prepared) {
        for i in 0..8 {
            let (a0, a1) = (F::loose_add(a[i], c[i]), F::loose_sub(a[i], c[i]));
            let (b0, b1) = (F::loose_add(b[i], d[i]), F::loose_sub(b[i], d[i]));
            let (a0, a1, b0) = (F::reduce(a0), F::reduce(a1), F::reduce(b0));
            let b1 = F::times(b1, w1);
            (a[i], b[i]) = (F::loose_add(a0, b0), F::loose_sub(a0, b0));
            (c[i], d[i]) = (F::loose_add(a1, b1), F::loose_sub(a1, b1));
        }
    }
}
