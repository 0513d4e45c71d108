//! The two passes of a batch of additions.
//!
//! Both work on [`CHAINS`] vectors at a time, stage by stage: what one waits for is hidden behind the
//! other. Vectors with an exception (an operand is infinity, or both have the same x) are left to
//! functions of their own, so that the passes hold nothing but the ordinary case.

use super::batch::{Id, Stored, CHAINS, LOCAL, NEGATIVE};
use crate::field::LaneField;
use crate::lanes::{eight, literal, Kernel};

/// Groups of vectors from the request of a point's memory to its use.
const PREFETCH_GROUPS: usize = 4;

/// What is done to both chains, written out.
macro_rules! both {
    ($chain:ident => $done:expr) => {
        literal!($chain => $done; 0 1)
    };
}

/// Where points are, and which are added.
pub struct Terms<'a, F: LaneField> {
    pub bases: &'a [Stored<F::Stored>],
    pub local: &'a [Stored<F::Stored>],
    pub pairs: &'a [[[Id; 2]; 8]],
}

/// Eight pairs of points: x < p, y from 0 to 2p with its sign, loose.
#[derive(Clone, Copy)]
struct Operands<E> {
    x1: E,
    y1: E,
    x2: E,
    y2: E,
}

/// Where the points of an id are.
#[inline(always)]
fn point<'a, T>(bases: &'a [Stored<T>], local: &'a [Stored<T>], id: Id) -> &'a Stored<T> {
    let all = if id & LOCAL == 0 { bases } else { local };
    &all[(id & !(LOCAL | NEGATIVE)) as usize]
}

/// The first or the second points of eight pairs.
#[inline(always)]
fn points<'a, F: LaneField>(
    bases: &'a [Stored<F::Stored>],
    local: &'a [Stored<F::Stored>],
    pairs: &[[Id; 2]; 8],
    which: usize,
) -> [&'a Stored<F::Stored>; 8] {
    eight!(i => point(bases, local, pairs[i][which]))
}

#[inline(always)]
fn load_x<F: LaneField>(f: F, points: [&Stored<F::Stored>; 8]) -> F::E {
    f.load(eight!(i => &points[i].x))
}

/// y, of those whose bit is set 2p − y.
#[inline(always)]
pub fn load_y<F: LaneField>(f: F, points: [&Stored<F::Stored>; 8], negative: u8) -> F::E {
    f.loose_negate(negative, f.load(eight!(i => &points[i].y)), 2)
}

#[inline(always)]
fn signs(pairs: &[[Id; 2]; 8], which: usize) -> u8 {
    let (mut mask, mut i) = (0, 0);
    while i < 8 {
        mask |= (pairs[i][which] >> 31) << i;
        i += 1;
    }
    mask as u8
}

impl<F: LaneField> Terms<'_, F> {
    #[inline(always)]
    fn operands(
        f: F,
        bases: &[Stored<F::Stored>],
        local: &[Stored<F::Stored>],
        pairs: &[[Id; 2]; 8],
    ) -> Operands<F::E> {
        let first = points::<F>(bases, local, pairs, 0);
        let second = points::<F>(bases, local, pairs, 1);
        Operands {
            x1: load_x(f, first),
            y1: load_y(f, first, signs(pairs, 0)),
            x2: load_x(f, second),
            y2: load_y(f, second, signs(pairs, 1)),
        }
    }
}

/// Lanes whose addition is not that of two points with different x.
#[inline(always)]
fn exceptional<F: LaneField>(f: F, x1: F::E, x2: F::E) -> u8 {
    f.same(x1, x2) | f.is_sentinel(x1) | f.is_sentinel(x2)
}

/// First pass: the running product of all Δx, lane by lane and chain by chain.
pub struct Products<'a, F: LaneField> {
    pub f: F,
    pub terms: Terms<'a, F>,
    /// The product before each vector of its chain: as many groups as there are pairs for.
    pub prefixes: &'a mut [[F::E; CHAINS]],
}

impl<F: LaneField> Kernel for Products<'_, F> {
    type Output = [[F::Scalar; 8]; CHAINS];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Products { f, terms, prefixes } = self;
        let (groups, _) = terms.pairs.as_chunks::<CHAINS>();
        let mut products = [f.one(); CHAINS];
        let mut g = 0;
        while g < groups.len() {
            if g + PREFETCH_GROUPS < groups.len() {
                let ids = groups[g + PREFETCH_GROUPS].as_flattened().as_flattened();
                let mut i = 0;
                while i < ids.len() {
                    f.prefetch(point(terms.bases, terms.local, ids[i]));
                    i += 1;
                }
            }
            let slopes = both!(chain => {
                let pairs = &groups[g][chain];
                let x1 = load_x(f, points::<F>(terms.bases, terms.local, pairs, 0));
                let x2 = load_x(f, points::<F>(terms.bases, terms.local, pairs, 1));
                if exceptional(f, x1, x2) == 0 {
                    f.sub(x2, x1, 1)
                } else {
                    exceptional_slope(f, &terms, pairs)
                }
            });
            prefixes[g] = products;
            products = both!(chain => f.mul(products[chain], slopes[chain]));
            g += 1;
        }
        both!(chain => f.export(products[chain]))
    }
}

