//! The two passes of a batch of additions.
//!
//! A vector takes about a thousand instructions, most of which wait for one before. Where two vectors' worth
//! fits the instruction caches, two are worked on stage by stage ([`LaneField::AT_ONCE`]). Vectors with an
//! exception (an operand is infinity, or both have the same x) are left to functions of their own, so that
//! the passes hold nothing but the ordinary case.

use super::batch::{Pair, Stored, CHAINS};
use super::sums::{Id, NEGATIVE};
use crate::field::LaneField;
use crate::lanes::{eight, Kernel};

/// What is done to all chains that are worked on at once, stage by stage.
macro_rules! chains {
    ($f:ident, $c:ident => $done:expr) => {{
        let first = {
            let $c = 0;
            $done
        };
        let second = if $f::AT_ONCE == 2 {
            let $c = 1;
            Some($done)
        } else {
            None
        };
        Chains(first, second)
    }};
}

/// A value of every chain that is worked on.
struct Chains<T>(T, Option<T>);

impl<T> Chains<T> {
    #[inline(always)]
    fn put(self, all: &mut [T]) {
        all[0] = self.0;
        if let Some(second) = self.1 {
            all[1] = second;
        }
    }
}

impl<T> core::ops::Index<usize> for Chains<T> {
    type Output = T;
    #[inline(always)]
    fn index(&self, chain: usize) -> &T {
        match (chain, &self.1) {
            (1, Some(second)) => second,
            _ => &self.0,
        }
    }
}

/// Where the operands of a batch are. `OF_BASES`: positions are ids of bases, with a sign.
struct Operands<'a, F: LaneField, const OF_BASES: bool> {
    f: F,
    points: &'a [Stored<F::Stored>],
    pairs: &'a [Pair; 8],
}

/// Eight pairs of points: x < p, y from 0 to 2p, loose.
#[derive(Clone, Copy)]
struct Points<E> {
    x1: E,
    y1: E,
    x2: E,
    y2: E,
}

impl<F: LaneField, const OF_BASES: bool> Operands<'_, F, OF_BASES> {
    #[inline(always)]
    fn point(&self, id: u32) -> &Stored<F::Stored> {
        &self.points[if OF_BASES { id & !NEGATIVE } else { id } as usize]
    }

    /// x₁ and x₂.
    #[inline(always)]
    fn xs(&self) -> [F::E; 2] {
        let (f, pairs) = (self.f, self.pairs);
        [
            f.load(eight!(i => &self.point(pairs[i].first()).x)),
            f.load(eight!(i => &self.point(pairs[i].second()).x)),
        ]
    }

    #[inline(always)]
    fn load(&self) -> Points<F::E> {
        let (f, pairs) = (self.f, self.pairs);
        let [x1, x2] = self.xs();
        let mut y1 = f.load(eight!(i => &self.point(pairs[i].first()).y));
        let mut y2 = f.load(eight!(i => &self.point(pairs[i].second()).y));
        if OF_BASES {
            let [first, second] = f.tops(&eight!(i => pairs[i].0));
            y1 = f.select(first, f.loose_sub(f.zero(), y1, 2), y1);
            y2 = f.select(second, f.loose_sub(f.zero(), y2, 2), y2);
        }
        Points { x1, y1, x2, y2 }
    }
}

/// Points that will be wanted next: asked for while there is something to compute.
#[derive(Clone, Copy)]
pub struct Upcoming<'a, T> {
    pub bases: &'a [Stored<T>],
    pub ids: &'a [Id],
}

impl<T> Upcoming<'_, T> {
    /// Asks for the next `count` points.
    #[inline(always)]
    pub fn request<F: LaneField>(&mut self, f: F, count: usize) {
        let mut i = 0;
        let end = self.ids.len().min(count);
        while i < end {
            f.prefetch(&self.bases[(self.ids[i] & !NEGATIVE) as usize]);
            i += 1;
        }
        self.ids = &self.ids[end..];
    }
}

