//! Σ (k + offset)·B_k over the buckets of a window, two additions a bucket, all in batches.
//!
//! With k = i·C + j it is C·Σ i·(row i) + Σ (j + offset)·(column j): the sums of rows and of columns
//! are sums of lists like any others, and what is left is √ as long. It recurs until little is
//! left, which running sums finish.

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ff::AdditiveGroup;

use super::points::{infinity, Stored};
use super::sums::{Id, Summer};
use crate::curve::Curve;
use crate::field::LaneField;

/// Up to this many points, running sums cost less than batches.
const FEW: usize = 64;

/// Σ (k + offset)·buckets[k], offset 0 or 1.
pub fn weighted_sum<C: Curve, F: LaneField<Scalar = C::BaseField>>(
    summer: &mut Summer<F>,
    buckets: &[Stored<F::Stored>],
    offset: usize,
) -> Projective<C> {
    if buckets.len() <= FEW {
        let points = summer.affine::<C>(buckets);
        return running_sums(&points, offset);
    }
    let log_columns = buckets.len().ilog2().div_ceil(2);
    let columns = 1 << log_columns;
    let rows = buckets.len().div_ceil(columns);
    let filled = |k: &usize| *k < buckets.len() && buckets[*k].x != F::SENTINEL;
    let mut sums = |major: usize, at: &dyn Fn(usize, usize) -> usize, minor: usize| {
        let (mut ids, mut shares) = (Vec::with_capacity(buckets.len()), Vec::with_capacity(major));
        for a in 0..major {
            let start = ids.len();
            let of_list = (0..minor).map(|b| at(a, b)).filter(filled);
            ids.extend(of_list.map(|k| k as Id));
            shares.push(start..ids.len());
        }
        let mut all = vec![infinity::<F>(); major];
        summer.sums(buckets, &ids, &shares, &mut all);
        all
    };
    let by_row = sums(rows, &|i, j| i * columns + j, columns);
    let by_column = sums(columns, &|j, i| i * columns + j, rows);
    let mut sum: Projective<C> = weighted_sum(summer, &by_row, 0);
    for _ in 0..log_columns {
        sum.double_in_place();
    }
    sum + weighted_sum::<C, F>(summer, &by_column, offset)
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
