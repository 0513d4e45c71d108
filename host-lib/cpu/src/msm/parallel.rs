//! Sums of lists on all threads.

use core::ops::Range;

use ark_ec::short_weierstrass::Affine;
use ark_ec::CurveGroup;
use rayon::prelude::*;

use super::points::{self, infinity, Stored};
use super::sums::{Lists, Summer};
use crate::curve::Curve;
use crate::field::LaneField;

/// Lists and the points that their ids are of.
pub type Job<'a, T> = (&'a [Stored<T>], Lists<'a>);

/// The sums of all lists of every job; of none if a job has no ids.
pub fn sums<C: Curve, F: LaneField<Scalar = C::BaseField>>(
    f: F,
    jobs: &[Job<F::Stored>],
) -> Vec<Vec<Stored<F::Stored>>> {
    // Parts of equal length, so that threads end together whatever the lists hold.
    let total: usize = jobs.iter().map(|(_, lists)| lists.ids.len()).sum();
    let length = total
        .div_ceil(8 * rayon::current_num_threads())
        .max(1 << 13);
    let parts: Vec<(usize, Range<usize>)> = jobs
        .iter()
        .enumerate()
        .flat_map(|(job, (_, Lists { ids, .. }))| {
            let count = ids.len().div_ceil(length);
            (0..count).map(move |k| (job, k * ids.len() / count..(k + 1) * ids.len() / count))
        })
        .collect();
    let part_sums: Vec<Vec<Stored<F::Stored>>> = parts
        .par_iter()
        .with_max_len(1)
        .map_init(
            || Summer::new(f),
            |summer, (job, range)| {
                let (points, lists) = jobs[*job];
                summer.sums(points, lists, range.clone())
            },
        )
        .collect();
    let mut sums: Vec<Vec<_>> = jobs.iter().map(|_| Vec::new()).collect();
    for ((job, range), part) in parts.iter().zip(part_sums) {
        let lists = jobs[*job].1;
        let all = &mut sums[*job];
        all.resize(lists.starts.len() - 1, infinity::<F>());
        let touched = lists.touched(range);
        // The first list of a part may have begun in the one before.
        let begun = (lists.starts[touched.start] as usize) < range.start;
        let first = all[touched.start];
        all[touched.clone()].copy_from_slice(&part);
        if begun {
            let points: Vec<Affine<C>> = points::affine(f, &[first, part[0]]);
            let both = (points[0] + points[1]).into_affine();
            all[touched.start] = points::stored(f, &[both])[0];
        }
    }
    sums
}