/// First pass: the running product of all Δx, lane by lane and chain by chain.
pub struct Products<'a, F: LaneField, const OF_BASES: bool> {
    pub f: F,
    pub points: &'a [Stored<F::Stored>],
    pub groups: &'a [[[Pair; 8]; CHAINS]],
    /// The product before each vector of its chain.
    pub prefixes: &'a mut [[F::E; CHAINS]],
}

impl<F: LaneField, const OF_BASES: bool> Kernel for Products<'_, F, OF_BASES> {
    type Output = [F::E; CHAINS];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let (f, points) = (self.f, self.points);
        let mut products = [f.one(); CHAINS];
        let mut g = 0;
        while g < self.groups.len() {
            self.prefixes[g] = products;
            let mut k = 0;
            while k < CHAINS {
                let slopes = chains!(F, c => {
                    let pairs = &self.groups[g][k + c];
                    let operands = Operands::<F, OF_BASES> { f, points, pairs };
                    let [x1, x2] = operands.xs();
                    if f.alike(x1, x2) == 0 {
                        f.sub(x2, x1, 1)
                    } else {
                        exceptional_slope(operands)
                    }
                });
                chains!(F, c => f.mul(products[k + c], slopes[c])).put(&mut products[k..]);
                k += F::AT_ONCE;
            }
            g += 1;
        }
        products
    }
}

/// Second pass, from the last vector to the first: the inverse of each Δx, and the sums. Those of bases
/// go to slots from `first_slot` on, those of slots to the first of either pair.
pub struct Sums<'a, 'b, F: LaneField, const OF_BASES: bool> {
    pub f: F,
    pub slots: &'a mut [Stored<F::Stored>],
    pub first_slot: usize,
    pub upcoming: &'a mut Upcoming<'b, F::Stored>,
    pub groups: &'a [[[Pair; 8]; CHAINS]],
    pub prefixes: &'a [[F::E; CHAINS]],
    pub inverses: [F::E; CHAINS],
}

impl<F: LaneField, const OF_BASES: bool> Sums<'_, '_, F, OF_BASES> {
    #[inline(always)]
    fn operands<'a>(&'a self, pairs: &'a [Pair; 8]) -> Operands<'a, F, OF_BASES> {
        Operands {
            f: self.f,
            points: if OF_BASES {
                self.upcoming.bases
            } else {
                self.slots
            },
            pairs,
        }
    }

    #[inline(always)]
    fn store(&mut self, g: usize, chain: usize, [xs, ys]: &[[F::Stored; 8]; 2]) {
        let pairs = &self.groups[g][chain];
        if OF_BASES {
            let first = self.first_slot + (g * CHAINS + chain) * 8;
            let slots = &mut self.slots[first..first + 8];
            let mut i = 0;
            while i < 8 {
                (slots[i].x, slots[i].y) = (xs[i], ys[i]);
                i += 1;
            }
        } else {
            let mut i = 0;
            while i < 8 {
                let slot = &mut self.slots[pairs[i].first() as usize];
                (slot.x, slot.y) = (xs[i], ys[i]);
                i += 1;
            }
        }
    }

    /// Asks for some of the points that come next: few at a time, as requests that have nowhere to wait are
    /// dropped by the CPU. It happens six times a vector, for twelve points: eight would do if there were no
    /// ranges with fewer additions than points.
    #[inline(always)]
    fn request(&mut self) {
        self.upcoming.request(self.f, 2 * F::AT_ONCE);
    }
}

