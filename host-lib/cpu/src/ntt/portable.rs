//! Transforms without lanes, for CPUs without AVX-512 IFMA: eight elements one after another.
//!
//! A product by a constant has the idea of the lanes in words of 64 bits: the constant is kept as
//! c·2^(64·(i+1)) mod p for each word i of the other operand, and one step of Montgomery's reduction
//! takes away the word that the sum is longer. With W = 4 that is 16 + 5 word products instead of 36.

use ark_ff::{BigInt, Field, Fp, MontBackend, MontConfig, PrimeField};

use super::lanes::NttLanes;
use crate::goldilocks::Goldilocks;
use crate::lanes::Kernel;

/// Products by constants, canonical.
pub trait PortableField: PrimeField {
    /// A constant, prepared.
    type Prepared: Copy + Send + Sync + 'static;
    /// Prepares a constant.
    fn prepared(self) -> Self::Prepared;
    /// Times a prepared constant.
    fn times(self, c: &Self::Prepared) -> Self;
}

macro_rules! by_words {
    ($($curve:ident),*) => {$(
        impl PortableField for $curve::Fr {
            type Prepared = [[u64; 4]; 4];
            fn prepared(mut self) -> Self::Prepared {
                let shift = Self::from(2u64).square() * Self::from(1u64 << 62);
                core::array::from_fn(|_| {
                    self *= shift;
                    self.into_bigint().0
                })
            }
            #[inline(always)]
            fn times(self, c: &Self::Prepared) -> Self {
                Words::<$curve::FrConfig, 4>::times(self, c)
            }
        }
    )*};
}
by_words!(ark_bn254, ark_bls12_381, ark_bls12_377);

struct Words<T, const W: usize>(T);

impl<T: MontConfig<W>, const W: usize> Words<T, W> {
    /// What is left of the top word of p: ten bits.
    const SHIFT: u32 = T::MODULUS.const_num_bits() - 64 * (W as u32 - 1) - 10;
    /// 2^20 / p in units of 2^`SHIFT` of the top word, from below.
    const QUOTIENT: u64 = (1 << 20) / ((T::MODULUS.0[W - 1] >> Self::SHIFT) + 1);
    /// k·p mod 2^(64·W).
    const MULTIPLES: [[u64; W]; 8] = {
        assert!(W <= 6 && T::MODULUS.0[W - 1] >> 63 == 0);
        let mut multiples = [[0; W]; 8];
        let mut k = 1;
        while k < 8 {
            let (mut carry, mut j) = (0, 0);
            while j < W {
                let sum = multiples[k - 1][j] as u128 + T::MODULUS.0[j] as u128 + carry;
                multiples[k][j] = sum as u64;
                carry = sum >> 64;
                j += 1;
            }
            k += 1;
        }
        multiples
    };

    #[inline(always)]
    fn times(x: Fp<MontBackend<T, W>, W>, c: &[[u64; W]; W]) -> Fp<MontBackend<T, W>, W> {
        let p = &T::MODULUS.0;
        let mut sum = [0; W];
        let (mut high, mut over) = (0u64, 0);
        for (&word, multiple) in x.0 .0.iter().zip(c) {
            let mut carry = 0;
            for (sum, &c) in sum.iter_mut().zip(multiple) {
                (*sum, carry) = multiply_add(word, c, *sum, carry);
            }
            let carried;
            (high, carried) = high.overflowing_add(carry);
            over += u64::from(carried);
        }
        let q = sum[0].wrapping_mul(T::INV);
        let mut carry = multiply_add(q, p[0], sum[0], 0).1;
        for j in 1..W {
            (sum[j - 1], carry) = multiply_add(q, p[j], sum[j], carry);
        }
        let carried;
        (sum[W - 1], carried) = high.overflowing_add(carry);
        over += u64::from(carried);
        // Below (W + 1)·p; the quotient by p is k or k + 1.
        let top = u128::from(over) << 64 | u128::from(sum[W - 1]);
        let k = ((top >> Self::SHIFT) as u64 * Self::QUOTIENT) >> 20;
        let (rest, _) = difference(&sum, &Self::MULTIPLES[k as usize % 8]);
        let (less, borrow) = difference(&rest, p);
        Fp::new_unchecked(BigInt::new(if borrow { rest } else { less }))
    }
}

/// a·b + c + d: low and high word.
#[inline(always)]
fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let sum = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (sum as u64, (sum >> 64) as u64)
}

