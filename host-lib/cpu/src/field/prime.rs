//! A prime field in lanes of L limbs of 52 bits, Montgomery form with R = 2^(52·L).
//!
//! Operations of a multiplication, in `vpmadd52`: product 2L², reduction L·(2L − 1) + L = 2L² (the
//! low half of q·p₀ only makes a limb divisible, so its carry is ⌈t/2^52⌉): 100 for L = 5, 256 for
//! L = 8; a squaring has L·(L + 1) + 2L²: 80 and 200. A core that starts one 512-bit `vpmadd52` a cycle
//! (Zen 4) needs 12.5 cycles a lane-multiplication at L = 5, one that starts two 6.25.
//!
//! Ranges: a reduction of T gives T/R + q·p/R < T/R + p. With a, b ≤ 4p, T/R ≤ 16p²/R, which is
//! below p/2 for every modulus with 32p ≤ R (checked at compile time).

use core::marker::PhantomData;

use ark_ff::{BigInt, Fp, MontBackend, MontConfig};

use super::limbs;
use super::LaneField;
use crate::lanes::{Kernel, Simd, LIMB_BITS, LIMB_MASK};

/// The field of arkworks' configuration `T` (W words) in lanes of `S`, L limbs each.
pub struct Prime<S, T, const W: usize, const L: usize> {
    pub(super) s: S,
    config: PhantomData<fn() -> T>,
}

impl<S: Copy, T, const W: usize, const L: usize> Clone for Prime<S, T, W, L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S: Copy, T, const W: usize, const L: usize> Copy for Prime<S, T, W, L> {}

/// A product before its reduction: column k holds multiples of 2^(52·k), signed, below 2^62.
#[derive(Clone, Copy)]
pub struct Wide<V, const L: usize> {
    pub low: [V; L],
    pub high: [V; L],
}

impl<S: Simd, T: MontConfig<W>, const W: usize, const L: usize> Prime<S, T, W, L> {
    const P: [u64; L] = {
        let p = limbs::from_words(&T::MODULUS.0);
        // 32p ≤ R, and words hold 2p.
        assert!(p[L - 1] >> (LIMB_BITS - 5) == 0 && T::MODULUS.0[W - 1] >> 63 == 0);
        p
    };
    /// −p⁻¹ mod 2^52.
    const MINUS_P_INVERSE: u64 = T::INV & LIMB_MASK;
    const ONE: [u64; L] = limbs::power_of_two(LIMB_BITS * L as u32, &Self::P);
    /// Times this, a number in arkworks' Montgomery form is in ours: 2^(2·52·L − 64·W).
    const IMPORT: [u64; L] =
        limbs::power_of_two(2 * LIMB_BITS * L as u32 - 64 * W as u32, &Self::P);
    /// Times this, a number in our form is in arkworks': 2^(64·W).
    const EXPORT: [u64; L] = limbs::power_of_two(64 * W as u32, &Self::P);
    /// The top limb of a sentinel: all ones.
    const SENTINEL_TOP: u64 = u64::MAX >> (LIMB_BITS as usize * (L - 1) - 64 * (W - 1));

    /// The field, given the instructions.
    pub fn new(s: S) -> Self {
        Prime {
            s,
            config: PhantomData,
        }
    }

    /// In debug builds: every lane is ≤ kp and its limbs are proper.
    #[inline(always)]
    fn check(self, e: [S::V; L], k: u64) {
        if cfg!(debug_assertions) {
            let s = self.s;
            let mut borrow = s.splat(0);
            let mut proper = 0xff;
            for (i, &limb) in e.iter().enumerate() {
                let room = s.sub(s.splat(Self::P[i] * k), limb);
                borrow = s.carry(s.add(room, borrow));
                proper &= s.equal(s.and(limb, s.splat(LIMB_MASK)), limb);
            }
            assert!(proper == 0xff, "limb out of range");
            assert!(s.negative(borrow) == 0, "element above {k}p");
        }
    }

    /// Carries run through: limbs below 2^52. Requires a value from 0 to below R.
    #[inline(always)]
    fn normalise(self, mut t: [S::V; L]) -> [S::V; L] {
        let s = self.s;
        for i in 0..L - 1 {
            t[i + 1] = s.add(t[i + 1], s.carry(t[i]));
            t[i] = s.and(t[i], s.splat(LIMB_MASK));
        }
        t
    }

    /// a·b.
    #[inline(always)]
    pub(super) fn product(self, a: [S::V; L], b: [S::V; L]) -> Wide<S::V, L> {
        let s = self.s;
        let mut t = self.wide_zero();
        for i in 0..L {
            for j in 0..L {
                let low = t.column(i + j);
                *low = s.mul_low(*low, a[i], b[j]);
            }
            for j in 0..L {
                let high = t.column(i + j + 1);
                *high = s.mul_high(*high, a[i], b[j]);
            }
        }
        t
    }

