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

/// A batch, and the infinite operands of its last vectors.
#[derive(Clone, Copy)]
pub struct Part<'a, B> {
    pub batch: B,
    pub infinite: &'a [Infinite],
}

impl<B> Part<'_, B> {
    /// Vectors that have no infinite operands, as many as fill the chains.
    fn ordinary<F: LaneField>(&self) -> usize
    where
        B: Batch<F>,
    {
        (self.batch.len() - self.infinite.len()) / CHAINS * CHAINS
    }

    /// The first pass: so many vectors are ordinary, the others go the careful way.
    fn products<F: LaneField>(
        &self,
        f: F,
        slots: &Slots<F::E>,
        ordinary: usize,
        steps: &mut [Step<F::E>],
        first_xs: &mut [F::E],
    ) -> [F::E; CHAINS]
    where
        B: Batch<F>,
    {
        let mut products = [f.one(); CHAINS];
        f.run(Products {
            f,
            batch: self.batch,
            slots: &slots.points,
            steps: &mut steps[..ordinary],
            first_xs,
            products: &mut products,
        });
        f.run(CarefulProducts {
            f,
            batch: self.batch,
            first: ordinary,
            infinite: self.infinite,
            slots: &slots.points,
            steps,
            product: &mut products[0],
        });
        products
    }

    /// The second pass, given the inverses of the products.
    #[allow(
        clippy::too_many_arguments,
        reason = "what the first pass has, and what it left"
    )]
    fn sums<F: LaneField>(
        &self,
        f: F,
        slots: &mut Slots<F::E>,
        ordinary: usize,
        steps: &[Step<F::E>],
        first_xs: &[F::E],
        mut inverses: [F::E; CHAINS],
        upcoming: &mut Upcoming<F::Stored>,
    ) where
        B: Batch<F>,
    {
        f.run(CarefulSums {
            f,
            batch: self.batch,
            first: ordinary,
            infinite: self.infinite,
            slots: &mut slots.points,
            infinite_slots: &mut slots.infinite,
            steps,
            inverse: &mut inverses[0],
        });
        f.run(Sums {
            f,
            batch: self.batch,
            slots: &mut slots.points,
            steps: &steps[..ordinary],
            first_xs,
            inverses,
            upcoming,
        });
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

    /// Adds up the vectors of two batches. Requires that no vector reads what another one writes, and that slots where
    /// no operand is infinite are not marked as infinity.
    pub fn add<A: Batch<F>, B: Batch<F>>(
        &mut self,
        slots: &mut Slots<F::E>,
        a: Part<A>,
        b: Part<B>,
        upcoming: &mut Upcoming<F::Stored>,
    ) {
        let zero = self.f.zero();
        let step = Step {
            product: zero,
            run: zero,
        };
        let len = a.batch.len() + b.batch.len();
        if self.steps.len() < len {
            self.steps.resize(len, step);
            self.first_xs.resize(len, zero);
        }
        let ordinary = [a.ordinary(), b.ordinary()];
        if !self.added(slots, a, b, ordinary, upcoming) {
            let done = self.added(slots, a, b, [0; 2], upcoming);
            debug_assert!(done, "what is careful has no zeros");
        }
    }

    /// Adds up the first so many vectors of both without care, if they have no two points with the same x.
    fn added<A: Batch<F>, B: Batch<F>>(
        &mut self,
        slots: &mut Slots<F::E>,
        a: Part<A>,
        b: Part<B>,
        ordinary: [usize; 2],
        upcoming: &mut Upcoming<F::Stored>,
    ) -> bool {
        let f = self.f;
        let (steps_a, steps_b) = self.steps.split_at_mut(a.batch.len());
        let (xs_a, xs_b) = self.first_xs.split_at_mut(a.batch.len());
        let products = [
            a.products(f, slots, ordinary[0], steps_a, xs_a),
            b.products(f, slots, ordinary[1], steps_b, xs_b),
        ];
        let Some([of_a, of_b]) = f.run(Inverses { f, products }) else {
            return false;
        };
        b.sums(f, slots, ordinary[1], steps_b, xs_b, of_b, upcoming);
        a.sums(f, slots, ordinary[0], steps_a, xs_a, of_a, upcoming);
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

/// The inverse of every lane of all products by one inversion; none if one of them is zero.
struct Inverses<F: LaneField> {
    f: F,
    products: [[F::E; CHAINS]; 2],
}

impl<F: LaneField> Kernel for Inverses<F> {
    type Output = Option<[[F::E; CHAINS]; 2]>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        let (f, [[a1, a2], [b1, b2]]) = (self.f, self.products);
        let (a, b) = (f.mul(a1, a2), f.mul(b1, b2));
        // Products of one lane, two, four and all eight.
        let one = f.mul(a, b);
        let others1 = f.rotate::<4>(one);
        let two = f.mul(one, others1);
        let others2 = f.rotate::<2>(two);
        let four = f.mul(two, others2);
        let others4 = f.rotate::<1>(four);
        let all = f.export(f.mul(four, others4))[0];
        let inverse = F::inverse(all)?;
        let of_one = f.mul(
            f.mul(f.import(&[inverse; 8]), others1),
            f.mul(others2, others4),
        );
        let (of_a, of_b) = (f.mul(of_one, b), f.mul(of_one, a));
        Some([
            [f.mul(of_a, a2), f.mul(of_a, a1)],
            [f.mul(of_b, b2), f.mul(of_b, b1)],
        ])
    }
}
