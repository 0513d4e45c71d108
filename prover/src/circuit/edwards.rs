//! Baby Jubjub in constraints. The curve's addition law is complete (a = 1 is a square, d is
//! not), so no pair of points on the curve needs a case of its own and no denominator is zero.
//!
//! Scalars are recoded to digits ±1 (bit k stands for 2k − 1), so that a window needs no zero:
//! 3 bits from constant tables for the generator, 2 bits over {±P, ±3P} for other points.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ed_on_bn254::{EdwardsAffine, EdwardsConfig, EdwardsProjective, Fr as Scalar};
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::SynthesisError;

use super::builder::{Builder, Num};

type Result<T = ()> = std::result::Result<T, SynthesisError>;

/// Windows of the generator's multiples.
const FIXED_WINDOWS: usize = 84;
/// Bits of such a window.
const FIXED_BITS: usize = 3;

/// A point on the curve.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub x: Num,
    pub y: Num,
}

impl Point {
    fn constant(point: EdwardsAffine) -> Self {
        Point {
            x: Num::constant(point.x),
            y: Num::constant(point.y),
        }
    }

    /// Two variables, not constrained to be on the curve.
    pub(crate) fn witness(b: &mut Builder, point: &EdwardsAffine) -> Result<Self> {
        Ok(Point {
            x: b.witness(point.x)?,
            y: b.witness(point.y)?,
        })
    }

    fn negated(&self) -> Self {
        Point {
            x: self.x.scale(-Fr::ONE),
            y: self.y.clone(),
        }
    }

    /// x² + y² = 1 + d x² y².
    pub(crate) fn on_curve(&self, b: &mut Builder) -> Result {
        let x2 = b.mul(&self.x, &self.x)?;
        let y2 = b.mul(&self.y, &self.y)?;
        let right = x2.add(&y2).add_constant(-Fr::ONE);
        b.enforce(&x2.scale(EdwardsConfig::COEFF_D), &y2, &right)
    }

    /// The point is one that a key may be: in the subgroup of prime order and not neutral. Being 8·Q
    /// for a Q on the curve puts it there, as the curve has 8 times as many points; the neutral
    /// element is the subgroup's only point with x = 0.
    pub(crate) fn of_prime_order(&self, b: &mut Builder, value: &EdwardsAffine) -> Result {
        let half = half();
        let eighth = (value.into_group() * (half * half * half)).into_affine();
        let eighth = Point::witness(b, &eighth)?;
        eighth.on_curve(b)?;
        eighth.double(b)?.double(b)?.double(b)?.equal(b, self)?;
        b.not_zero(&self.x)
    }

    #[cfg_attr(test, track_caller)]
    pub(crate) fn equal(&self, b: &mut Builder, other: &Point) -> Result {
        b.equal(&self.x, &other.x)?;
        b.equal(&self.y, &other.y)
    }

    /// Six constraints.
    fn add(&self, b: &mut Builder, other: &Point) -> Result<Point> {
        let beta = b.mul(&self.x, &other.y)?;
        let gamma = b.mul(&self.y, &other.x)?;
        let delta = b.mul(&self.y.sub(&self.x), &other.x.add(&other.y))?;
        let tau = b.mul(&beta, &gamma)?.scale(EdwardsConfig::COEFF_D);
        Ok(Point {
            x: b.divide(&beta.add(&gamma), &tau.add_constant(Fr::ONE))?,
            y: b.divide(&delta.add(&beta).sub(&gamma), &tau.not())?,
        })
    }

    /// Five constraints.
    fn double(&self, b: &mut Builder) -> Result<Point> {
        let xy = b.mul(&self.x, &self.y)?;
        let tau = b.mul(&xy, &xy)?.scale(EdwardsConfig::COEFF_D);
        let difference = b.mul(&self.y.sub(&self.x), &self.y.add(&self.x))?;
        Ok(Point {
            x: b.divide(&xy.scale(Fr::from(2u64)), &tau.add_constant(Fr::ONE))?,
            y: b.divide(&difference, &tau.not())?,
        })
    }
}

/// Coefficients of 1, k0, k1, k0k1, k2, k0k2, k1k2, k0k1k2 for x and y of a window's point.
type Window = [[Fr; 8]; 2];