/// a − b mod 2^(64·W), and whether b was greater.
#[inline(always)]
fn difference<const W: usize>(a: &[u64; W], b: &[u64; W]) -> ([u64; W], bool) {
    let mut less = [0; W];
    let mut borrow = false;
    for j in 0..W {
        let (d, first) = a[j].overflowing_sub(b[j]);
        let (d, second) = d.overflowing_sub(u64::from(borrow));
        less[j] = d;
        borrow = first | second;
    }
    (less, borrow)
}

/// 2^64 is 2^32 − 1, and 2^96 is −1.
impl PortableField for Goldilocks {
    type Prepared = u64;
    fn prepared(self) -> u64 {
        self.into_bigint().0[0]
    }
    #[inline(always)]
    fn times(self, c: &u64) -> Self {
        const P: u64 = <Goldilocks as PrimeField>::MODULUS.0[0];
        const EPSILON: u64 = 0xffff_ffff;
        let (low, high) = multiply_add(self.0 .0[0], *c, 0, 0);
        let (mut x, borrow) = low.overflowing_sub(high >> 32);
        if borrow {
            x = x.wrapping_sub(EPSILON);
        }
        let (mut sum, carry) = x.overflowing_add((high & EPSILON) * EPSILON);
        if carry {
            sum = sum.wrapping_add(EPSILON);
        }
        Fp::new_unchecked(BigInt::new([if sum >= P { sum - P } else { sum }]))
    }
}

/// Eight elements of `F`, canonical.
pub struct PortableNtt<F>(core::marker::PhantomData<fn() -> F>);

impl<F> PortableNtt<F> {
    pub fn new() -> Self {
        PortableNtt(core::marker::PhantomData)
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
    type Stored = F;
    type E = [F; 8];
    type Constant = F::Prepared;
    type Factors = [F; 8];

    const LIMIT: u64 = 256;
    const PRODUCT: u64 = 1;
    const STORED_ZERO: F = F::ZERO;

    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run()
    }
    fn constant(x: F) -> F::Prepared {
        x.prepared()
    }
    fn factors(x: [F; 8]) -> [F; 8] {
        x
    }
    fn factor_product(self, a: &[F; 8], b: &[F; 8]) -> [F; 8] {
        core::array::from_fn(|i| a[i] * b[i])
    }
    fn zero(self) -> [F; 8] {
        [F::ZERO; 8]
    }
    fn load(self, elements: &[F; 8]) -> [F; 8] {
        *elements
    }
    fn store(self, e: [F; 8]) -> [F; 8] {
        e
    }
    fn load_stored(self, rows: &[F; 8]) -> [F; 8] {
        *rows
    }
    fn store_product(self, e: [F; 8], factors: &[F; 8]) -> [F; 8] {
        core::array::from_fn(|i| e[i] * factors[i])
    }
    fn mul(self, a: [F; 8], c: &F::Prepared) -> [F; 8] {
        a.map(|x| x.times(c))
    }
    fn add(self, a: [F; 8], b: [F; 8]) -> [F; 8] {
        core::array::from_fn(|i| a[i] + b[i])
    }
    fn sub(self, a: [F; 8], b: [F; 8], _: u64) -> [F; 8] {
        core::array::from_fn(|i| a[i] - b[i])
    }
    fn reduce(self, a: [F; 8]) -> [F; 8] {
        a
    }
    fn prefetch<T>(self, _: &T) {}

    /// Element after element, in registers.
    #[inline(always)]
    fn four(self, [a, b, c, d]: [&mut [F; 8]; 4], [w, w0, w1]: [&F::Prepared; 3]) {
        for i in 0..8 {
            let (y, z) = (c[i].times(w), d[i].times(w));
            let (b0, b1) = ((b[i] + z).times(w0), (b[i] - z).times(w1));
            let (a0, a1) = (a[i] + y, a[i] - y);
            (a[i], b[i], c[i], d[i]) = (a0 + b0, a0 - b0, a1 + b1, a1 - b1);
        }
    }
    #[inline(always)]
    fn first_four(self, [a, b, c, d]: [&mut [F; 8]; 4], w1: &F::Prepared) {
        for i in 0..8 {
            let (a0, a1) = (a[i] + c[i], a[i] - c[i]);
            let (b0, b1) = (b[i] + d[i], (b[i] - d[i]).times(w1));
            (a[i], b[i], c[i], d[i]) = (a0 + b0, a0 - b0, a1 + b1, a1 - b1);
        }
    }
}
