//! Affine additions in batches: many independent sums, one inversion.
//!
//! An addition is 6 multiplications and a little: 3 for its share of the inversion (Montgomery's
//! trick), λ = Δy/Δx, λ², λ·(x₁ − x₃); one of the six is a squaring. In lanes at L = 5 that is
//! 5·100 + 80 = 580 `vpmadd52` for eight additions: 72.5 cycles an addition at one a cycle.
//!
//! Any operands are right: equal points are doubled, opposite ones cancel, infinity is neutral.
//! Lanes where that happens are recognised by their x (canonical in memory), and only vectors that have
//! one, and those worked on with them, pay for it.
//!
//! Points in memory: x < p canonical or [`LaneField::SENTINEL`] for infinity, y ≤ 2p.

use ark_ec::short_weierstrass::Affine;
use ark_ec::AffineRepr;
use ark_ff::AdditiveGroup;

use super::additions::{Products, Sums, Upcoming};
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

/// Two points of a batch, by their positions: the first in the lower half.
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

/// Pairs are added in multiples of this many: eight lanes, [`CHAINS`] vectors.
pub const BATCH: usize = 8 * CHAINS;
/// Independent chains of products.
pub const CHAINS: usize = 2;

/// The point at infinity.
pub fn infinity<F: LaneField>() -> Stored<F::Stored> {
    Stored {
        x: F::SENTINEL,
        y: F::STORED_ZERO,
    }
}

/// The adder: work space that lives across batches.
pub struct Adder<F: LaneField> {
    f: F,
    prefixes: Vec<[F::E; CHAINS]>,
}

impl<F: LaneField> Adder<F> {
    pub fn new(f: F) -> Self {
        Adder {
            f,
            prefixes: Vec::new(),
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

    /// Adds up pairs of `upcoming`'s bases, by their ids, into slots from `first_slot` on; or, unless `OF_BASES`, of
    /// slots, each pair into its first. Requires a multiple of [`BATCH`] pairs, and each slot in one of them only.
    pub fn add<const OF_BASES: bool>(
        &mut self,
        slots: &mut [Stored<F::Stored>],
        first_slot: usize,
        pairs: &[Pair],
        upcoming: &mut Upcoming<F::Stored>,
    ) {
        if pairs.is_empty() {
            return;
        }
        let f = self.f;
        let groups = pairs.as_chunks::<8>().0.as_chunks::<CHAINS>().0;
        if self.prefixes.len() < groups.len() {
            self.prefixes.resize(groups.len(), [f.zero(); CHAINS]);
        }
        let prefixes = &mut self.prefixes[..groups.len()];
        let products = f.run(Products::<F, OF_BASES> {
            f,
            points: if OF_BASES { upcoming.bases } else { slots },
            groups,
            prefixes,
        });
        let inverses = f.run(Inverses { f, products });
        f.run(Sums::<F, OF_BASES> {
            f,
            slots,
            first_slot,
            upcoming,
            groups,
            prefixes,
            inverses,
        });
    }
}

/// The inverse of every lane of both products, none of which is zero, by one inversion.
struct Inverses<F: LaneField> {
    f: F,
    products: [F::E; CHAINS],
}

impl<F: LaneField> Kernel for Inverses<F> {
    type Output = [F::E; CHAINS];
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
        let inverse = F::inverse(all).unwrap_or(F::Scalar::ZERO);
        let of_two = f.mul(
            f.mul(f.import(&[inverse; 8]), others2),
            f.mul(others4, others8),
        );
        [f.mul(of_two, second), f.mul(of_two, first)]
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
