//! Affine additions in batches: many independent sums, one inversion.
//!
//! An addition is 6 multiplications and a little: 3 for its share of the inversion (Montgomery's
//! trick), λ = Δy/Δx, λ², λ·(x₁ − x₃); one of the six is a squaring. In lanes at L = 5 that is
//! 5·100 + 80 = 580 `vpmadd52` for eight additions: 72.5 cycles an addition at one a cycle.
//!
//! Any operands are right. Vectors of which it is known that an operand is infinity go a way of their own
//! ([`careful`](super::careful)). That the points of a pair have the same x shows in the product of all Δx:
//! it is zero, and the whole batch is done again with care.

use super::additions::{Batch, OfBases, Products, Step, Sums};
use super::careful::{CarefulProducts, CarefulSums, Infinite};
use super::points::{Eight, Pair, Slots, Stored};
use crate::field::LaneField;
use crate::lanes::Kernel;

/// Independent chains of products.
pub const CHAINS: usize = 2;

/// Points that will be wanted next: asked for while there is something to compute.
pub struct Upcoming<'a, T> {
    pub bases: &'a [Stored<T>],
    pub pairs: &'a [Pair],
}

impl<T> Upcoming<'_, T> {
    /// Asks for the next `count` pairs.
    #[inline(always)]
    pub fn request<F: LaneField>(&mut self, f: F, count: usize) {
        let mut i = 0;
        let end = self.pairs.len().min(count);
        while i < end {
            self.pairs[i].request(f, self.bases);
            i += 1;
        }
        self.pairs = &self.pairs[end..];
    }
}

/// The adder: work space that lives across batches.
pub struct Adder<F: LaneField> {
    f: F,
    steps: Vec<Step<F::E>>,
    first_xs: Vec<F::E>,
}

impl<F: LaneField> Adder<F> {
    pub fn new(f: F) -> Self {
        Adder {
            f,
            steps: Vec::new(),
            first_xs: Vec::new(),
        }
    }

    pub fn field(&self) -> F {
        self.f
    }

    /// Adds up the vectors of a batch. The last ones have the infinite operands that are given.
    pub fn add<B: Batch<F>>(
        &mut self,
        slots: &mut Slots<F::E>,
        batch: B,
        infinite: &[Infinite],
        upcoming: &mut Upcoming<F::Stored>,
    ) {
        let ordinary = (batch.len() - infinite.len()) / CHAINS * CHAINS;
        let step = Step {
            product: self.f.zero(),
            run: self.f.zero(),
        };
        if self.steps.len() < batch.len() {
            self.steps.resize(batch.len(), step);
            self.first_xs.resize(batch.len(), step.run);
        }
        if !self.added(slots, batch, ordinary, infinite, upcoming) {
            let done = self.added(slots, batch, 0, infinite, upcoming);
            debug_assert!(done, "what is careful has no zeros");
        }
    }

    /// Adds up the first so many vectors without care, if they have no two points with the same x.
    fn added<B: Batch<F>>(
        &mut self,
        slots: &mut Slots<F::E>,
        batch: B,
        ordinary: usize,
        infinite: &[Infinite],
        upcoming: &mut Upcoming<F::Stored>,
    ) -> bool {
        let f = self.f;
        let mut products = [f.one(); CHAINS];
        f.run(Products {
            f,
            batch,
            slots: &slots.points,
            steps: &mut self.steps[..ordinary],
            first_xs: &mut self.first_xs,
            products: &mut products,
        });
        f.run(CarefulProducts {
            f,
            batch,
            first: ordinary,
            infinite,
            slots: &slots.points,
            steps: &mut self.steps,
            product: &mut products[0],
        });
        let Some(mut inverses) = f.run(Inverses { f, products }) else {
            return false;
        };
        f.run(CarefulSums {
            f,
            batch,
            first: ordinary,
            infinite,
            slots: &mut slots.points,
            infinite_slots: &mut slots.infinite,
            steps: &self.steps,
            inverse: &mut inverses[0],
        });
        f.run(Sums {
            f,
            batch,
            slots: &mut slots.points,
            steps: &self.steps[..ordinary],
            first_xs: &self.first_xs,
            inverses,
            upcoming,
        });
        true
    }

    /// The first operands of every vector, into its slot; in the lanes given they are infinity.
    pub fn gather(&self, slots: &mut Slots<F::E>, batch: OfBases<F::Stored>, infinite: &[u8]) {
        let (f, points) = (self.f, &mut slots.points);
        f.run(Gather {
            f,
            batch,
            slots: points,
        });
        for (place, infinite) in batch.places.iter().zip(infinite) {
            slots.infinite[*place as usize] = *infinite;
        }
    }
}

struct Gather<'a, F: LaneField> {
    f: F,
    batch: OfBases<'a, F::Stored>,
    slots: &'a mut [Eight<F::E>],
}

impl<F: LaneField> Kernel for Gather<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let f = self.f;
        let mut k = 0;
        while k < self.batch.rows.len() {
            let [x, _] = self.batch.xs(f, &[], k);
            let [y, _] = self.batch.ys(f, &[], k);
            self.slots[self.batch.places[k] as usize] = Eight { x, y: f.tighten(y) };
            k += 1;
        }
    }
}

/// The inverse of every lane of both products by one inversion; none if one of them is zero.
struct Inverses<F: LaneField> {
    f: F,
    products: [F::E; CHAINS],
}

impl<F: LaneField> Kernel for Inverses<F> {
    type Output = Option<[F::E; CHAINS]>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        let (f, [first, second]) = (self.f, self.products);
        // Products of two, four, eight and all sixteen.
        let two = f.mul(first, second);
        let others2 = f.rotate::<4>(two);
        let four = f.mul(two, others2);
        let others4 = f.rotate::<2>(four);
        let lanes = f.mul(four, others4);
        let others8 = f.rotate::<1>(lanes);
        let all = f.export(f.mul(lanes, others8))[0];
        let inverse = F::inverse(all)?;
        let of_two = f.mul(
            f.mul(f.import(&[inverse; 8]), others2),
            f.mul(others4, others8),
        );
        Some([f.mul(of_two, second), f.mul(of_two, first)])
    }
}
