//! Fp² = Fp[u]/(u² + 1) in lanes, reduced lazily: three products and two reductions a
//! multiplication (6L² + 4L² operations instead of the 12L² of three whole multiplications: 250 for
//! L = 5, 640 for L = 8), two of each a squaring (200, 512).
//!
//! Ranges: a₀b₀ − a₁b₁ may be negative, so p·2^(bits of p + 4) ≥ 16p² is added before its reduction;
//! with 32p ≤ R that is at most p/4 after it, and all of it stays below 3p/2 where R ≥ 64p.

use core::marker::PhantomData;

use ark_ff::{Fp2, Fp2Config, MontBackend, MontConfig};

use super::limbs;
use super::prime::Wide;
use super::{LaneField, Prime};
use crate::lanes::{Kernel, Simd, LIMB_BITS};

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

    #[inline(always)]
    fn wide(
        self,
        a: Wide<S::V, L>,
        b: Wide<S::V, L>,
        op: impl Fn(S, S::V, S::V) -> S::V,
    ) -> Wide<S::V, L> {
        let s = self.base.s;
        Wide {
            low: core::array::from_fn(|i| op(s, a.low[i], b.low[i])),
            high: core::array::from_fn(|i| op(s, a.high[i], b.high[i])),
        }
    }

    #[inline(always)]
    fn product(
        self,
        a: [[S::V; L]; 2],
        b: [[S::V; L]; 2],
        c: [Option<[S::V; L]>; 2],
    ) -> [[S::V; L]; 2] {
        let (f, s) = (self.base, self.base.s);
        let first = f.product(a[0], b[0]);
        let second = f.product(a[1], b[1]);
        let cross = f.product(f.add(a[0], a[1]), f.add(b[0], b[1]));
        let mut real = self.wide(first, second, |s, x, y| s.sub(x, y));
        for i in 0..L {
            real.low[i] = s.add(real.low[i], s.splat(Self::LIFT.0[i]));
            real.high[i] = s.add(real.high[i], s.splat(Self::LIFT.1[i]));
        }
        let both = self.wide(first, second, |s, x, y| s.add(x, y));
        let imaginary = self.wide(cross, both, |s, x, y| s.sub(x, y));
        [f.redc(real, c[0]), f.redc(imaginary, c[1])]
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
            self.base.load(rows.map(|r| &r[0])),
            self.base.load(rows.map(|r| &r[1])),
        ]
    }
    #[inline(always)]
    fn store(self, e: Self::E) -> [Self::Stored; 8] {
        let (c0, c1) = (self.base.store(e[0]), self.base.store(e[1]));
        core::array::from_fn(|i| [c0[i], c1[i]])
    }
    #[inline(always)]
    fn is_sentinel(self, e: Self::E) -> u8 {
        self.base.is_sentinel(e[0])
    }
    #[inline(always)]
    fn import(self, scalars: &[Self::Scalar; 8]) -> Self::E {
        [
            self.base.import(&scalars.map(|x| x.c0)),
            self.base.import(&scalars.map(|x| x.c1)),
        ]
    }
    #[inline(always)]
    fn export(self, e: Self::E) -> [Self::Scalar; 8] {
        let (c0, c1) = (self.base.export(e[0]), self.base.export(e[1]));
        core::array::from_fn(|i| Fp2::new(c0[i], c1[i]))
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
        self.product(a, b, c.map(Some))
    }
    #[inline(always)]
    fn mul(self, a: Self::E, b: Self::E) -> Self::E {
        self.product(a, b, [None; 2])
    }
    #[inline(always)]
    fn square_add(self, a: Self::E, c: Self::E) -> Self::E {
        let f = self.base;
        let real = f.product(f.add(a[0], a[1]), f.sub(a[0], a[1], 2));
        let imaginary = f.product(f.add(a[0], a[0]), a[1]);
        [f.redc(real, Some(c[0])), f.redc(imaginary, Some(c[1]))]
    }
    #[inline(always)]
    fn add(self, a: Self::E, b: Self::E) -> Self::E {
        [self.base.add(a[0], b[0]), self.base.add(a[1], b[1])]
    }
    #[inline(always)]
    fn sub(self, a: Self::E, b: Self::E, k: u64) -> Self::E {
        [self.base.sub(a[0], b[0], k), self.base.sub(a[1], b[1], k)]
    }
    #[inline(always)]
    fn reduce(self, a: Self::E, k: u64) -> Self::E {
        a.map(|c| self.base.reduce(c, k))
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
    fn prefetch<P>(self, value: &P) {
        self.base.prefetch(value);
    }
}
