//! Fp² = Fp[u]/(u² + 1) in lanes, reduced lazily: three products and two reductions a
//! multiplication (6L² + 4L² operations instead of the 12L² of three whole multiplications: 250 for
//! L = 5, 640 for L = 8), two of each a squaring (200, 512).
//!
//! Ranges: a₀b₀ − a₁b₁ may be negative, so p·2^(bits of p + 4) ≥ 16p² is added before its reduction;
//! with 64p ≤ R that is at most p/4 after it, and all of it stays below 7p/4.

use core::marker::PhantomData;

use ark_ff::{Field, Fp2, Fp2Config, MontBackend, MontConfig};

use super::limbs;
use super::long::{self, Multiplier};
use super::prime::Wide;
use super::{LaneField, Prime};
use crate::lanes::{eight, Kernel, Simd, LIMB_BITS};

/// The quadratic extension `C` of the field of configuration `T`.
pub struct Quadratic<S, C, T, const W: usize, const L: usize> {
    base: Prime<S, T, W, L>,
    config: PhantomData<fn() -> C>,
}

impl<S: Copy, C, T, const W: usize, const L: usize> Clone for Quadratic<S, C, T, W, L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S: Copy, C, T, const W: usize, const L: usize> Copy for Quadratic<S, C, T, W, L> {}

impl<S, C, T, const W: usize, const L: usize> Quadratic<S, C, T, W, L>
where
    S: Simd,
    C: Fp2Config<Fp = ark_ff::Fp<MontBackend<T, W>, W>>,
    T: MontConfig<W>,
{
    /// p·2^(bits of p + 4), lower and upper limbs.
    const LIFT: ([u64; L], [u64; L]) = {
        let p: [u64; L] = limbs::from_words(&T::MODULUS.0);
        let bits = T::MODULUS.const_num_bits();
        assert!(bits + 6 <= LIMB_BITS * L as u32, "64p ≤ R");
        limbs::shifted(&p, bits + 4)
    };

    /// The field, given the instructions. Requires that `C` adjoins a root of −1.
    pub fn new(s: S) -> Self {
        debug_assert_eq!(C::NONRESIDUE, -C::Fp::from(1u64));
        Quadratic {
            base: Prime::new(s),
            config: PhantomData,
        }
    }

    /// a₀b₀ − a₁b₁ and a₀b₁ + a₁b₀, before their reductions.
    #[inline(always)]
    fn product(self, a: [[S::V; L]; 2], b: [[S::V; L]; 2]) -> [Wide<S::V, L>; 2] {
        let (f, s) = (self.base, self.base.s);
        let first = f.product(a[0], b[0]);
        let second = f.product(a[1], b[1]);
        let (mut real, mut both) = (first, first);
        let mut i = 0;
        while i < L {
            let (low, high) = (s.splat(Self::LIFT.0[i]), s.splat(Self::LIFT.1[i]));
            real.low[i] = s.add(s.sub(first.low[i], second.low[i]), low);
            real.high[i] = s.add(s.sub(first.high[i], second.high[i]), high);
            both.low[i] = s.add(first.low[i], second.low[i]);
            both.high[i] = s.add(first.high[i], second.high[i]);
            i += 1;
        }
        let mut cross = f.product(f.add(a[0], a[1]), f.add(b[0], b[1]));
        i = 0;
        while i < L {
            cross.low[i] = s.sub(cross.low[i], both.low[i]);
            cross.high[i] = s.sub(cross.high[i], both.high[i]);
            i += 1;
        }
        [real, cross]
    }
}

