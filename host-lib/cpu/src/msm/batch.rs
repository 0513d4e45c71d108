//! Affine additions in batches: many independent sums, one inversion.
//!
//! An addition is 6 multiplications and a little: 3 for its share of the inversion (Montgomery's
//! trick), λ = Δy/Δx, λ², λ·(x₁ − x₃); one of the six is a squaring. In lanes at L = 5 that is
//! 5·100 + 80 = 580 `vpmadd52` for eight additions: 72.5 cycles an addition at one a cycle.
//!
//! Any operands are right. Vectors of which it is known that an operand is infinity go a way of their own
//! ([`careful`](super::careful)), behind the others. That points have the same x shows in the product of all Δx: it is zero, and
//! the whole batch is done again with care.
//!
//! Points in memory: x < p canonical or [`LaneField::SENTINEL`] for infinity, y ≤ 2p.

use ark_ec::short_weierstrass::Affine;
use ark_ec::AffineRepr;
use ark_ff::AdditiveGroup;

use super::additions::{Batch, OfBases, Products, Step, Sums};
use super::careful::{CarefulProducts, CarefulSums, Infinite};
use super::sums::{Id, NEGATIVE};
use crate::curve::Curve;
use crate::field::LaneField;
use crate::lanes::{eight, Kernel};

/// An affine point in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Stored<T> {
    pub x: T,
    pub y: T,
}

/// Eight points side by side: x and y at most 2p.
#[derive(Clone, Copy)]
pub struct Eight<E> {
    pub x: E,
    pub y: E,
}

/// Two points, by their ids: the first in the lower half.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Pair(pub u64);

impl Pair {
    #[inline(always)]
    pub fn new(first: u32, second: u32) -> Self {
        Pair(u64::from(first) | u64::from(second) << 32)
    }
    #[inline(always)]
    pub fn first(self) -> u32 {
        self.0 as u32
    }
    #[inline(always)]
    pub fn second(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// Independent chains of products.
pub const CHAINS: usize = 2;

/// The point at infinity.
pub fn infinity<F: LaneField>() -> Stored<F::Stored> {
    Stored {
        x: F::SENTINEL,
        y: F::STORED_ZERO,
    }
}

/// Points that will be wanted next: asked for while there is something to compute.
#[derive(Clone, Copy)]
pub struct Upcoming<'a, T> {
    pub bases: &'a [Stored<T>],
    pub pairs: &'a [Pair],
}

impl<T> Upcoming<'_, T> {
    /// Asks for the next `count` pairs.
    #[inline(always)]
    pub fn request<F: LaneField>(&mut self, f: F, count: usize) {
        let base = |id: Id| &self.bases[(id & !NEGATIVE) as usize];
        let mut i = 0;
        let end = self.pairs.len().min(count);
        while i < end {
            f.prefetch(base(self.pairs[i].first()));
            f.prefetch(base(self.pairs[i].second()));
            i += 1;
        }
        self.pairs = &self.pairs[end..];
    }
}

/// Where sums go.
pub struct Slots<E> {
    pub points: Vec<Eight<E>>,
    /// Of each of them, the lanes that are infinity.
    pub infinite: Vec<u8>,
}

impl<E: Copy> Slots<E> {
    /// Makes sure of so many slots, none of which is known to be infinite.
    pub fn start<F: LaneField<E = E>>(&mut self, f: F, count: usize) {
        if self.points.len() < count {
            let zero = f.zero();
            self.points.resize(count, Eight { x: zero, y: zero });
        }
        self.infinite.clear();
        self.infinite.resize(count, 0);
    }
}

/// The adder: work space that lives across batches.
pub struct Adder<F: LaneField> {
    f: F,
    steps: Vec<Step<F::E>>,
    kept: Vec<F::E>,
    every: Vec<Infinite>,
}

impl<F: LaneField> Adder<F> {
    pub fn new(f: F) -> Self {
        Adder {
            f,
            steps: Vec::new(),
            kept: Vec::new(),
            every: Vec::new(),
        }
    }

    pub fn field(&self) -> F {
        self.f
    }

    /// Up to eight points as they are kept in memory.
    pub fn stored<C: Curve<BaseField = F::Scalar>>(
        &self,
        points: &[Affine<C>],
    ) -> [Stored<F::Stored>; 8] {
        let mut coordinates = [[F::Scalar::ZERO; 8]; 2];
        let mut infinite = [true; 8];
        for (i, (x, y)) in points
            .iter()
            .enumerate()
            .filter_map(|(i, p)| Some((i, p.xy()?)))
        {
            coordinates[0][i] = x;
            coordinates[1][i] = y;
            infinite[i] = false;
        }
        let [xs, ys] = self.f.run(Import {
            f: self.f,
            coordinates,
        });
        core::array::from_fn(|i| match infinite[i] {
            true => infinity::<F>(),
            false => Stored { x: xs[i], y: ys[i] },
        })
    }

