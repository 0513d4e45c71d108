//! The two passes of a batch of additions whose operands are any: equal points are doubled, opposite ones cancel,
//! infinity is neutral.

use super::additions::{third_x, third_y, Batch, Step};
use super::points::Eight;
use crate::field::LaneField;
use crate::lanes::Kernel;

/// The lanes where the first, and where the second operands of a vector are infinity.
pub type Infinite = [u8; 2];

/// Eight pairs of points: x of infinite ones is zero.
struct Operands<E> {
    xs: [E; 2],
    ys: [E; 2],
    infinite: Infinite,
    /// The points are equal.
    doubled: u8,
    /// The sum is infinity.
    cancelled: u8,
    /// Δx, but what is invertible in every lane: 2y₁ for a doubling.
    run: E,
}

impl<E: Copy> Operands<E> {
    #[inline(always)]
    fn load<F: LaneField<E = E>, B: Batch<F>>(
        f: F,
        batch: B,
        slots: &[Eight<E>],
        infinite: &[Infinite],
        k: usize,
    ) -> Self {
        let finite = batch.len() - infinite.len();
        let infinite = if k < finite {
            [0; 2]
        } else {
            infinite[k - finite]
        };
        let mut xs = batch.xs(f, slots, k);
        let mut ys = batch.ys(f, slots, k);
        let mut canonical_ys = ys;
        let mut i = 0;
        while i < 2 {
            xs[i] = f.select(infinite[i], f.zero(), f.canonical(xs[i]));
            ys[i] = f.tighten(ys[i]);
            canonical_ys[i] = f.canonical(ys[i]);
            i += 1;
        }
        let any_infinite = infinite[0] | infinite[1];
        let level = f.same(xs[0], xs[1]) & !any_infinite;
        let [y1, y2] = canonical_ys;
        let doubled = level & f.same(y1, y2) & !f.same(y1, f.zero());
        let no_slope = any_infinite | (level & !doubled);
        let mut run = f.sub(xs[1], xs[0], 1);
        run = f.select(doubled, f.add(y1, y1), run);
        run = f.select(no_slope, f.one(), run);
        Operands {
            xs,
            ys,
            infinite,
            doubled,
            cancelled: (level & !doubled) | (infinite[0] & infinite[1]),
            run,
        }
    }
}

/// First pass over the vectors of `batch` from `first` on, all in one chain.
pub struct CarefulProducts<'a, F: LaneField, B> {
    pub f: F,
    pub batch: B,
    pub first: usize,
    /// Infinite operands of the last vectors.
    pub infinite: &'a [Infinite],
    pub slots: &'a [Eight<F::E>],
    pub steps: &'a mut [Step<F::E>],
    pub product: &'a mut F::E,
}

impl<F: LaneField, B: Batch<F>> Kernel for CarefulProducts<'_, F, B> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let f = self.f;
        let mut k = self.first;
        while k < self.batch.len() {
            let run = Operands::load(f, self.batch, self.slots, self.infinite, k).run;
            self.steps[k] = Step {
                product: *self.product,
                run,
            };
            *self.product = f.mul(*self.product, run);
            k += 1;
        }
    }
}

/// Second pass over the same.
pub struct CarefulSums<'a, F: LaneField, B> {
    pub f: F,
    pub batch: B,
    pub first: usize,
    pub infinite: &'a [Infinite],
    pub slots: &'a mut [Eight<F::E>],
    /// Of every slot, the lanes that are infinity.
    pub infinite_slots: &'a mut [u8],
    pub steps: &'a [Step<F::E>],
    pub inverse: &'a mut F::E,
}

impl<F: LaneField, B: Batch<F>> Kernel for CarefulSums<'_, F, B> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let f = self.f;
        let mut k = self.batch.len();
        while k > self.first {
            k -= 1;
            let o = Operands::load(f, self.batch, self.slots, self.infinite, k);
            let ([x1, x2], [y1, y2]) = (o.xs, o.ys);
            let Step { product, run } = self.steps[k];
            let inverse = f.mul(*self.inverse, product);
            *self.inverse = f.mul(*self.inverse, run);
            let square = f.reduce(f.square_add(x1, f.zero()), 1);
            let three_squares = f.add(square, f.add(square, square));
            let rise = f.select(o.doubled, three_squares, f.sub(y2, y1, 2));
            let slope = f.mul(rise, inverse);
            let minus_both = f.loose_sub(f.loose_sub(f.zero(), x1, 1), x2, 1);
            let x = third_x(f, minus_both, slope, 1);
            let y = third_y(f, x1, y1, slope, x);
            let [first, second] = o.infinite;
            let place = self.batch.place(k);
            self.slots[place] = Eight {
                x: f.select(first, x2, f.select(second, x1, x)),
                y: f.select(first, y2, f.select(second, y1, y)),
            };
            self.infinite_slots[place] = o.cancelled;
        }
    }
}
