//! Eight elements of arkworks side by side: the algorithms in lanes on a CPU without the lanes.

use core::marker::PhantomData;

use super::LaneField;
use crate::curve::BaseField;
use crate::lanes::Kernel;

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

#[inline(always)]
fn each<F>(f: impl FnMut(usize) -> F) -> [F; 8] {
    core::array::from_fn(f)
}

impl<F: BaseField> LaneField for Portable<F> {
    type Scalar = F;
    type Stored = F;
    type E = [F; 8];

    const SENTINEL: F = F::SENTINEL;
    const STORED_ZERO: F = F::ZERO;

    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run()
    }
    fn load(self, rows: [&F; 8]) -> [F; 8] {
        rows.map(|&x| x)
    }
    fn signed(e: F, negative: bool) -> F {
        if negative {
            -e
        } else {
            e
        }
    }
    fn load_signed(self, rows: [&F; 8]) -> [F; 8] {
        self.load(rows)
    }
    fn store(self, e: [F; 8]) -> [F; 8] {
        e
    }
    fn is_sentinel(self, e: [F; 8]) -> u8 {
        self.same(e, [F::SENTINEL; 8])
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
    #[inline(never)]
    fn mul_add(self, a: [F; 8], b: [F; 8], c: [F; 8]) -> [F; 8] {
        each(|i| a[i] * b[i] + c[i])
    }
    #[inline(never)]
    fn mul(self, a: [F; 8], b: [F; 8]) -> [F; 8] {
        each(|i| a[i] * b[i])
    }
    #[inline(never)]
    fn square_add(self, a: [F; 8], c: [F; 8]) -> [F; 8] {
        each(|i| a[i].square() + c[i])
    }
    fn add(self, a: [F; 8], b: [F; 8]) -> [F; 8] {
        each(|i| a[i] + b[i])
    }
    fn loose_sub(self, a: [F; 8], b: [F; 8], _: u64) -> [F; 8] {
        each(|i| a[i] - b[i])
    }
    fn tighten(self, a: [F; 8]) -> [F; 8] {
        a
    }
    fn reduce(self, a: [F; 8], _: u64) -> [F; 8] {
        a
    }
    fn select(self, mask: u8, a: [F; 8], b: [F; 8]) -> [F; 8] {
        each(|i| if mask >> i & 1 == 1 { a[i] } else { b[i] })
    }
    fn same(self, a: [F; 8], b: [F; 8]) -> u8 {
        (0..8).fold(0, |mask, i| mask | u8::from(a[i] == b[i]) << i)
    }
    fn prefetch<P>(self, _: &P) {}
}