    /// a².
    #[inline(always)]
    pub(super) fn square_product(self, a: [S::V; L]) -> Wide<S::V, L> {
        let s = self.s;
        let mut t = self.wide_zero();
        for i in 0..L {
            for j in i + 1..L {
                let low = t.column(i + j);
                *low = s.mul_low(*low, a[i], a[j]);
                let high = t.column(i + j + 1);
                *high = s.mul_high(*high, a[i], a[j]);
            }
        }
        for k in 1..2 * L - 1 {
            let column = t.column(k);
            *column = s.add(*column, *column);
        }
        for i in 0..L {
            let low = t.column(2 * i);
            *low = s.mul_low(*low, a[i], a[i]);
            let high = t.column(2 * i + 1);
            *high = s.mul_high(*high, a[i], a[i]);
        }
        t
    }

    #[inline(always)]
    fn wide_zero(self) -> Wide<S::V, L> {
        let zero = [self.s.splat(0); L];
        Wide {
            low: zero,
            high: zero,
        }
    }

    /// t/R + c, below t/R + p + c. Requires the sum to be from 0 to below R.
    #[inline(always)]
    pub(super) fn redc(self, mut t: Wide<S::V, L>, c: Option<[S::V; L]>) -> [S::V; L] {
        let s = self.s;
        if let Some(c) = c {
            for j in 0..L {
                t.high[j] = s.add(t.high[j], c[j]);
            }
        }
        for i in 0..L {
            let first = t.low[i];
            let q = s.mul_low(s.splat(0), first, s.splat(Self::MINUS_P_INVERSE));
            let carry = s.carry(s.add(first, s.splat(LIMB_MASK)));
            let next = t.column(i + 1);
            *next = s.add(*next, carry);
            for j in 1..L {
                let low = t.column(i + j);
                *low = s.mul_low(*low, q, s.splat(Self::P[j]));
            }
            for j in 0..L {
                let high = t.column(i + j + 1);
                *high = s.mul_high(*high, q, s.splat(Self::P[j]));
            }
        }
        self.normalise(t.high)
    }

    /// The words of eight elements, each word a vector, in limbs.
    #[inline(always)]
    fn to_limbs(self, words: [S::V; W]) -> [S::V; L] {
        let s = self.s;
        core::array::from_fn(|k| {
            let (word, shift) = (k * LIMB_BITS as usize / 64, k as u32 * LIMB_BITS % 64);
            if word >= W {
                return s.splat(0);
            }
            let mut limb = s.shr(words[word], shift);
            if shift > 12 && word + 1 < W {
                limb = s.or(limb, s.shl(words[word + 1], 64 - shift));
            }
            s.and(limb, s.splat(LIMB_MASK))
        })
    }

    #[inline(always)]
    fn to_words(self, limbs: [S::V; L]) -> [S::V; W] {
        let s = self.s;
        core::array::from_fn(|w| {
            let bit = w * 64;
            let (limb, shift) = (bit / LIMB_BITS as usize, bit as u32 % LIMB_BITS);
            let mut word = s.or(
                s.shr(limbs[limb], shift),
                s.shl(limbs[limb + 1], LIMB_BITS - shift),
            );
            if 2 * LIMB_BITS - shift < 64 && limb + 2 < L {
                word = s.or(word, s.shl(limbs[limb + 2], 2 * LIMB_BITS - shift));
            }
            word
        })
    }

    #[inline(always)]
    fn load_words(self, rows: [&[u64; W]; 8]) -> [S::V; L] {
        let s = self.s;
        let mut words = [s.splat(0); W];
        if W % 4 == 0 || W % 4 == 2 {
            for first in (0..W - W % 4).step_by(4) {
                let four = s.load_rows4(rows.map(|r| piece(r, first)));
                words[first..first + 4].copy_from_slice(&four);
            }
            if W % 4 == 2 {
                let two = s.load_rows2(rows.map(|r| piece(r, W - 2)));
                words[W - 2..].copy_from_slice(&two);
            }
        } else {
            for (w, word) in words.iter_mut().enumerate() {
                *word = s.load(&rows.map(|r| r[w]));
            }
        }
        self.to_limbs(words)
    }

    #[inline(always)]
    fn store_words(self, limbs: [S::V; L]) -> [[u64; W]; 8] {
        let s = self.s;
        let words = self.to_words(limbs);
        let mut rows = [[0; W]; 8];
        for first in (0..W - W % 4).step_by(4) {
            let four = s.to_rows4(core::array::from_fn(|k| words[first + k]));
            for (row, four) in rows.iter_mut().zip(four) {
                row[first..first + 4].copy_from_slice(&four);
            }
        }
        if W % 4 == 2 {
            let two = s.to_rows2([words[W - 2], words[W - 1]]);
            for (row, two) in rows.iter_mut().zip(two) {
                row[W - 2..].copy_from_slice(&two);
            }
        }
        rows
    }