impl<S, C, T, const W: usize, const L: usize> LaneField for Quadratic<S, C, T, W, L>
where
    S: Simd,
    C: Fp2Config<Fp = ark_ff::Fp<MontBackend<T, W>, W>>,
    T: MontConfig<W>,
{
    type Scalar = Fp2<C>;
    type Stored = [[u64; W]; 2];
    type E = [[S::V; L]; 2];

    const SENTINEL: Self::Stored = [[u64::MAX; W], [0; W]];
    const STORED_ZERO: Self::Stored = [[0; W]; 2];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        self.base.run(kernel)
    }
    #[inline(always)]
    fn load(self, rows: [&Self::Stored; 8]) -> Self::E {
        [
            self.base.load(eight!(i => &rows[i][0])),
            self.base.load(eight!(i => &rows[i][1])),
        ]
    }
    fn negated(e: Self::Stored) -> Self::Stored {
        e.map(Prime::<S, T, W, L>::negated)
    }
    #[inline(always)]
    fn tops(self, words: &[u64; 8]) -> [u8; 2] {
        self.base.tops(words)
    }
    #[inline(always)]
    fn store(self, e: Self::E) -> [Self::Stored; 8] {
        let (c0, c1) = (self.base.store(e[0]), self.base.store(e[1]));
        eight!(i => [c0[i], c1[i]])
    }
    #[inline(always)]
    fn import(self, scalars: &[Self::Scalar; 8]) -> Self::E {
        [
            self.base.import(&eight!(i => scalars[i].c0)),
            self.base.import(&eight!(i => scalars[i].c1)),
        ]
    }
    #[inline(always)]
    fn export(self, e: Self::E) -> [Self::Scalar; 8] {
        let (c0, c1) = (self.base.export(e[0]), self.base.export(e[1]));
        eight!(i => Fp2::new(c0[i], c1[i]))
    }
    #[inline(always)]
    fn zero(self) -> Self::E {
        [self.base.zero(); 2]
    }
    #[inline(always)]
    fn one(self) -> Self::E {
        [self.base.one(), self.base.zero()]
    }
    #[inline(always)]
    fn mul_add(self, a: Self::E, b: Self::E, c: Self::E) -> Self::E {
        long::mul_add(self.base.s, self, a, b, c)
    }
    #[inline(always)]
    fn mul(self, a: Self::E, b: Self::E) -> Self::E {
        long::mul(self.base.s, self, a, b)
    }
    #[inline(always)]
    fn square_add(self, a: Self::E, c: Self::E) -> Self::E {
        long::square_add(self.base.s, self, a, c)
    }
    #[inline(always)]
    fn add(self, a: Self::E, b: Self::E) -> Self::E {
        [self.base.add(a[0], b[0]), self.base.add(a[1], b[1])]
    }
    #[inline(always)]
    fn loose_sub(self, a: Self::E, b: Self::E, k: u64) -> Self::E {
        let f = self.base;
        [f.loose_sub(a[0], b[0], k), f.loose_sub(a[1], b[1], k)]
    }
    #[inline(always)]
    fn tighten(self, a: Self::E) -> Self::E {
        [self.base.tighten(a[0]), self.base.tighten(a[1])]
    }
    #[inline(always)]
    fn reduce(self, a: Self::E, k: u64) -> Self::E {
        [self.base.reduce(a[0], k), self.base.reduce(a[1], k)]
    }
    #[inline(always)]
    fn select(self, mask: u8, a: Self::E, b: Self::E) -> Self::E {
        [
            self.base.select(mask, a[0], b[0]),
            self.base.select(mask, a[1], b[1]),
        ]
    }
    #[inline(always)]
    fn same(self, a: Self::E, b: Self::E) -> u8 {
        self.base.same(a[0], b[0]) & self.base.same(a[1], b[1])
    }
    #[inline(always)]
    fn rotate<const K: usize>(self, a: Self::E) -> Self::E {
        [self.base.rotate::<K>(a[0]), self.base.rotate::<K>(a[1])]
    }
    /// (a₀ − a₁u) / (a₀² + a₁²).
    fn inverse(e: Self::Scalar) -> Option<Self::Scalar> {
        let of_norm = Prime::<S, T, W, L>::inverse(e.c0.square() + e.c1.square())?;
        Some(Fp2::new(e.c0 * of_norm, -e.c1 * of_norm))
    }
    #[inline(always)]
    fn prefetch<P>(self, value: &P) {
        self.base.prefetch(value);
    }
}

impl<S, C, T, const W: usize, const L: usize> Multiplier for Quadratic<S, C, T, W, L>
where
    S: Simd,
    C: Fp2Config<Fp = ark_ff::Fp<MontBackend<T, W>, W>>,
    T: MontConfig<W>,
{
    #[inline(always)]
    fn mul_here(self, a: Self::E, b: Self::E) -> Self::E {
        let [real, imaginary] = self.product(a, b);
        [self.base.redc(real), self.base.redc(imaginary)]
    }
    #[inline(always)]
    fn mul_add_here(self, a: Self::E, b: Self::E, c: Self::E) -> Self::E {
        let (f, [real, imaginary]) = (self.base, self.product(a, b));
        [f.redc(f.plus(real, c[0])), f.redc(f.plus(imaginary, c[1]))]
    }
    #[inline(always)]
    fn square_add_here(self, a: Self::E, c: Self::E) -> Self::E {
        let f = self.base;
        let real = f.product(f.add(a[0], a[1]), f.sub(a[0], a[1], 2));
        let imaginary = f.product(f.add(a[0], a[0]), a[1]);
        [f.redc(f.plus(real, c[0])), f.redc(f.plus(imaginary, c[1]))]
    }
}
