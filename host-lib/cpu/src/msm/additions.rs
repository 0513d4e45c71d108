//! The two passes of a batch of additions.
//!
//! Both work on [`CHAINS`] vectors at a time, stage by stage: what one waits for is hidden behind the
//! other. Vectors with an exception (an operand is infinity, or both have the same x) are left to
//! functions of their own, so that the passes hold nothing but the ordinary case.

use super::batch::{Pair, Stored, CHAINS};
use super::sums::{Id, NEGATIVE};
use crate::field::LaneField;
use crate::lanes::{eight, literal, Kernel};

/// What is done to both chains, written out.
macro_rules! both {
    ($chain:ident => $done:expr) => {
        literal!($chain => $done; 0 1)
    };
}

/// Eight pairs of points: x < p, y from 0 to 2p with its sign, loose.
#[derive(Clone, Copy)]
struct Operands<E> {
    x1: E,
    y1: E,
    x2: E,
    y2: E,
}

#[inline(always)]
fn load_x<F: LaneField>(
    f: F,
    points: &[Stored<F::Stored>],
    pairs: &[Pair; 8],
    which: usize,
) -> F::E {
    f.load(eight!(i => &points[pairs[i][which] as usize].x))
}

#[inline(always)]
fn load_y<F: LaneField>(
    f: F,
    points: &[Stored<F::Stored>],
    pairs: &[Pair; 8],
    which: usize,
) -> F::E {
    f.load_signed(eight!(i => &points[pairs[i][which] as usize].y))
}

#[inline(always)]
fn operands<F: LaneField>(f: F, points: &[Stored<F::Stored>], pairs: &[Pair; 8]) -> Operands<F::E> {
    Operands {
        x1: load_x(f, points, pairs, 0),
        y1: load_y(f, points, pairs, 0),
        x2: load_x(f, points, pairs, 1),
        y2: load_y(f, points, pairs, 1),
    }
}

/// Lanes whose addition is not that of two points with different x.
#[inline(always)]
fn exceptional<F: LaneField>(f: F, x1: F::E, x2: F::E) -> u8 {
    f.same(x1, x2) | f.is_sentinel(x1) | f.is_sentinel(x2)
}

/// Points that will be wanted next: asked for while there is something to compute.
#[derive(Clone, Copy)]
pub struct Upcoming<'a, T> {
    pub bases: &'a [Stored<T>],
    pub ids: &'a [Id],
}

impl<T> Upcoming<'_, T> {
    /// Asks for as many points as half a group of a first round has.
    #[inline(always)]
    fn request<F: LaneField>(self, f: F, half_group: usize) {
        let mut i = half_group * 8 * CHAINS;
        let end = self.ids.len().min(i + 8 * CHAINS);
        while i < end {
            f.prefetch(&self.bases[(self.ids[i] & !NEGATIVE) as usize]);
            i += 1;
        }
    }
}

/// First pass: the running product of all Δx, lane by lane and chain by chain.
pub struct Products<'a, F: LaneField> {
    pub f: F,
    pub points: &'a [Stored<F::Stored>],
    pub groups: &'a [[[Pair; 8]; CHAINS]],
    /// The product before each vector of its chain.
    pub prefixes: &'a mut [[F::E; CHAINS]],
}

impl<F: LaneField> Kernel for Products<'_, F> {
    type Output = [[F::Scalar; 8]; CHAINS];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let (f, points) = (self.f, self.points);
        let mut products = [f.one(); CHAINS];
        let mut g = 0;
        while g < self.groups.len() {
            let slopes = both!(chain => {
                let pairs = &self.groups[g][chain];
                let x1 = load_x(f, points, pairs, 0);
                let x2 = load_x(f, points, pairs, 1);
                if exceptional(f, x1, x2) == 0 {
                    f.sub(x2, x1, 1)
                } else {
                    exceptional_slope(f, points, pairs)
                }
            });
            self.prefixes[g] = products;
            products = both!(chain => f.mul(products[chain], slopes[chain]));
            g += 1;
        }
        both!(chain => f.export(products[chain]))
    }
}

/// Second pass, from the last vector to the first: the inverse of each Δx, and the sums.
pub struct Sums<'a, F: LaneField> {
    pub f: F,
    pub points: &'a mut [Stored<F::Stored>],
    pub groups: &'a [[[Pair; 8]; CHAINS]],
    pub prefixes: &'a [[F::E; CHAINS]],
    pub inverses: [[F::Scalar; 8]; CHAINS],
    pub upcoming: Upcoming<'a, F::Stored>,
}

