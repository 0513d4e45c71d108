//! A prime field in lanes of L limbs of 52 bits, Montgomery form with R = 2^(52·L).
//!
//! Operations of a multiplication, in `vpmadd52`: product 2L², reduction 2L²: 100 for L = 5, 256 for
//! L = 8; a squaring has L·(L + 1) + 2L²: 80 and 200. A core that starts one 512-bit `vpmadd52` a cycle
//! (Zen 4) needs 12.5 cycles a lane-multiplication at L = 5, one that starts two 6.25.
//!
//! A step of the reduction removes the lowest limb t₀. Either by q = −t₀/p mod 2^52, adding q·p (the
//! low half of q·p₀ only makes the limb divisible, so its carry is ⌈t₀/2^52⌉): 2L operations. Or by adding
//! t₀·(2^−52 mod p) one limb higher: 2L operations as well, but no q to wait for. What the second adds in all
//! is below that constant, so that it is used where it is small, and never in the last step.
//!
//! Ranges: a reduction of T gives below T/R + p, or T/R + 5p/4 with steps of the second kind. With a, b
//! ≤ 4p, T/R ≤ 16p²/R, which is below p/2 where 32p ≤ R (checked at compile time), below p/4 where 64p ≤ R.

use core::marker::PhantomData;

use ark_ff::{BigInt, BigInteger, Fp, MontBackend, MontConfig};

use super::inverse;
use super::limbs;
use super::long::{self, Multiplier};
use super::LaneField;
use crate::lanes::{each, eight, Kernel, Simd, LIMB_BITS, LIMB_MASK};

/// The field of arkworks' configuration `T` (W words) in lanes of `S`, L limbs each.
pub struct Prime<S, T, const W: usize, const L: usize> {
    pub(crate) s: S,
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
    pub(crate) const P: [u64; L] = {
        let p = limbs::from_words(&T::MODULUS.0);
        assert!(p[L - 1] >> (LIMB_BITS - 5) == 0, "32p ≤ R");
        p
    };
    /// Whether multiplications are called, not copied: debug builds, which nobody times, are compiled sooner so.
    const LONG: bool = cfg!(debug_assertions);
    /// −p⁻¹ mod 2^52.
    pub(crate) const MINUS_P_INVERSE: u64 = T::INV & LIMB_MASK;
    /// (p·k + 1)/2^52 with k = −p⁻¹ mod 2^52, which is 2^−52 mod p: t₀ + t₁·2^52 ≡ t₀·FOLD·2^52 + t₁·2^52.
    const FOLD: [u64; L] = limbs::fold(&Self::P, Self::MINUS_P_INVERSE);
    /// Whether that is below p/4, so that a reduction may add it.
    pub(crate) const FOLDS: bool = limbs::times_is_below(4, &Self::FOLD, &Self::P);
    const ONE: [u64; L] = limbs::power_of_two(LIMB_BITS * L as u32, &Self::P);
    /// Times this, a number in arkworks' Montgomery form is in ours: 2^(2·52·L − 64·W).
    const IMPORT: [u64; L] =
        limbs::power_of_two(2 * LIMB_BITS * L as u32 - 64 * W as u32, &Self::P);
    /// Times this, a number in our form is in arkworks': 2^(64·W).
    const EXPORT: [u64; L] = limbs::power_of_two(64 * W as u32, &Self::P);
    /// Whether words hold 2p.
    pub(crate) const TWICE_FITS: bool = T::MODULUS.0[W - 1] >> 63 == 0;

    /// The field, given the instructions.
    pub fn new(s: S) -> Self {
        Prime {
            s,
            config: PhantomData,
        }
    }

    /// In debug builds: every lane is ≤ kp and its limbs are proper.
    #[inline(always)]
    pub(crate) fn check(self, e: [S::V; L], k: u64) {
        if cfg!(debug_assertions) {
            self.s.call(Check(self, &e, k));
        }
    }

    /// Carries run through: limbs below 2^52. Requires a value from 0 to below R.
    #[inline(always)]
    pub(crate) fn normalise(self, mut t: [S::V; L]) -> [S::V; L] {
        let s = self.s;
        let mut i = 0;
        while i < L - 1 {
            t[i + 1] = s.add(t[i + 1], s.carry(t[i]));
            t[i] = s.and(t[i], s.splat(LIMB_MASK));
            i += 1;
        }
        t
    }