    #[inline(always)]
    fn splat(self, limbs: &[u64; L]) -> [S::V; L] {
        core::array::from_fn(|i| self.s.splat(limbs[i]))
    }
}

/// Words `first..first + N` of a row.
#[inline(always)]
fn piece<const W: usize, const N: usize>(row: &[u64; W], first: usize) -> &[u64; N] {
    row[first..]
        .first_chunk()
        .expect("callers stay inside the row")
}

impl<V, const L: usize> Wide<V, L> {
    #[inline(always)]
    fn column(&mut self, k: usize) -> &mut V {
        if k < L {
            &mut self.low[k]
        } else {
            &mut self.high[k - L]
        }
    }
}

impl<S: Simd, T: MontConfig<W>, const W: usize, const L: usize> LaneField for Prime<S, T, W, L> {
    type Scalar = Fp<MontBackend<T, W>, W>;
    type Stored = [u64; W];
    type E = [S::V; L];

    const SENTINEL: [u64; W] = [u64::MAX; W];
    const STORED_ZERO: [u64; W] = [0; W];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        self.s.run(kernel)
    }
    #[inline(always)]
    fn load(self, rows: [&[u64; W]; 8]) -> Self::E {
        self.load_words(rows)
    }
    #[inline(always)]
    fn store(self, e: Self::E) -> [[u64; W]; 8] {
        self.check(e, 2);
        self.store_words(e)
    }
    #[inline(always)]
    fn is_sentinel(self, e: Self::E) -> u8 {
        self.s.equal(e[L - 1], self.s.splat(Self::SENTINEL_TOP))
    }
    #[inline(always)]
    fn import(self, scalars: &[Self::Scalar; 8]) -> Self::E {
        let e = self.load_words(core::array::from_fn(|i| &scalars[i].0 .0));
        self.reduce(self.mul(e, self.splat(&Self::IMPORT)), 1)
    }
    #[inline(always)]
    fn export(self, e: Self::E) -> [Self::Scalar; 8] {
        let e = self.reduce(self.mul(e, self.splat(&Self::EXPORT)), 1);
        self.store_words(e)
            .map(|words| Fp::new_unchecked(BigInt::new(words)))
    }
    #[inline(always)]
    fn zero(self) -> Self::E {
        [self.s.splat(0); L]
    }
    #[inline(always)]
    fn one(self) -> Self::E {
        self.splat(&Self::ONE)
    }
    #[inline(always)]
    fn mul_add(self, a: Self::E, b: Self::E, c: Self::E) -> Self::E {
        self.check(a, 4);
        self.check(b, 4);
        self.check(c, 4);
        self.redc(self.product(a, b), Some(c))
    }
    #[inline(always)]
    fn mul(self, a: Self::E, b: Self::E) -> Self::E {
        self.check(a, 4);
        self.check(b, 4);
        let product = self.redc(self.product(a, b), None);
        self.check(product, 2);
        product
    }
    #[inline(always)]
    fn square_add(self, a: Self::E, c: Self::E) -> Self::E {
        self.check(a, 4);
        self.check(c, 4);
        self.redc(self.square_product(a), Some(c))
    }
    #[inline(always)]
    fn add(self, a: Self::E, b: Self::E) -> Self::E {
        self.normalise(core::array::from_fn(|i| self.s.add(a[i], b[i])))
    }
    #[inline(always)]
    fn sub(self, a: Self::E, b: Self::E, k: u64) -> Self::E {
        self.check(b, k);
        let s = self.s;
        self.normalise(core::array::from_fn(|i| {
            s.sub(s.add(a[i], s.splat(Self::P[i] * k)), b[i])
        }))
    }
    #[inline(always)]
    fn reduce(self, a: Self::E, k: u64) -> Self::E {
        let s = self.s;
        let less = self.normalise(core::array::from_fn(|i| {
            s.sub(a[i], s.splat(Self::P[i] * k))
        }));
        self.select(s.negative(less[L - 1]), a, less)
    }
    #[inline(always)]
    fn select(self, mask: u8, a: Self::E, b: Self::E) -> Self::E {
        core::array::from_fn(|i| self.s.select(mask, a[i], b[i]))
    }
    #[inline(always)]
    fn same(self, a: Self::E, b: Self::E) -> u8 {
        (0..L).fold(0xff, |mask, i| mask & self.s.equal(a[i], b[i]))
    }
    #[inline(always)]
    fn prefetch<P>(self, value: &P) {
        self.s.prefetch(value);
    }
}
