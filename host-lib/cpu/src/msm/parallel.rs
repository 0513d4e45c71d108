//! Sums of lists on all threads.

use core::ops::Range;

use ark_ec::CurveGroup;
use rayon::prelude::*;

use super::points::{self, infinity, Stored};
use super::pool::Pool;
use super::sums::{Lists, Summer};
use crate::curve::Curve;
use crate::field::LaneField;
use crate::machine::huge_pages;

/// Lists and the points that their ids are of.
pub type Job<'a, T> = (&'a [Stored<T>], Lists<'a>);

/// Some of a job.
struct Share<'a, T> {
    job: usize,
    /// Positions of ids.
    range: Range<usize>,
    /// The first list that starts there.
    first: usize,
    /// Where the sums of the lists that start there go.
    sums: &'a mut [Stored<T>],
}

/// The sums of all lists of every job; nothing for a job without ids.
pub fn sums<C: Curve, F: LaneField<Scalar = C::BaseField>>(
    pool: &Pool<F>,
    jobs: &[Job<F::Stored>],
) -> Vec<Vec<Stored<F::Stored>>> {
    let mut sums: Vec<Vec<_>> = jobs.iter().map(|(_, lists)| none::<F>(*lists)).collect();
    // Parts of equal length, so that threads end together whatever the lists hold.
    let total: usize = jobs.iter().map(|(_, lists)| lists.ids.len()).sum();
    let length = total
        .div_ceil(8 * rayon::current_num_threads())
        .max(1 << 13);
    let mut parts = Vec::new();
    for (job, ((_, lists), sums)) in jobs.iter().zip(&mut sums).enumerate() {
        let num_ids = lists.ids.len();
        let count = num_ids.div_ceil(length);
        let (mut rest, mut first) = (sums.as_mut_slice(), 0);
        for k in 0..count {
            let range = k * num_ids / count..(k + 1) * num_ids / count;
            let after = lists.starting_before(range.end);
            let (sums, later) = rest.split_at_mut(after - first);
            parts.push(Share {
                job,
                range,
                first,
                sums,
            });
            (rest, first) = (later, after);
        }
    }
    // Of lists that start in an earlier part, what is in this one.
    let continued: Vec<_> = parts
        .into_par_iter()
        .with_max_len(1)
        .map(|part| {
            let (points, lists) = jobs[part.job];
            let share = |list| lists.share(list, &part.range);
            let own = part.first..part.first + part.sums.len();
            let mut shares: Vec<_> = own.map(share).collect();
            let continued = part.first.checked_sub(1).map(share);
            shares.extend(continued.filter(|share| !share.is_empty()));
            let sums = |summer: &mut Summer<F>| summer.sums(points, lists.ids, &shares, part.sums);
            let other = pool.with(sums).pop()?;
            Some((part.job, part.first - 1, other))
        })
        .collect();
    let f = pool.field();
    for (job, list, other) in continued.into_iter().flatten() {
        let sum = &mut sums[job][list];
        let both = points::affine::<C, F>(f, &[*sum, other]);
        *sum = points::stored(f, &[(both[0] + both[1]).into_affine()])[0];
    }
    sums
}

/// Infinity for every list of a job that has ids.
fn none<F: LaneField>(lists: Lists) -> Vec<Stored<F::Stored>> {
    let num_lists = match lists.ids {
        [] => 0,
        _ => lists.starts.len() - 1,
    };
    huge_pages::filled(infinity::<F>(), num_lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Portable;
    use crate::msm::sums::{Id, NEGATIVE};
    use ark_ec::short_weierstrass::{Affine, Projective};
    use ark_ec::PrimeGroup;
    use ark_ff::AdditiveGroup;

    type C = ark_bn254::g1::Config;

    const PART: usize = 1 << 13;

    /// Lists longer than a part, whose shares of parts are infinity in turns, beside empty ones.
    #[test]
    fn lists_over_several_parts_agree() {
        let f = Portable::<ark_bn254::Fq>::default();
        let generator = Projective::<C>::generator();
        let bases = points::stored::<C, _>(f, &[generator.into_affine()]);
        let cancelling: Vec<Id> = (0..2 * PART as Id).map(|k| (k % 2) << 31).collect();
        let adding = vec![0; PART + 1];
        let taking = vec![NEGATIVE; PART + 1];
        for (ids, expected) in [
            (
                [&cancelling[..], &adding, &cancelling].concat(),
                PART as i64 + 1,
            ),
            ([&adding[..], &cancelling].concat(), PART as i64 + 1),
            ([&adding[..], &cancelling, &taking].concat(), 0),
        ] {
            let end = ids.len() as u32;
            let starts = [0, 0, end, end];
            let lists = Lists {
                ids: &ids,
                starts: &starts,
            };
            let none = Lists {
                ids: &[],
                starts: &[0, 0],
            };
            for threads in 1..=3 {
                let threads = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let jobs = [(&bases[..], none), (&bases, lists), (&bases, lists)];
                let found = threads
                    .unwrap()
                    .install(|| sums::<C, _>(&Pool::new(f), &jobs));
                assert!(found[0].is_empty());
                let expected = generator * ark_bn254::Fr::from(expected);
                for sums in &found[1..] {
                    let sums = points::affine::<C, _>(f, sums);
                    let zero = Projective::ZERO;
                    assert_eq!(sums, [zero, expected, zero].map(Affine::from));
                }
            }
        }
    }

    /// Lists that end where parts do, empty ones there and at the end, and many in a part.
    #[test]
    fn lists_that_end_with_parts_agree() {
        let f = Portable::<ark_bn254::Fq>::default();
        let generator = Projective::<C>::generator();
        let bases = points::stored::<C, _>(f, &[generator.into_affine()]);
        let ids = vec![0; 4 * PART];
        let mut starts = vec![0, 0, PART, PART, 2 * PART];
        starts.extend((2 * PART + 7..3 * PART).step_by(7));
        starts.extend([3 * PART, 3 * PART + 1, 4 * PART, 4 * PART]);
        let lengths: Vec<usize> = starts.windows(2).map(|ends| ends[1] - ends[0]).collect();
        let starts: Vec<u32> = starts.into_iter().map(|start| start as u32).collect();
        let lists = Lists {
            ids: &ids,
            starts: &starts,
        };
        let found = sums::<C, _>(&Pool::new(f), &[(&bases, lists)]).swap_remove(0);
        let mut multiples = std::collections::HashMap::new();
        for (length, sum) in lengths.iter().zip(points::affine::<C, _>(f, &found)) {
            let expected = multiples
                .entry(*length)
                .or_insert_with(|| (generator * ark_bn254::Fr::from(*length as u64)).into_affine());
            assert_eq!(sum, *expected, "{length}");
        }
    }
}