    /// Points in memory as arkworks has them.
    pub fn affine<C: Curve<BaseField = F::Scalar>>(
        &self,
        points: &[Stored<F::Stored>],
    ) -> Vec<Affine<C>> {
        let mut affine = Vec::with_capacity(points.len());
        for points in points.chunks(8) {
            let padded = core::array::from_fn(|i| match points.get(i) {
                Some(p) if p.x != F::SENTINEL => [p.x, p.y],
                _ => [F::STORED_ZERO; 2],
            });
            let [xs, ys] = self.f.run(Export { f: self.f, padded });
            affine.extend(
                points
                    .iter()
                    .enumerate()
                    .map(|(i, p)| match p.x == F::SENTINEL {
                        true => Affine::identity(),
                        false => Affine::new_unchecked(xs[i], ys[i]),
                    }),
            );
        }
        affine
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
        self.every.clear();
        self.every.resize(batch.len() - infinite.len(), [0; 2]);
        self.every.extend_from_slice(infinite);
        let step = Step {
            product: self.f.zero(),
            run: self.f.zero(),
        };
        if self.steps.len() < batch.len() {
            self.steps.resize(batch.len(), step);
            self.kept.resize(batch.len(), step.run);
        }
        if !self.done(slots, batch, ordinary, upcoming) {
            self.done(slots, batch, 0, upcoming);
        }
    }

    /// Whether that was possible with so many vectors added without care.
    fn done<B: Batch<F>>(
        &mut self,
        slots: &mut Slots<F::E>,
        batch: B,
        ordinary: usize,
        upcoming: &mut Upcoming<F::Stored>,
    ) -> bool {
        let f = self.f;
        let mut products = [f.one(); CHAINS];
        f.run(Products {
            f,
            batch,
            slots: &slots.points,
            steps: &mut self.steps[..ordinary],
            kept: &mut self.kept,
            products: &mut products,
        });
        let infinite = &self.every[ordinary..];
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
            kept: &self.kept,
            inverses,
            upcoming,
        });
        true
    }

    /// The first operands of every vector, into its slot; in the lanes given they are infinity.
    pub fn gather(&self, slots: &mut Slots<F::E>, batch: OfBases<F>, infinite: &[u8]) {
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

    /// The points of a slot as they are kept in memory.
    pub fn settled(&self, slots: &Slots<F::E>, slot: usize) -> [Stored<F::Stored>; 8] {
        let f = self.f;
        let [xs, ys] = f.run(Settled {
            f,
            points: &slots.points[slot],
        });
        core::array::from_fn(|lane| match slots.infinite[slot] >> lane & 1 {
            0 => Stored {
                x: xs[lane],
                y: ys[lane],
            },
            _ => infinity::<F>(),
        })
    }
}

struct Gather<'a, F: LaneField> {
    f: F,
    batch: OfBases<'a, F>,
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
            self.slots[self.batch.place(k)] = Eight { x, y: f.tighten(y) };
            k += 1;
        }
    }
}

/// Eight points as they are kept in memory.
struct Settled<'a, F: LaneField> {
    f: F,
    points: &'a Eight<F::E>,
}

impl<F: LaneField> Kernel for Settled<'_, F> {
    type Output = [[F::Stored; 8]; 2];
    #[inline(always)]
    fn run(self) -> Self::Output {
        let f = self.f;
        // 2p may stand for zero, thus twice.
        let x = f.reduce(f.reduce(self.points.x, 1), 1);
        [f.store(x), f.store(self.points.y)]
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
        let eight = f.mul(four, others4);
        let others8 = f.rotate::<1>(eight);
        let all = f.export(f.mul(eight, others8))[0];
        let inverse = F::inverse(all)?;
        let of_two = f.mul(
            f.mul(f.import(&[inverse; 8]), others2),
            f.mul(others4, others8),
        );
        Some([f.mul(of_two, second), f.mul(of_two, first)])
    }
}

struct Import<F: LaneField> {
    f: F,
    coordinates: [[F::Scalar; 8]; 2],
}

impl<F: LaneField> Kernel for Import<F> {
    type Output = [[F::Stored; 8]; 2];
    #[inline(always)]
    fn run(self) -> Self::Output {
        let (f, [xs, ys]) = (self.f, &self.coordinates);
        [f.store(f.import(xs)), f.store(f.import(ys))]
    }
}

struct Export<F: LaneField> {
    f: F,
    padded: [[F::Stored; 2]; 8],
}

impl<F: LaneField> Kernel for Export<F> {
    type Output = [[F::Scalar; 8]; 2];
    #[inline(always)]
    fn run(self) -> Self::Output {
        let (f, rows) = (self.f, &self.padded);
        [
            f.export(f.load(eight!(i => &rows[i][0]))),
            f.export(f.load(eight!(i => &rows[i][1]))),
        ]
    }
}