impl<F: LaneField> Kernel for Sums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (f, points) = (self.f, self.points);
        let mut inverses = both!(c => f.import(&self.inverses[c]));
        let mut g = self.groups.len();
        while g > 0 {
            g -= 1;
            let (group, prefixes) = (&self.groups[g], &self.prefixes[g]);
            let mut exceptions = 0;
            let o = both!(chain => {
                let o = operands(f, points, &group[chain]);
                exceptions |= exceptional(f, o.x1, o.x2);
                o
            });
            if exceptions != 0 {
                exceptional_sums(f, points, group, prefixes, &mut inverses);
                continue;
            }
            let invert = both!(c => f.mul(inverses[c], prefixes[c]));
            inverses = both!(c => f.mul(inverses[c], f.sub(o[c].x2, o[c].x1, 1)));
            self.upcoming.request(f, 2 * (self.groups.len() - g) - 2);
            let slopes = both!(c => f.mul(f.sub(o[c].y2, o[c].y1, 2), invert[c]));
            let xs = both!(c => third_x(f, &o[c], slopes[c]));
            let ys = both!(c => third_y(f, &o[c], slopes[c], xs[c]));
            self.upcoming.request(f, 2 * (self.groups.len() - g) - 1);
            let sums = both!(c => (f.store(xs[c]), f.store(ys[c])));
            let mut i = 0;
            while i < 8 {
                let (x, y) = (sums[0].0[i], sums[0].1[i]);
                points[group[0][i][0] as usize] = Stored { x, y };
                let (x, y) = (sums[1].0[i], sums[1].1[i]);
                points[group[1][i][0] as usize] = Stored { x, y };
                i += 1;
            }
        }
    }
}

/// x of the third point of the line with this slope: < p.
#[inline(always)]
fn third_x<F: LaneField>(f: F, o: &Operands<F::E>, slope: F::E) -> F::E {
    // 2p − x₁ − x₂ ≤ 2p, thus less than 15p/4 before its reductions.
    let minus_both = f.loose_sub(f.loose_sub(f.zero(), o.x1, 1), o.x2, 1);
    let x = f.square_add(slope, minus_both);
    f.reduce(f.reduce(x, 2), 1)
}

/// y of the mirrored third point: < 2p.
#[inline(always)]
fn third_y<F: LaneField>(f: F, o: &Operands<F::E>, slope: F::E, x: F::E) -> F::E {
    let minus_y1 = f.loose_sub(f.zero(), o.y1, 2);
    f.reduce(f.mul_add(slope, f.sub(o.x1, x, 1), minus_y1), 2)
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

/// Sorts out a vector with exceptions: infinite operands become zero; Δx becomes what is invertible
/// in every lane, 2y₁ for a doubling.
#[inline(always)]
fn sort_out<F: LaneField>(f: F, o: &mut Operands<F::E>) -> (Exceptions, F::E) {
    let first_infinite = f.is_sentinel(o.x1);
    let second_infinite = f.is_sentinel(o.x2);
    o.x1 = f.select(first_infinite, f.zero(), o.x1);
    o.x2 = f.select(second_infinite, f.zero(), o.x2);
    o.y1 = f.tighten(o.y1);
    o.y2 = f.tighten(o.y2);
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

struct ExceptionalSlope<'a, F: LaneField> {
    f: F,
    points: &'a [Stored<F::Stored>],
    pairs: &'a [Pair; 8],
}

impl<F: LaneField> Kernel for ExceptionalSlope<'_, F> {
    type Output = F::E;
    #[inline(always)]
    fn run(self) -> F::E {
        sort_out(self.f, &mut operands(self.f, self.points, self.pairs)).1
    }
}

#[cold]
#[inline(never)]
fn exceptional_slope<F: LaneField>(f: F, points: &[Stored<F::Stored>], pairs: &[Pair; 8]) -> F::E {
    f.run(ExceptionalSlope { f, points, pairs })
}

/// The second pass for a vector that has exceptions.
struct ExceptionalSums<'a, F: LaneField> {
    f: F,
    points: &'a mut [Stored<F::Stored>],
    pairs: &'a [Pair; 8],
    prefix: &'a F::E,
    inverse: &'a mut F::E,
}

impl<F: LaneField> Kernel for ExceptionalSums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let f = self.f;
        let mut o = operands(f, self.points, self.pairs);
        let (e, run) = sort_out(f, &mut o);
        let inverse = f.mul(*self.inverse, *self.prefix);
        *self.inverse = f.mul(*self.inverse, run);
        let square = f.reduce(f.square_add(o.x1, f.zero()), 1);
        let three_squares = f.add(square, f.add(square, square));
        let rise = f.select(e.doubled, three_squares, f.sub(o.y2, o.y1, 2));
        let slope = f.mul(rise, inverse);
        let x = third_x(f, &o, slope);
        let y = third_y(f, &o, slope, x);
        let x = f.select(e.first_infinite, o.x2, f.select(e.second_infinite, o.x1, x));
        let y = f.select(e.first_infinite, o.y2, f.select(e.second_infinite, o.y1, y));
        let (xs, ys) = (f.store(x), f.store(y));
        for (i, pair) in self.pairs.iter().enumerate() {
            self.points[pair[0] as usize] = match e.cancelled >> i & 1 {
                0 => Stored { x: xs[i], y: ys[i] },
                _ => super::infinity::<F>(),
            };
        }
    }
}

#[cold]
#[inline(never)]
fn exceptional_sums<F: LaneField>(
    f: F,
    points: &mut [Stored<F::Stored>],
    group: &[[Pair; 8]; CHAINS],
    prefixes: &[F::E; CHAINS],
    inverses: &mut [F::E; CHAINS],
) {
    for ((pairs, prefix), inverse) in group.iter().zip(prefixes).zip(inverses) {
        f.run(ExceptionalSums {
            f,
            points,
            pairs,
            prefix,
            inverse,
        });
    }
}
