//! Points in memory and in the lanes.

use ark_ec::short_weierstrass::Affine;
use ark_ec::AffineRepr;
use ark_ff::AdditiveGroup;

use super::sums::{Id, NEGATIVE};
use crate::curve::Curve;
use crate::field::LaneField;
use crate::lanes::{eight, Kernel};

/// An affine point in memory: x < p canonical or [`LaneField::SENTINEL`] for infinity, y ≤ 2p.
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
    pub fn new(first: Id, second: Id) -> Self {
        Pair(u64::from(first) | u64::from(second) << 32)
    }
    #[inline(always)]
    pub fn first(self) -> Id {
        self.0 as u32
    }
    #[inline(always)]
    pub fn second(self) -> Id {
        (self.0 >> 32) as u32
    }
    /// Asks for both points to be brought into the first-level cache.
    #[inline(always)]
    pub fn request<F: LaneField, T>(self, f: F, bases: &[Stored<T>]) {
        f.prefetch(base(bases, self.first()));
        f.prefetch(base(bases, self.second()));
    }
}

/// The base that an id is about, without its sign.
#[inline(always)]
pub fn base<T>(bases: &[Stored<T>], id: Id) -> &Stored<T> {
    &bases[(id & !NEGATIVE) as usize]
}

/// The point at infinity.
pub fn infinity<F: LaneField>() -> Stored<F::Stored> {
    Stored {
        x: F::SENTINEL,
        y: F::STORED_ZERO,
    }
}

/// Where sums go.
pub struct Slots<E> {
    pub points: Vec<Eight<E>>,
    /// Of each of them, the lanes that are infinity.
    pub infinite: Vec<u8>,
}

impl<E: Copy> Slots<E> {
    /// Makes it so many slots.
    pub fn grow<F: LaneField<E = E>>(&mut self, f: F, count: usize) {
        let zero = f.zero();
        self.points.resize(count, Eight { x: zero, y: zero });
        self.infinite.resize(count, 0);
    }
}

/// Up to eight points as they are kept in memory.
pub fn stored<C: Curve, F: LaneField<Scalar = C::BaseField>>(
    f: F,
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
    let [xs, ys] = f.run(Import { f, coordinates });
    core::array::from_fn(|i| match infinite[i] {
        true => infinity::<F>(),
        false => Stored { x: xs[i], y: ys[i] },
    })
}

/// Up to eight points, each beside its image under φ: (β·x, y). Missing ones are infinity.
pub fn with_images<C: Curve, F: LaneField<Scalar = C::BaseField>>(
    f: F,
    points: &[Stored<F::Stored>],
) -> [[Stored<F::Stored>; 2]; 8] {
    debug_assert!(points.len() <= 8);
    let points = core::array::from_fn(|i| points.get(i).copied().unwrap_or(infinity::<F>()));
    let xs = f.run(Images {
        f,
        points: &points,
        beta: C::ENDO_COEFFS[0],
    });
    core::array::from_fn(|i| match points[i].x == F::SENTINEL {
        true => [points[i]; 2],
        false => [
            points[i],
            Stored {
                x: xs[i],
                y: points[i].y,
            },
        ],
    })
}

/// Points in memory as arkworks has them.
pub fn affine<C: Curve, F: LaneField<Scalar = C::BaseField>>(
    f: F,
    points: &[Stored<F::Stored>],
) -> Vec<Affine<C>> {
    let mut affine = Vec::with_capacity(points.len());
    for points in points.chunks(8) {
        let padded = core::array::from_fn(|i| match points.get(i) {
            Some(p) if p.x != F::SENTINEL => [p.x, p.y],
            _ => [F::STORED_ZERO; 2],
        });
        let [xs, ys] = f.run(Export { f, padded });
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

/// The points of a slot as they are kept in memory.
pub fn settled<F: LaneField>(f: F, slots: &Slots<F::E>, slot: usize) -> [Stored<F::Stored>; 8] {
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
        let x = f.canonical(self.points.x);
        [f.store(x), f.store(self.points.y)]
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

/// x of the images of eight points; anything for infinity.
struct Images<'a, F: LaneField> {
    f: F,
    points: &'a [Stored<F::Stored>; 8],
    beta: F::Scalar,
}

impl<F: LaneField> Kernel for Images<'_, F> {
    type Output = [F::Stored; 8];
    #[inline(always)]
    fn run(self) -> Self::Output {
        let (f, points) = (self.f, self.points);
        // What stands for infinity is no number.
        let zero = F::STORED_ZERO;
        let finite = |p: &Stored<F::Stored>| p.x != F::SENTINEL;
        let xs = eight!(i => if finite(&points[i]) { &points[i].x } else { &zero });
        let image = f.mul(f.load(xs), f.import(&[self.beta; 8]));
        f.store(f.canonical(image))
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
