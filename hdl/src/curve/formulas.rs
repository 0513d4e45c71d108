//! Renes, Costello, Batina, "Complete addition formulas for prime order elliptic curves", 2015,
//! algorithm 7, over anything that adds, subtracts and multiplies.

use super::CurveParams;
use crate::graph::GraphError;
use num_bigint::BigUint;

/// Smallest multiple of p that is not below `value`.
pub(super) fn bias(p: &BigUint, value: &BigUint) -> BigUint {
    ((value + p - 1u32) / p) * p
}

/// What the formulas are over: something that can add, subtract and multiply.
pub(super) trait Arithmetic {
    type Value: Clone;
    fn mul(&mut self, x: &Self::Value, y: &Self::Value) -> Result<Self::Value, GraphError>;
    /// Σ added·factor − Σ subtracted·factor, plus a multiple of p.
    fn sum(
        &mut self,
        added: &[(&Self::Value, u32)],
        subtracted: &[(&Self::Value, u32)],
    ) -> Result<Self::Value, GraphError>;
}

pub(super) fn add_points<A: Arithmetic>(
    field: &mut A,
    b3: u32,
    [x1, y1, z1]: [A::Value; 3],
    [x2, y2, z2]: [A::Value; 3],
) -> Result<[A::Value; 3], GraphError> {
    let mut cross = |a1: &A::Value, b1: &A::Value, a2: &A::Value, b2: &A::Value| {
        let left = field.sum(&[(a1, 1), (b1, 1)], &[])?;
        let right = field.sum(&[(a2, 1), (b2, 1)], &[])?;
        field.mul(&left, &right)
    };
    let xy = cross(&x1, &y1, &x2, &y2)?;
    let yz = cross(&y1, &z1, &y2, &z2)?;
    let xz = cross(&x1, &z1, &x2, &z2)?;
    let t0 = field.mul(&x1, &x2)?;
    let t1 = field.mul(&y1, &y2)?;
    let t2 = field.mul(&z1, &z2)?;

    let t3 = field.sum(&[(&xy, 1)], &[(&t0, 1), (&t1, 1)])?;
    let t4 = field.sum(&[(&yz, 1)], &[(&t1, 1), (&t2, 1)])?;
    let y3 = field.sum(&[(&xz, b3)], &[(&t0, b3), (&t2, b3)])?;
    let x3 = field.sum(&[(&t0, 3)], &[])?;
    let z3 = field.sum(&[(&t1, 1), (&t2, b3)], &[])?;
    let t1 = field.sum(&[(&t1, 1)], &[(&t2, b3)])?;

    let (a, b) = (field.mul(&t3, &t1)?, field.mul(&t4, &y3)?);
    let x_out = field.sum(&[(&a, 1)], &[(&b, 1)])?;
    let (a, b) = (field.mul(&t1, &z3)?, field.mul(&y3, &x3)?);
    let y_out = field.sum(&[(&a, 1), (&b, 1)], &[])?;
    let (a, b) = (field.mul(&z3, &t4)?, field.mul(&x3, &t3)?);
    let z_out = field.sum(&[(&a, 1), (&b, 1)], &[])?;
    Ok([x_out, y_out, z_out])
}

/// Smallest bound, in sixteenths of p, that sums of points within it keep, `largest` telling the
/// largest coordinate of sums of points up to a bound.
pub(super) fn closed_bound(
    curve: &CurveParams,
    mut largest: impl FnMut(&BigUint) -> Result<BigUint, GraphError>,
) -> Result<BigUint, GraphError> {
    let p = &curve.field.modulus;
    let mut sixteenths = 16u32;
    loop {
        let max = p * sixteenths / 16u32;
        let found = largest(&max)?;
        if found <= max {
            return Ok(max);
        }
        // Beyond this the radix is too small for the bounds ever to close.
        if sixteenths >= 16 * 16 {
            return Err(GraphError::Overflow {
                what: format!(
                    "coordinates of {} with R = 2^{}",
                    curve.name, curve.field.radix_bits
                ),
                expected: max,
                found,
            });
        }
        sixteenths += 1;
    }
}
