//! Affine additions in batches: many independent sums, one inversion.
//!
//! An addition is 6 multiplications and a little: 3 for its share of the inversion (Montgomery's
//! trick), λ = Δy/Δx, λ², λ·(x₁ − x₃); one of the six is a squaring. In lanes at L = 5 that is
//! 5·100 + 80 = 580 `vpmadd52` for eight additions: 72.5 cycles an addition at one a cycle.
//!
//! Any operands are right: equal points are doubled, opposite ones cancel, infinity is neutral.
//! Lanes where that happens are recognised by their x (canonical in memory), and only a vector that
//! has one pays for it.
//!
//! Points in memory: x < p canonical or [`LaneField::SENTINEL`] for infinity, y < 2p.

use ark_ec::short_weierstrass::Affine;
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};

use crate::curve::Curve;
use crate::field::LaneField;
use crate::lanes::Kernel;

/// An affine point in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Stored<T> {
    pub x: T,
    pub y: T,
}

/// Which point is added: index, sign and whether it is one of the batch's own results.
pub type Id = u32;
/// The point counts negatively.
pub const NEGATIVE: Id = 1 << 31;
/// The index is of the work space, not of the bases.
pub const LOCAL: Id = 1 << 30;
const INDEX: Id = LOCAL - 1;

/// Pairs are added in multiples of this many: eight lanes, [`CHAINS`] vectors.
pub const BATCH: usize = 8 * CHAINS;
/// Independent chains of products: the latency of one is hidden behind the others.
const CHAINS: usize = 2;
/// Vectors from the request of a point's memory to its use.
const PREFETCH_VECTORS: usize = 3;

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
    prefixes: Vec<F::E>,
}

impl<F: LaneField> Adder<F> {
    pub fn new(f: F) -> Self {
        Adder {
            f,
            prefixes: Vec::new(),
        }
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

    /// The points, those negated whose bit is set.
    pub fn negated(&self, points: [&Stored<F::Stored>; 8], mask: u8) -> [F::Stored; 8] {
        self.f.run(Negate {
            f: self.f,
            points,
            mask,
        })
    }

    /// `local[first_result + i]` = the sum of `pairs[i]`, whose points are of `bases` or of `local`
    /// below `first_result`. Requires a multiple of [`BATCH`] pairs.
    pub fn add(
        &mut self,
        bases: &[Stored<F::Stored>],
        local: &mut [Stored<F::Stored>],
        pairs: &[[Id; 2]],
        first_result: usize,
    ) {
        if pairs.is_empty() {
            return;
        }
        let f = self.f;
        self.prefixes.clear();
        self.prefixes.reserve(pairs.len() / 8);
        let products = f.run(Products {
            f,
            bases,
            local,
            pairs,
            prefixes: &mut self.prefixes,
        });
        let inverses = inverses(products);
        f.run(Sums {
            f,
            bases,
            local,
            pairs,
            first_result,
            prefixes: &self.prefixes,
            inverses,
        });
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
        self.coordinates.map(|c| self.f.store(self.f.import(&c)))
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
        [0, 1].map(|c| {
            self.f
                .export(self.f.load(self.padded.each_ref().map(|p| &p[c])))
        })
    }
}

struct Negate<'a, F: LaneField> {
    f: F,
    points: [&'a Stored<F::Stored>; 8],
    mask: u8,
}

impl<F: LaneField> Kernel for Negate<'_, F> {
    type Output = [F::Stored; 8];
    #[inline(always)]
    fn run(self) -> Self::Output {
        self.f.store(signed_y(self.f, self.points, self.mask))
    }
}

/// The inverse of every element, by one inversion. None is zero.
fn inverses<T: Field>(mut elements: [[T; 8]; CHAINS]) -> [[T; 8]; CHAINS] {
    let mut prefixes = [[T::ONE; 8]; CHAINS];
    let mut product = T::ONE;
    for (prefix, &e) in prefixes
        .as_flattened_mut()
        .iter_mut()
        .zip(elements.as_flattened())
    {
        *prefix = product;
        product *= e;
    }
    let mut inverse = product.inverse().unwrap_or(T::ZERO);
    for (e, prefix) in elements
        .as_flattened_mut()
        .iter_mut()
        .zip(prefixes.as_flattened())
        .rev()
    {
        let next = inverse * *e;
        *e = inverse * prefix;
        inverse = next;
    }
    elements
}

