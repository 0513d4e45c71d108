//! Σ (k + offset)·B_k over the buckets of a window, two additions a bucket, all in batches.
//!
//! With k = i·C + j it is C·Σ i·(row i) + Σ (j + offset)·(column j): the sums of rows and of columns
//! are sums of lists like any others, and what is left is √ as long. It recurs until little is
//! left, which running sums finish.

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ff::AdditiveGroup;

use super::points::{self, infinity, Stored};
use super::pool::Pool;
use super::sums::Id;
use crate::curve::Curve;
use crate::field::LaneField;

/// Up to this many points, running sums cost less than batches.
const FEW: usize = 64;

/// Σ (k + offset)·buckets[k], offset 0 or 1.
pub fn weighted_sum<C: Curve, F: LaneField<Scalar = C::BaseField>>(
    pool: &Pool<F>,
    buckets: &[Stored<F::Stored>],
    offset: usize,
) -> Projective<C> {
    if buckets.len() <= FEW {
        let points = points::affine::<C, F>(pool.field(), buckets);
        return running_sums(&points, offset);
    }
    let log_columns = buckets.len().ilog2().div_ceil(2);
    let columns = 1 << log_columns;
    let rows = buckets.len().div_ceil(columns);
    let (of_rows, of_columns) = rayon::join(
        || -> Projective<C> {
            let by_row = sums(pool, buckets, [rows, columns], |i, j| i * columns + j);
            let mut sum = weighted_sum(pool, &by_row, 0);
            for _ in 0..log_columns {
                sum.double_in_place();
            }
            sum
        },
        || {
            let by_column = sums(pool, buckets, [columns, rows], |j, i| i * columns + j);
            weighted_sum::<C, F>(pool, &by_column, offset)
        },
    );
    of_rows + of_columns
}

/// For every major index the sum over all minor ones.
fn sums<F: LaneField>(
    pool: &Pool<F>,
    buckets: &[Stored<F::Stored>],
    [major, minor]: [usize; 2],
    at: impl Fn(usize, usize) -> usize,
) -> Vec<Stored<F::Stored>> {
    let filled = |k: &usize| *k < buckets.len() && buckets[*k].x != F::SENTINEL;
    let (mut ids, mut shares) = (Vec::with_capacity(buckets.len()), Vec::with_capacity(major));
    for a in 0..major {
        let start = ids.len();
        let of_list = (0..minor).map(|b| at(a, b)).filter(filled);
        ids.extend(of_list.map(|k| k as Id));
        shares.push(start..ids.len());
    }
    let mut sums = vec![infinity::<F>(); major];
    pool.with(|summer| summer.sums(buckets, &ids, &shares, &mut sums));
    sums
}

/// Σ (k + offset)·points[k].
fn running_sums<C: Curve>(points: &[Affine<C>], offset: usize) -> Projective<C> {
    let (mut running, mut sum) = (Projective::<C>::ZERO, Projective::<C>::ZERO);
    for (k, point) in points.iter().enumerate().rev() {
        running += point;
        if k + offset > 0 {
            sum += running;
        }
    }
    sum
}
