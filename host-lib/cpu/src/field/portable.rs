//! Eight elements of arkworks side by side: the algorithms in lanes on a CPU without the lanes.

use core::marker::PhantomData;

use super::LaneField;
use crate::curve::BaseField;
use crate::lanes::{self, eight, Kernel, Twin};

/// `F` as arkworks computes in it. Elements are always canonical.
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

impl<F: BaseField> LaneField for Portable<F> {
    type Scalar = F;
    type Stored = F;
    type E = [F; 8];

    const SENTINEL: F = F::SENTINEL;
    const STORED_ZERO: F = F::ZERO;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run()
    }
    #[inline(always)]
    fn load(self, rows: [&F; 8]) -> [F; 8] {
        eight!(i => *rows[i])
    }
    fn negated(e: F) -> F {
        -e
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
    fn store(self, e: [F; 8]) -> [F; 8] {
        e
    }
    fn import(self, scalars: &[F; 8]) -> [F; 8] {
        *scalars
    }
    fn export(self, e: [F; 8]) -> [F; 8] {
        e
    }
    fn zero(self) -> [F; 8] {
        [F::ZERO; 8]
    }
    fn one(self) -> [F; 8] {
        [F::ONE; 8]
    }
    #[inline(always)]
    fn mul_add(self, mut a: [F; 8], b: [F; 8], c: [F; 8]) -> [F; 8] {
        for i in 0..8 {
            a[i] *= b[i];
            a[i] += c[i];
        }
        a
    }
    #[inline(always)]
    fn mul(self, mut a: [F; 8], b: [F; 8]) -> [F; 8] {
        for i in 0..8 {
            a[i] *= b[i];
        }
        a
    }
    #[inline(always)]
    fn square_add(self, mut a: [F; 8], c: [F; 8]) -> [F; 8] {
        for i in 0..8 {
            a[i].square_in_place();
            a[i] += c[i];
        }
        a
    }
    #[inline(always)]
    fn add(self, mut a: [F; 8], b: [F; 8]) -> [F; 8] {
        for i in 0..8 {
            a[i] += b[i];
        }
        a
    }
    #[inline(always)]
    fn loose_sub(self, mut a: [F; 8], b: [F; 8], _: u64) -> [F; 8] {
        for i in 0..8 {
            a[i] -= b[i];
        }
        a
    }
    #[inline(always)]
    fn tighten(self, a: [F; 8]) -> [F; 8] {
        a
    }
    #[inline(always)]
    fn reduce(self, a: [F; 8], _: u64) -> [F; 8] {
        a
    }
    fn select(self, mask: u8, mut a: [F; 8], b: [F; 8]) -> [F; 8] {
        for i in 0..8 {
            if mask >> i & 1 == 0 {
                a[i] = b[i];
            }
        }
        a
    }
    #[inline(always)]
    fn same(self, a: [F; 8], b: [F; 8]) -> u8 {
        let mut same = 0;
        for i in 0..8 {
            same |= u8::from(a[i] == b[i]) << i;
        }
        same
    }
    fn rotate<const K: usize>(self, mut a: [F; 8]) -> [F; 8] {
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