/// Where the points of an id are.
#[inline(always)]
fn point<'a, T>(bases: &'a [Stored<T>], local: &'a [Stored<T>], id: Id) -> &'a Stored<T> {
    let all = if id & LOCAL == 0 { bases } else { local };
    &all[(id & INDEX) as usize]
}

#[inline(always)]
fn signs(ids: [Id; 8]) -> u8 {
    let mut mask = 0;
    for (i, id) in ids.iter().enumerate() {
        mask |= (id >> 31) << i;
    }
    mask as u8
}

/// Eight pairs, points apart and ids apart.
#[inline(always)]
fn split(pairs: &[[Id; 2]]) -> [[Id; 8]; 2] {
    let pairs: &[[Id; 2]; 8] = pairs.first_chunk().expect("callers pass eight");
    [pairs.map(|p| p[0]), pairs.map(|p| p[1])]
}

/// What is not an addition of two points with different x.
#[derive(Clone, Copy)]
struct Exceptions {
    /// The first is infinity: the sum is the second.
    first_infinite: u8,
    /// The second is infinity: the sum is the first.
    second_infinite: u8,
    /// The points are equal.
    doubled: u8,
    /// The sum is infinity.
    cancelled: u8,
}

/// Eight pairs of points: x < p, y ≤ 2p.
struct Operands<E> {
    x1: E,
    y1: E,
    x2: E,
    y2: E,
}

#[inline(always)]
fn signed_y<F: LaneField>(f: F, points: [&Stored<F::Stored>; 8], negative: u8) -> F::E {
    let y = f.load(points.map(|p| &p.y));
    if negative == 0 {
        return y;
    }
    f.select(negative, f.sub(f.zero(), y, 2), y)
}

/// Sorts out a vector with exceptions: infinite operands become zero; Δx becomes what is invertible
/// in every lane, 2y₁ for a doubling.
#[inline(always)]
fn except<F: LaneField>(f: F, o: &mut Operands<F::E>) -> (Exceptions, F::E) {
    let first_infinite = f.is_sentinel(o.x1);
    let second_infinite = f.is_sentinel(o.x2);
    o.x1 = f.select(first_infinite, f.zero(), o.x1);
    o.x2 = f.select(second_infinite, f.zero(), o.x2);
    // 2p may stand for zero, thus twice.
    let y1 = f.reduce(f.reduce(o.y1, 1), 1);
    let y2 = f.reduce(f.reduce(o.y2, 1), 1);
    let infinite = first_infinite | second_infinite;
    let level = f.same(o.x1, o.x2) & !infinite;
    let doubled = level & f.same(y1, y2) & !f.same(y1, f.zero());
    let no_slope = infinite | (level & !doubled);
    let mut slope = f.sub(o.x2, o.x1, 1);
    slope = f.select(doubled, f.add(y1, y1), slope);
    slope = f.select(no_slope, f.one(), slope);
    let exceptions = Exceptions {
        first_infinite,
        second_infinite,
        doubled,
        cancelled: (level & !doubled) | (first_infinite & second_infinite),
    };
    (exceptions, slope)
}

/// First pass: the running product of all Δx, lane by lane and chain by chain.
struct Products<'a, F: LaneField> {
    f: F,
    bases: &'a [Stored<F::Stored>],
    local: &'a [Stored<F::Stored>],
    pairs: &'a [[Id; 2]],
    /// The product before each vector of its chain.
    prefixes: &'a mut Vec<F::E>,
}

impl<F: LaneField> Kernel for Products<'_, F> {
    type Output = [[F::Scalar; 8]; CHAINS];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let f = self.f;
        let mut products = [f.one(); CHAINS];
        let (vectors, _) = self.pairs.as_chunks::<8>();
        for (v, pairs) in vectors.chunks_exact(CHAINS).enumerate() {
            for (chain, pairs) in pairs.iter().enumerate() {
                let ahead = (v + PREFETCH_VECTORS) * CHAINS + chain;
                if let Some(pairs) = vectors.get(ahead) {
                    for &id in pairs.as_flattened() {
                        f.prefetch(point(self.bases, self.local, id));
                    }
                }
                let [first, second] = split(pairs);
                let first_points = first.map(|id| point(self.bases, self.local, id));
                let second_points = second.map(|id| point(self.bases, self.local, id));
                let x1 = f.load(first_points.map(|p| &p.x));
                let x2 = f.load(second_points.map(|p| &p.x));
                let exceptional = f.same(x1, x2) | f.is_sentinel(x1) | f.is_sentinel(x2);
                let slope = if exceptional == 0 {
                    f.sub(x2, x1, 1)
                } else {
                    let y1 = signed_y(f, first_points, signs(first));
                    let y2 = signed_y(f, second_points, signs(second));
                    except(f, &mut Operands { x1, y1, x2, y2 }).1
                };
                self.prefixes.push(products[chain]);
                products[chain] = f.mul(products[chain], slope);
            }
        }
        products.map(|p| f.export(p))
    }
}