impl<F: LaneField, const OF_BASES: bool> Kernel for Sums<'_, '_, F, OF_BASES> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let f = self.f;
        let mut g = self.groups.len();
        while g > 0 {
            g -= 1;
            let (group, prefixes) = (&self.groups[g], &self.prefixes[g]);
            let mut k = 0;
            while k < CHAINS {
                self.request();
                let mut exceptions = 0;
                let o = chains!(F, c => {
                    let o = self.operands(&group[k + c]).load();
                    exceptions |= f.alike(o.x1, o.x2);
                    o
                });
                if exceptions == 0 {
                    let invert = chains!(F, c => f.mul(self.inverses[k + c], prefixes[k + c]));
                    self.request();
                    chains!(F, c => f.mul(self.inverses[k + c], f.sub(o[c].x2, o[c].x1, 1)))
                        .put(&mut self.inverses[k..]);
                    self.request();
                    let slopes = chains!(F, c => f.mul(f.sub(o[c].y2, o[c].y1, 2), invert[c]));
                    self.request();
                    let xs = chains!(F, c => third_x(f, &o[c], slopes[c]));
                    self.request();
                    let ys = chains!(F, c => third_y(f, &o[c], slopes[c], xs[c]));
                    self.request();
                    let mut c = 0;
                    while c < F::AT_ONCE {
                        self.store(g, k + c, &[f.store(xs[c]), f.store(ys[c])]);
                        c += 1;
                    }
                } else {
                    let mut c = 0;
                    while c < F::AT_ONCE {
                        let mut inverse = self.inverses[k + c];
                        let sum = exceptional_sum(
                            self.operands(&group[k + c]),
                            &prefixes[k + c],
                            &mut inverse,
                        );
                        self.inverses[k + c] = inverse;
                        self.store(g, k + c, &sum);
                        c += 1;
                    }
                }
                k += F::AT_ONCE;
            }
        }
    }
}

/// x of the third point of the line with this slope: < p.
#[inline(always)]
fn third_x<F: LaneField>(f: F, o: &Points<F::E>, slope: F::E) -> F::E {
    // 2p − x₁ − x₂ ≤ 2p, thus less than 15p/4 before its reductions.
    let minus_both = f.loose_sub(f.loose_sub(f.zero(), o.x1, 1), o.x2, 1);
    let x = f.square_add(slope, minus_both);
    f.reduce(f.reduce(x, 2), 1)
}

/// y of the mirrored third point: < 2p.
#[inline(always)]
fn third_y<F: LaneField>(f: F, o: &Points<F::E>, slope: F::E, x: F::E) -> F::E {
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
fn sort_out<F: LaneField>(f: F, o: &mut Points<F::E>) -> (Exceptions, F::E) {
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

struct ExceptionalSlope<'a, F: LaneField, const OF_BASES: bool>(Operands<'a, F, OF_BASES>);

impl<F: LaneField, const OF_BASES: bool> Kernel for ExceptionalSlope<'_, F, OF_BASES> {
    type Output = F::E;
    #[inline(always)]
    fn run(self) -> F::E {
        sort_out(self.0.f, &mut self.0.load()).1
    }
}

#[cold]
#[inline(never)]
fn exceptional_slope<F: LaneField, const OF_BASES: bool>(
    operands: Operands<'_, F, OF_BASES>,
) -> F::E {
    operands.f.run(ExceptionalSlope(operands))
}

/// The second pass for a vector that has exceptions.
struct ExceptionalSum<'a, F: LaneField, const OF_BASES: bool> {
    operands: Operands<'a, F, OF_BASES>,
    prefix: &'a F::E,
    inverse: &'a mut F::E,
}

impl<F: LaneField, const OF_BASES: bool> Kernel for ExceptionalSum<'_, F, OF_BASES> {
    type Output = [[F::Stored; 8]; 2];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let f = self.operands.f;
        let mut o = self.operands.load();
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
        let [mut xs, mut ys] = [f.store(x), f.store(y)];
        for i in (0..8).filter(|i| e.cancelled >> i & 1 == 1) {
            (xs[i], ys[i]) = (F::SENTINEL, F::STORED_ZERO);
        }
        [xs, ys]
    }
}

#[cold]
#[inline(never)]
fn exceptional_sum<F: LaneField, const OF_BASES: bool>(
    operands: Operands<'_, F, OF_BASES>,
    prefix: &F::E,
    inverse: &mut F::E,
) -> [[F::Stored; 8]; 2] {
    operands.f.run(ExceptionalSum {
        operands,
        prefix,
        inverse,
    })
}
