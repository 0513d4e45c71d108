//! Eight elements one after another: the algorithms in lanes on a CPU without the lanes.

use core::marker::PhantomData;

use super::word_field::WordField;
use super::LaneField;
use crate::curve::BaseField;
use crate::lanes::{self, each, eight, Kernel, Twin};

/// `F` in numbers of 64-bit words. Nothing is ever loose or above 2p, so that there is nothing to reduce.
pub struct Portable<F>(PhantomData<fn() -> F>);

impl<F> Default for Portable<F> {
    fn default() -> Self {
        Portable(PhantomData)
    }
}

impl<F> Clone for Portable<F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F> Copy for Portable<F> {}

type Words<F> = <F as BaseField>::Words;
type Number<F> = <Words<F> as WordField>::Number;

impl<F: BaseField> LaneField for Portable<F> {
    type Scalar = F;
    type Stored = Number<F>;
    type E = [Number<F>; 8];

    const SENTINEL: Self::Stored = Words::<F>::SENTINEL;
    const STORED_ZERO: Self::Stored = Words::<F>::ZERO;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run()
    }
    #[inline(always)]
    fn load(self, rows: [&Self::Stored; 8]) -> Self::E {
        eight!(i => *rows[i])
    }
    fn negated(e: Self::Stored) -> Self::Stored {
        Words::<F>::sub(Words::<F>::ZERO, e)
    }
    fn tops(self, words: &[u64; 8]) -> [u8; 2] {
        let mut tops = [0; 2];
        for (i, word) in words.iter().enumerate() {
            tops[0] |= u8::from(word >> 31 & 1 == 1) << i;
            tops[1] |= u8::from(word >> 63 == 1) << i;
        }
        tops
    }
    #[inline(always)]
    fn store(self, e: Self::E) -> [Self::Stored; 8] {
        e
    }
    fn import(self, scalars: &[F; 8]) -> Self::E {
        eight!(i => Words::<F>::number(scalars[i]))
    }
    fn export(self, e: Self::E) -> [F; 8] {
        eight!(i => Words::<F>::element(e[i]))
    }
    #[inline(always)]
    fn zero(self) -> Self::E {
        [Words::<F>::ZERO; 8]
    }
    fn one(self) -> Self::E {
        [Words::<F>::number(F::ONE); 8]
    }
    #[inline(always)]
    fn mul_add(self, a: Self::E, b: Self::E, c: Self::E) -> Self::E {
        each!(Words::<F>::ZERO; 8, i => Words::<F>::add(Words::<F>::mul(a[i], b[i]), c[i]))
    }
    #[inline(always)]
    fn mul(self, a: Self::E, b: Self::E) -> Self::E {
        each!(Words::<F>::ZERO; 8, i => Words::<F>::mul(a[i], b[i]))
    }
    #[inline(always)]
    fn square_add(self, a: Self::E, c: Self::E) -> Self::E {
        each!(Words::<F>::ZERO; 8, i => Words::<F>::add(Words::<F>::square(a[i]), c[i]))
    }
    #[inline(always)]
    fn add(self, a: Self::E, b: Self::E) -> Self::E {
        each!(Words::<F>::ZERO; 8, i => Words::<F>::add(a[i], b[i]))
    }
    #[inline(always)]
    fn loose_sub(self, a: Self::E, b: Self::E, _: u64) -> Self::E {
        each!(Words::<F>::ZERO; 8, i => Words::<F>::sub(a[i], b[i]))
    }
    #[inline(always)]
    fn tighten(self, a: Self::E) -> Self::E {
        a
    }
    #[inline(always)]
    fn reduce(self, a: Self::E, _: u64) -> Self::E {
        a
    }
    #[inline(always)]
    fn canonical(self, a: Self::E) -> Self::E {
        each!(Words::<F>::ZERO; 8, i => Words::<F>::canonical(a[i]))
    }
    #[inline(always)]
    fn select(self, mask: u8, a: Self::E, b: Self::E) -> Self::E {
        each!(Words::<F>::ZERO; 8, i => Words::<F>::select(mask >> i & 1 == 1, a[i], b[i]))
    }
    #[inline(always)]
    fn same(self, a: Self::E, b: Self::E) -> u8 {
        let mut same = 0;
        for i in 0..8 {
            same |= u8::from(a[i] == b[i]) << i;
        }
        same
    }
    fn rotate<const K: usize>(self, mut a: Self::E) -> Self::E {
        a.rotate_left(K);
        a
    }
    fn inverse(e: F) -> Option<F> {
        F::Lanes::<Twin>::inverse(e)
    }
    #[inline(always)]
    fn prefetch<P>(self, value: &P) {
        lanes::prefetch(value);
    }
}