/// Second pass, from the last vector to the first: the inverse of each Δx, and the sums.
struct Sums<'a, F: LaneField> {
    f: F,
    bases: &'a [Stored<F::Stored>],
    local: &'a mut [Stored<F::Stored>],
    pairs: &'a [[Id; 2]],
    first_result: usize,
    prefixes: &'a [F::E],
    inverses: [[F::Scalar; 8]; CHAINS],
}

impl<F: LaneField> Kernel for Sums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let f = self.f;
        let mut inverses = self.inverses.map(|e| f.import(&e));
        let (vectors, _) = self.pairs.as_chunks::<8>();
        for v in (0..vectors.len() / CHAINS).rev() {
            for chain in (0..CHAINS).rev() {
                let index = v * CHAINS + chain;
                let [first, second] = split(&vectors[index]);
                let first_points = first.map(|id| point(self.bases, self.local, id));
                let second_points = second.map(|id| point(self.bases, self.local, id));
                let mut o = Operands {
                    x1: f.load(first_points.map(|p| &p.x)),
                    y1: signed_y(f, first_points, signs(first)),
                    x2: f.load(second_points.map(|p| &p.x)),
                    y2: signed_y(f, second_points, signs(second)),
                };
                let exceptional = f.same(o.x1, o.x2) | f.is_sentinel(o.x1) | f.is_sentinel(o.x2);
                let results = self.first_result + index * 8;
                let sums = if exceptional == 0 {
                    let slope = f.sub(o.x2, o.x1, 1);
                    let rise = f.sub(o.y2, o.y1, 2);
                    let inverse = f.mul(inverses[chain], self.prefixes[index]);
                    inverses[chain] = f.mul(inverses[chain], slope);
                    let (x, y) = chord(f, &o, rise, inverse);
                    (f.store(x), f.store(y))
                } else {
                    let (e, slope) = except(f, &mut o);
                    let inverse = f.mul(inverses[chain], self.prefixes[index]);
                    inverses[chain] = f.mul(inverses[chain], slope);
                    exceptional_sums(f, &o, e, inverse)
                };
                let target = &mut self.local[results..results + 8];
                for (i, (x, y)) in sums.0.into_iter().zip(sums.1).enumerate() {
                    target[i] = Stored { x, y };
                }
            }
        }
    }
}

/// The third point of the line with slope `rise`·`inverse`, mirrored: x < p, y < 2p.
/// Requires rise ≤ 4p.
#[inline(always)]
fn chord<F: LaneField>(f: F, o: &Operands<F::E>, rise: F::E, inverse: F::E) -> (F::E, F::E) {
    let slope = f.mul(rise, inverse);
    // 2p − x₁ − x₂ ≤ 2p, thus x₃ < 7p/2 before its reductions.
    let minus_both = f.sub(f.zero(), f.add(o.x1, o.x2), 2);
    let x = f.square_add(slope, minus_both);
    let x = f.reduce(f.reduce(x, 2), 1);
    let y = f.mul_add(slope, f.sub(o.x1, x, 1), f.sub(f.zero(), o.y1, 2));
    (x, f.reduce(y, 2))
}

/// The sums of a vector with exceptions.
#[inline(always)]
fn exceptional_sums<F: LaneField>(
    f: F,
    o: &Operands<F::E>,
    e: Exceptions,
    inverse: F::E,
) -> ([F::Stored; 8], [F::Stored; 8]) {
    let square = f.square_add(o.x1, f.zero());
    let square = f.reduce(square, 1);
    let three_squares = f.add(square, f.add(square, square));
    let rise = f.select(e.doubled, three_squares, f.sub(o.y2, o.y1, 2));
    let (x, y) = chord(f, o, rise, inverse);
    let x = f.select(e.first_infinite, o.x2, f.select(e.second_infinite, o.x1, x));
    let y = f.select(e.first_infinite, o.y2, f.select(e.second_infinite, o.y1, y));
    let (mut xs, mut ys) = (f.store(x), f.store(y));
    for i in (0..8).filter(|i| e.cancelled >> i & 1 == 1) {
        xs[i] = F::SENTINEL;
        ys[i] = F::STORED_ZERO;
    }
    (xs, ys)
}