/// Second pass, from the last vector to the first: the inverse of each Δx, and the sums.
pub struct Sums<'a, F: LaneField> {
    pub f: F,
    pub bases: &'a [Stored<F::Stored>],
    pub local: &'a mut [Stored<F::Stored>],
    pub pairs: &'a [[[Id; 2]; 8]],
    pub first_result: usize,
    pub prefixes: &'a [[F::E; CHAINS]],
    pub inverses: [[F::Scalar; 8]; CHAINS],
}

impl<F: LaneField> Kernel for Sums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (f, bases, local) = (self.f, self.bases, self.local);
        let mut inverses = both!(c => f.import(&self.inverses[c]));
        let (groups, _) = self.pairs.as_chunks::<CHAINS>();
        let mut g = groups.len();
        while g > 0 {
            g -= 1;
            let first_result = self.first_result + g * 8 * CHAINS;
            let mut exceptions = 0;
            let operands = both!(chain => {
                let o = Terms::operands(f, bases, local, &groups[g][chain]);
                exceptions |= exceptional(f, o.x1, o.x2);
                o
            });
            if exceptions != 0 {
                let terms = Terms {
                    bases,
                    local,
                    pairs: &groups[g],
                };
                let sums = exceptional_sums(f, &terms, &self.prefixes[g], &mut inverses);
                local[first_result..first_result + 8 * CHAINS].copy_from_slice(sums.as_flattened());
                continue;
            }
            let invert = both!(c => f.mul(inverses[c], self.prefixes[g][c]));
            inverses = both!(c => {
                f.mul(inverses[c], f.sub(operands[c].x2, operands[c].x1, 1))
            });
            let slopes = both!(c => {
                f.mul(f.sub(operands[c].y2, operands[c].y1, 2), invert[c])
            });
            let xs = both!(c => third_x(f, &operands[c], slopes[c]));
            let ys = both!(c => third_y(f, &operands[c], slopes[c], xs[c]));
            let mut chain = 0;
            while chain < CHAINS {
                let (x, y) = (f.store(xs[chain]), f.store(ys[chain]));
                let results = first_result + 8 * chain;
                let target = &mut local[results..results + 8];
                let mut i = 0;
                while i < 8 {
                    target[i] = Stored { x: x[i], y: y[i] };
                    i += 1;
                }
                chain += 1;
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
    terms: &'a Terms<'a, F>,
    pairs: &'a [[Id; 2]; 8],
}

impl<F: LaneField> Kernel for ExceptionalSlope<'_, F> {
    type Output = F::E;
    #[inline(always)]
    fn run(self) -> F::E {
        let (f, terms) = (self.f, self.terms);
        let mut o = Terms::operands(f, terms.bases, terms.local, self.pairs);
        sort_out(f, &mut o).1
    }
}

#[cold]
#[inline(never)]
fn exceptional_slope<F: LaneField>(f: F, terms: &Terms<F>, pairs: &[[Id; 2]; 8]) -> F::E {
    f.run(ExceptionalSlope { f, terms, pairs })
}

/// The second pass for a group that has exceptions.
struct ExceptionalSums<'a, F: LaneField> {
    f: F,
    terms: &'a Terms<'a, F>,
    prefixes: &'a [F::E; CHAINS],
    inverses: &'a mut [F::E; CHAINS],
}

impl<F: LaneField> Kernel for ExceptionalSums<'_, F> {
    type Output = [[Stored<F::Stored>; 8]; CHAINS];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let (f, terms) = (self.f, self.terms);
        let mut sums = [[super::infinity::<F>(); 8]; CHAINS];
        for (chain, sums) in sums.iter_mut().enumerate() {
            let mut o = Terms::operands(f, terms.bases, terms.local, &terms.pairs[chain]);
            let (e, run) = sort_out(f, &mut o);
            let inverse = f.mul(self.inverses[chain], self.prefixes[chain]);
            self.inverses[chain] = f.mul(self.inverses[chain], run);
            let square = f.reduce(f.square_add(o.x1, f.zero()), 1);
            let three_squares = f.add(square, f.add(square, square));
            let rise = f.select(e.doubled, three_squares, f.sub(o.y2, o.y1, 2));
            let slope = f.mul(rise, inverse);
            let x = third_x(f, &o, slope);
            let y = third_y(f, &o, slope, x);
            let x = f.select(e.first_infinite, o.x2, f.select(e.second_infinite, o.x1, x));
            let y = f.select(e.first_infinite, o.y2, f.select(e.second_infinite, o.y1, y));
            let (xs, ys) = (f.store(x), f.store(y));
            for i in 0..8 {
                if e.cancelled >> i & 1 == 0 {
                    sums[i] = Stored { x: xs[i], y: ys[i] };
                }
            }
        }
        sums
    }
}

#[cold]
#[inline(never)]
fn exceptional_sums<F: LaneField>(
    f: F,
    terms: &Terms<F>,
    prefixes: &[F::E; CHAINS],
    inverses: &mut [F::E; CHAINS],
) -> [[Stored<F::Stored>; 8]; CHAINS] {
    f.run(ExceptionalSums {
        f,
        terms,
        prefixes,
        inverses,
    })
}
