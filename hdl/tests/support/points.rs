//! Affine points in `BigUint`, and their projective representatives.

use super::random_below;
use num_bigint::BigUint;
use num_traits::Zero;
use rand_chacha::rand_core::RngCore;
use rand_chacha::ChaCha8Rng;
use vegalith_hdl::CurveParams;

/// Canonical affine point; `None` is infinity.
pub type Affine = Option<(BigUint, BigUint)>;

/// Chord and tangent, as in any textbook.
pub fn add(curve: &CurveParams, a: &Affine, b: &Affine) -> Affine {
    let field = &curve.field;
    let p = &field.modulus;
    let (Some((x1, y1)), Some((x2, y2))) = (a, b) else {
        return a.clone().or(b.clone());
    };
    let minus = |x: &BigUint, y: &BigUint| (x + p - y) % p;
    let slope = if x1 != x2 {
        minus(y2, y1) * field.inverse(&minus(x2, x1)) % p
    } else if y1 == y2 && !y1.is_zero() {
        x1 * x1 * 3u32 * field.inverse(&(y1 * 2u32 % p)) % p
    } else {
        return None;
    };
    let x3 = minus(&minus(&(&slope * &slope % p), x1), x2);
    let y3 = minus(&(&slope * minus(x1, &x3) % p), y1);
    Some((x3, y3))
}

pub fn negated(curve: &CurveParams, point: &Affine) -> Affine {
    let p = &curve.field.modulus;
    point.as_ref().map(|(x, y)| (x.clone(), (p - y) % p))
}

/// A random representative of a point: random Z, then random multiples of p on top.
pub fn projective(
    coordinate_max: &BigUint,
    curve: &CurveParams,
    point: &Affine,
    random: &mut ChaCha8Rng,
) -> [BigUint; 3] {
    let field = &curve.field;
    let p = &field.modulus;
    let factor = random_below(random, &(p - 1u32)) + 1u32;
    let canonical = match point {
        None => [BigUint::zero(), factor, BigUint::zero()],
        Some((x, y)) => [x * &factor % p, y * &factor % p, factor],
    };
    canonical.map(|value| {
        let value = field.to_mont(&value);
        let room = (coordinate_max - &value) / p;
        let multiples = match random.next_u32() % 3 {
            0 => BigUint::zero(),
            1 => room,
            _ => random_below(random, &(room + 1u32)),
        };
        value + multiples * p
    })
}

pub fn affine(curve: &CurveParams, point: &[BigUint]) -> Affine {
    let field = &curve.field;
    let p = &field.modulus;
    let [x, y, z] = [0, 1, 2].map(|i| &point[i] % p);
    if z.is_zero() {
        assert!(x.is_zero() && !y.is_zero(), "(0 : y : 0) expected");
        return None;
    }
    let inverse = field.inverse(&z);
    Some((x * &inverse % p, y * &inverse % p))
}

/// A walk over the group with all special pairs mixed in.
pub fn pairs(curve: &CurveParams, count: usize, random: &mut ChaCha8Rng) -> Vec<(Affine, Affine)> {
    let generator: Affine = Some(curve.generator.clone());
    let mut points = vec![generator.clone()];
    for i in 1..count / 4 {
        let other = if i % 7 == 0 { i / 2 } else { 0 };
        points.push(add(curve, &points[i - 1], &points[other]));
    }
    (0..count)
        .map(|i| {
            let a = points[i % points.len()].clone();
            let b = points[random.next_u32() as usize % points.len()].clone();
            match i % 8 {
                0 => (a.clone(), a),
                1 => (a.clone(), negated(curve, &a)),
                2 => (a, None),
                3 => (None, b),
                4 if i % 64 == 4 => (None, None),
                _ => (a, b),
            }
        })
        .collect()
}