struct FixedTables {
    /// What the recoding leaves over: (2^252 − 1)/2 times the generator.
    start: EdwardsAffine,
    windows: Vec<Window>,
}

fn fixed_tables() -> &'static FixedTables {
    static TABLES: OnceLock<FixedTables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let half = EdwardsProjective::generator() * half();
        let mut base = half;
        let windows = (0..FIXED_WINDOWS)
            .map(|_| {
                let window = interpolate(std::array::from_fn(|k| {
                    (base * (Scalar::from(2 * k as u64) - Scalar::from(7u64))).into_affine()
                }));
                base = base.double().double().double();
                window
            })
            .collect();
        FixedTables {
            start: (base - half).into_affine(),
            windows,
        }
    })
}

fn half() -> Scalar {
    // 2 is not 0 in a field of odd order.
    Scalar::from(2u64).inverse().unwrap_or_default()
}

/// From values at the eight corners to coefficients of the multilinear polynomial.
fn interpolate(points: [EdwardsAffine; 8]) -> Window {
    let transform = |mut values: [Fr; 8]| {
        for bit in [1, 2, 4] {
            for k in 0..8 {
                if k & bit != 0 {
                    values[k] -= values[k ^ bit];
                }
            }
        }
        values
    };
    [
        transform(points.map(|p| p.x)),
        transform(points.map(|p| p.y)),
    ]
}

/// The generator times the number of at most 252 bits.
pub(crate) fn mul_generator(b: &mut Builder, bits: &[Num]) -> Result<Point> {
    let tables = fixed_tables();
    let mut bits = bits.to_vec();
    bits.resize(FIXED_WINDOWS * FIXED_BITS, Num::zero());
    let mut sum = Point::constant(tables.start);
    for (window, k) in tables.windows.iter().zip(bits.chunks(FIXED_BITS)) {
        let k01 = b.mul(&k[0], &k[1])?;
        let k02 = b.mul(&k[0], &k[2])?;
        let k12 = b.mul(&k[1], &k[2])?;
        let k012 = b.mul(&k01, &k[2])?;
        let one = Num::one();
        let monomials = [&one, &k[0], &k[1], &k01, &k[2], &k02, &k12, &k012];
        let [x, y] = window.map(|coefficients| Num::sum(coefficients.into_iter().zip(monomials)));
        sum = sum.add(b, &Point { x, y })?;
    }
    Ok(sum)
}

/// c · point for the even number of bits of c; the point is of odd order.
pub(crate) fn mul_point(
    b: &mut Builder,
    point: &Point,
    value: &EdwardsAffine,
    bits: &[Num],
) -> Result<Point> {
    // With H = P/2 and n bits: (2c + 1)·H = 2^n·H + Σ ±2^i·H. Another H with 2H = P differs by a
    // point of order two, which the even 2c cancels.
    let halved = (value.into_group() * half()).into_affine();
    let h = Point::witness(b, &halved)?;
    h.on_curve(b)?;
    let twice = h.double(b)?;
    twice.equal(b, point)?;
    let h3 = twice.add(b, &h)?;
    let half = Fr::from(2u64).inverse().unwrap_or_default();
    // A digit d = 2·u1 + u0: x is odd in (u0, u1), y depends on whether they are equal.
    let x_sum = h3.x.add(&h.x).scale(half);
    let x_difference = h3.x.sub(&h.x).scale(half);
    let y_difference = h3.y.sub(&h.y);
    let mut sum = h.clone();
    for k in bits.chunks(2).rev() {
        let signs = [0, 1].map(|i| k[i].scale(Fr::from(2u64)).add_constant(-Fr::ONE));
        let both = b.mul(&k[0], &k[1])?;
        let equal = Num::one()
            .sub(&k[0])
            .sub(&k[1])
            .add_scaled(Fr::from(2u64), &both);
        let x = b
            .mul(&signs[1], &x_sum)?
            .add(&b.mul(&signs[0], &x_difference)?);
        let y = h.y.add(&b.mul(&equal, &y_difference)?);
        sum = sum.double(b)?.double(b)?.add(b, &Point { x, y })?;
    }
    sum.add(b, &h.negated())
}

/// a − b.
pub(crate) fn subtract(b: &mut Builder, left: &Point, right: &Point) -> Result<Point> {
    left.add(b, &right.negated())
}
