//! The two passes of a batch of additions whose operands are finite and differ in x.

use super::batch::{Upcoming, CHAINS};
use super::points::{base, Eight, Pair, Stored};
use crate::field::LaneField;
use crate::lanes::{eight, Kernel};

/// Where the vectors of a batch have their operands and put their sums.
pub trait Batch<F: LaneField>: Copy {
    /// x of operands is at most so many p; y is at most 2p.
    const X: u64;
    /// Whether x of the first operands is kept from the first pass to the second: loading it costs more.
    const KEEPS_X: bool;
    /// Number of vectors.
    fn len(self) -> usize;
    /// x of the first and of the second operands of vector k.
    fn xs(self, f: F, slots: &[Eight<F::E>], k: usize) -> [F::E; 2];
    /// y of both, perhaps loose.
    fn ys(self, f: F, slots: &[Eight<F::E>], k: usize) -> [F::E; 2];
    /// The slot of its sums.
    fn place(self, k: usize) -> usize;
    /// Asks for the operands of vector k, if there is one, to be brought into the first-level cache.
    fn request(self, f: F, k: usize);
}

/// Sums of bases, by their ids with signs.
#[derive(Clone, Copy)]
pub struct OfBases<'a, T> {
    pub bases: &'a [Stored<T>],
    pub rows: &'a [[Pair; 8]],
    pub places: &'a [u32],
}

impl<F: LaneField> Batch<F> for OfBases<'_, F::Stored> {
    const X: u64 = 1;
    const KEEPS_X: bool = true;
    #[inline(always)]
    fn len(self) -> usize {
        self.rows.len()
    }
    #[inline(always)]
    fn xs(self, f: F, _: &[Eight<F::E>], k: usize) -> [F::E; 2] {
        let row = &self.rows[k];
        [
            f.load(eight!(i => &base(self.bases, row[i].first()).x)),
            f.load(eight!(i => &base(self.bases, row[i].second()).x)),
        ]
    }
    #[inline(always)]
    fn ys(self, f: F, _: &[Eight<F::E>], k: usize) -> [F::E; 2] {
        let row = &self.rows[k];
        let y1 = f.load(eight!(i => &base(self.bases, row[i].first()).y));
        let y2 = f.load(eight!(i => &base(self.bases, row[i].second()).y));
        let [first, second] = f.tops(&eight!(i => row[i].0));
        [
            f.select(first, f.loose_sub(f.zero(), y1, 2), y1),
            f.select(second, f.loose_sub(f.zero(), y2, 2), y2),
        ]
    }
    #[inline(always)]
    fn place(self, k: usize) -> usize {
        self.places[k] as usize
    }
    #[inline(always)]
    fn request(self, f: F, k: usize) {
        if let Some(row) = self.rows.get(k) {
            let mut i = 0;
            while i < 8 {
                row[i].request(f, self.bases);
                i += 1;
            }
        }
    }
}

/// Sums of slots, lane by lane, each pair into its first.
#[derive(Clone, Copy)]
pub struct OfSlots<'a>(pub &'a [[u32; 2]]);

impl<F: LaneField> Batch<F> for OfSlots<'_> {
    const X: u64 = 2;
    const KEEPS_X: bool = false;
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn xs(self, _: F, slots: &[Eight<F::E>], k: usize) -> [F::E; 2] {
        let [first, second] = self.0[k];
        [slots[first as usize].x, slots[second as usize].x]
    }
    #[inline(always)]
    fn ys(self, _: F, slots: &[Eight<F::E>], k: usize) -> [F::E; 2] {
        let [first, second] = self.0[k];
        [slots[first as usize].y, slots[second as usize].y]
    }
    #[inline(always)]
    fn place(self, k: usize) -> usize {
        self.0[k][0] as usize
    }
    #[inline(always)]
    fn request(self, _: F, _: usize) {}
}

/// Vectors between a request for operands and their use.
const AHEAD: usize = 2;

/// What the first pass leaves to the second.
#[derive(Clone, Copy)]
pub struct Step<E> {
    /// The product of the chain before this vector.
    pub product: E,
    /// x₂ − x₁.
    pub run: E,
}