    /// a·b.
    #[inline(always)]
    pub(crate) fn product(self, a: [S::V; L], b: [S::V; L]) -> Wide<S::V, L> {
        let s = self.s;
        let mut t = self.wide_zero();
        let mut i = 0;
        while i < L {
            let mut j = 0;
            while j < L {
                let low = t.column(i + j);
                *low = s.mul_low(*low, a[i], b[j]);
                j += 1;
            }
            j = 0;
            while j < L {
                let high = t.column(i + j + 1);
                *high = s.mul_high(*high, a[i], b[j]);
                j += 1;
            }
            i += 1;
        }
        t
    }

    /// a².
    #[inline(always)]
    pub(super) fn square_product(self, a: [S::V; L]) -> Wide<S::V, L> {
        let s = self.s;
        let mut t = self.wide_zero();
        let mut i = 0;
        while i < L {
            let mut j = i + 1;
            while j < L {
                let low = t.column(i + j);
                *low = s.mul_low(*low, a[i], a[j]);
                let high = t.column(i + j + 1);
                *high = s.mul_high(*high, a[i], a[j]);
                j += 1;
            }
            i += 1;
        }
        let mut k = 1;
        while k < 2 * L - 1 {
            let column = t.column(k);
            *column = s.add(*column, *column);
            k += 1;
        }
        i = 0;
        while i < L {
            let low = t.column(2 * i);
            *low = s.mul_low(*low, a[i], a[i]);
            let high = t.column(2 * i + 1);
            *high = s.mul_high(*high, a[i], a[i]);
            i += 1;
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

    /// t/R, below t/R + 5p/4. Requires it to be from 0 to below R.
    #[inline(always)]
    pub(crate) fn redc(self, mut t: Wide<S::V, L>) -> [S::V; L] {
        let s = self.s;
        let mut i = 0;
        while i < L {
            let first = t.low[i];
            let mut j = 0;
            if Self::FOLDS && i + 1 < L {
                let next = t.column(i + 1);
                *next = s.add(*next, s.carry(first));
                while j < L {
                    let low = t.column(i + j + 1);
                    *low = s.mul_low(*low, first, s.splat(Self::FOLD[j]));
                    let high = t.column(i + j + 2);
                    *high = s.mul_high(*high, first, s.splat(Self::FOLD[j]));
                    j += 1;
                }
            } else {
                let q = s.mul_low(s.splat(0), first, s.splat(Self::MINUS_P_INVERSE));
                let next = t.column(i + 1);
                *next = s.add(*next, s.carry(s.add(first, s.splat(LIMB_MASK))));
                while j < L {
                    if j > 0 {
                        let low = t.column(i + j);
                        *low = s.mul_low(*low, q, s.splat(Self::P[j]));
                    }
                    let high = t.column(i + j + 1);
                    *high = s.mul_high(*high, q, s.splat(Self::P[j]));
                    j += 1;
                }
            }
            i += 1;
        }
        self.normalise(t.high)
    }

    /// t + c·R. `c` may be loose.
    #[inline(always)]
    pub(super) fn plus(self, mut t: Wide<S::V, L>, c: [S::V; L]) -> Wide<S::V, L> {
        t.high = each!(c[0]; L, i => self.s.add(t.high[i], c[i]));
        t
    }

    #[inline(always)]
    pub(crate) fn splat(self, limbs: &[u64; L]) -> [S::V; L] {
        each!(self.s.splat(0); L, i => self.s.splat(limbs[i]))
    }
}

impl<S: Simd, T: MontConfig<W>, const W: usize, const L: usize> Multiplier for Prime<S, T, W, L> {
    #[inline(always)]
    fn mul_here(self, a: Self::E, b: Self::E) -> Self::E {
        self.redc(self.product(a, b))
    }
    #[inline(always)]
    fn mul_add_here(self, a: Self::E, b: Self::E, c: Self::E) -> Self::E {
        self.redc(self.plus(self.product(a, b), c))
    }
    #[inline(always)]
    fn square_add_here(self, a: Self::E, c: Self::E) -> Self::E {
        self.redc(self.plus(self.square_product(a), c))
    }
}

struct Check<'a, S: Simd, T, const W: usize, const L: usize>(Prime<S, T, W, L>, &'a [S::V; L], u64);

impl<S: Simd, T: MontConfig<W>, const W: usize, const L: usize> Kernel for Check<'_, S, T, W, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Check(f, e, k) = self;
        let (s, p) = (f.s, Prime::<S, T, W, L>::P);
        let (mut borrow, mut proper) = (s.splat(0), 0xff);
        let mut i = 0;
        while i < L {
            let room = s.sub(s.splat(p[i] * k), e[i]);
            borrow = s.carry(s.add(room, borrow));
            proper &= s.equal(s.and(e[i], s.splat(LIMB_MASK)), e[i]);
            i += 1;
        }
        assert!(proper == 0xff, "limb out of range");
        assert!(s.negative(borrow) == 0, "element above {k}p");
    }
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

    const SENTINEL: [u64; W] = {
        assert!(Self::TWICE_FITS, "no element has the top bit");
        [u64::MAX; W]
    };
    const STORED_ZERO: [u64; W] = [0; W];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        self.s.run(kernel)
    }
    #[inline(always)]
    fn load(self, rows: [&[u64; W]; 8]) -> Self::E {
        self.load_words(rows)
    }
    fn negated(e: Self::Stored) -> Self::Stored {
        let mut negated = T::MODULUS;
        negated.mul2();
        negated.sub_with_borrow(&BigInt(e));
        negated.0
    }
    #[inline(always)]
    fn tops(self, words: &[u64; 8]) -> [u8; 2] {
        let s = self.s;
        let words = s.load(words);
        [s.negative(s.shl(words, 32)), s.negative(words)]
    }
    #[inline(always)]
    fn store(self, e: Self::E) -> [[u64; W]; 8] {
        self.check(e, 2);
        self.store_words(e)
    }
    #[inline(always)]
    fn import(self, scalars: &[Self::Scalar; 8]) -> Self::E {
        let rows = eight!(i => &scalars[i].0.0);
        self.reduce(
            self.mul(self.load_words(rows), self.splat(&Self::IMPORT)),
            1,
        )
    }
    #[inline(always)]
    fn export(self, e: Self::E) -> [Self::Scalar; 8] {
        let e = self.reduce(self.mul(e, self.splat(&Self::EXPORT)), 1);
        let rows = self.store_words(e);
        eight!(i => Fp::new_unchecked(BigInt(rows[i])))
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
        let sum = if Self::LONG {
            long::mul_add(self.s, self, a, b, c)
        } else {
            self.mul_add_here(a, b, c)
        };
        self.check(sum, 6);
        sum
    }
    #[inline(always)]
    fn mul(self, a: Self::E, b: Self::E) -> Self::E {
        self.check(a, 4);
        self.check(b, 4);
        let product = if Self::LONG {
            long::mul(self.s, self, a, b)
        } else {
            self.mul_here(a, b)
        };
        self.check(product, 2);
        product
    }
    #[inline(always)]
    fn square_add(self, a: Self::E, c: Self::E) -> Self::E {
        self.check(a, 4);
        let sum = if Self::LONG {
            long::square_add(self.s, self, a, c)
        } else {
            self.square_add_here(a, c)
        };
        self.check(sum, 6);
        sum
    }
    #[inline(always)]
    fn loose_sub(self, a: Self::E, b: Self::E, k: u64) -> Self::E {
        let s = self.s;
        each!(a[0]; L, i => s.add(s.sub(a[i], b[i]), s.splat(Self::P[i] * k)))
    }
    #[inline(always)]
    fn tighten(self, a: Self::E) -> Self::E {
        self.normalise(a)
    }
    #[inline(always)]
    fn add(self, a: Self::E, b: Self::E) -> Self::E {
        self.normalise(each!(a[0]; L, i => self.s.add(a[i], b[i])))
    }
    #[inline(always)]
    fn reduce(self, a: Self::E, k: u64) -> Self::E {
        let s = self.s;
        let less = each!(a[0]; L, i => s.sub(a[i], s.splat(Self::P[i] * k)));
        let less = self.normalise(less);
        self.select(s.negative(less[L - 1]), a, less)
    }
    #[inline(always)]
    fn select(self, mask: u8, a: Self::E, b: Self::E) -> Self::E {
        each!(a[0]; L, i => self.s.select(mask, a[i], b[i]))
    }
    #[inline(always)]
    fn same(self, a: Self::E, b: Self::E) -> u8 {
        let (mut mask, mut i) = (0xff, 0);
        while i < L {
            mask &= self.s.equal(a[i], b[i]);
            i += 1;
        }
        mask
    }
    #[inline(always)]
    fn rotate<const K: usize>(self, a: Self::E) -> Self::E {
        each!(a[0]; L, i => self.s.rotate::<K>(a[i]))
    }
    fn inverse(e: Self::Scalar) -> Option<Self::Scalar> {
        inverse::inverse(e)
    }
    #[inline(always)]
    fn prefetch<P>(self, value: &P) {
        self.s.prefetch(value);
    }
}