/// First pass: the running product of all Δx, lane by lane and chain by chain. Requires an even number of vectors.
pub struct Products<'a, F: LaneField, B> {
    pub f: F,
    pub batch: B,
    pub slots: &'a [Eight<F::E>],
    pub steps: &'a mut [Step<F::E>],
    pub first_xs: &'a mut [F::E],
    pub products: &'a mut [F::E; CHAINS],
}

impl<F: LaneField, B: Batch<F>> Kernel for Products<'_, F, B> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let f = self.f;
        let mut products = *self.products;
        let mut k = 0;
        while k < self.steps.len() {
            let mut c = 0;
            while c < CHAINS {
                self.batch.request(f, k + c + AHEAD);
                let [x1, x2] = self.batch.xs(f, self.slots, k + c);
                if B::KEEPS_X {
                    self.first_xs[k + c] = x1;
                }
                let run = f.sub(x2, x1, B::X);
                self.steps[k + c] = Step {
                    product: products[c],
                    run,
                };
                products[c] = f.mul(products[c], run);
                c += 1;
            }
            k += CHAINS;
        }
        *self.products = products;
    }
}

/// Second pass, from the last vector to the first: the inverse of each Δx, and the sums.
pub struct Sums<'a, 'b, F: LaneField, B> {
    pub f: F,
    pub batch: B,
    pub slots: &'a mut [Eight<F::E>],
    pub steps: &'a [Step<F::E>],
    pub first_xs: &'a [F::E],
    pub inverses: [F::E; CHAINS],
    pub upcoming: &'a mut Upcoming<'b, F::Stored>,
}

impl<F: LaneField, B: Batch<F>> Sums<'_, '_, F, B> {
    /// Asks for some of the points that come next: few at a time, as requests that have nowhere to wait are
    /// dropped by the CPU.
    #[inline(always)]
    fn request(&mut self) {
        self.upcoming.request(self.f, 1);
    }
}

impl<F: LaneField, B: Batch<F>> Kernel for Sums<'_, '_, F, B> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let (f, batch, steps) = (self.f, self.batch, self.steps);
        let mut k = steps.len();
        while k > 0 {
            k -= CHAINS;
            let mut c = 0;
            while c < CHAINS {
                let v = k + c;
                let Step { product, run } = steps[v];
                batch.request(f, v.wrapping_sub(AHEAD));
                self.request();
                let inverse = f.mul(self.inverses[c], product);
                self.request();
                self.inverses[c] = f.mul(self.inverses[c], run);
                self.request();
                let [y1, y2] = batch.ys(f, self.slots, v);
                let slope = f.mul(f.sub(y2, y1, 2), inverse);
                self.request();
                let x1 = if B::KEEPS_X {
                    self.first_xs[v]
                } else {
                    batch.xs(f, self.slots, v)[0]
                };
                // −x₁ − x₂ = −2x₁ − Δx.
                let minus_x1 = f.loose_sub(f.zero(), x1, B::X);
                let minus_both = f.loose_sub(f.loose_sub(minus_x1, x1, B::X), run, B::X);
                let x = third_x(f, minus_both, slope, B::X);
                self.request();
                let y = third_y(f, x1, y1, slope, x);
                self.request();
                self.slots[batch.place(v)] = Eight { x, y };
                c += 1;
            }
        }
    }
}

/// x of the third point of the line with this slope, ≤ 2p, given (2·bound)·p − x₁ − x₂, perhaps loose.
#[inline(always)]
pub fn third_x<F: LaneField>(f: F, minus_both: F::E, slope: F::E, bound: u64) -> F::E {
    // Less than 7p/4 more than 2p or 4p.
    let x = f.reduce(f.square_add(slope, minus_both), 2);
    if bound > 1 {
        f.reduce(x, 2)
    } else {
        x
    }
}

/// y of the mirrored third point, ≤ 2p. Requires x₁, x, y₁ ≤ 2p.
#[inline(always)]
pub fn third_y<F: LaneField>(f: F, x1: F::E, y1: F::E, slope: F::E, x: F::E) -> F::E {
    let minus_y1 = f.loose_sub(f.zero(), y1, 2);
    f.reduce(f.mul_add(slope, f.sub(x1, x, 2), minus_y1), 2)
}
