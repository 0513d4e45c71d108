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

/// The sums of all lists of every job; nothing for a job without ids.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Portable;
    use crate::msm::sums::{Id, NEGATIVE};
    use ark_ec::short_weierstrass::Projective;
    use ark_ec::PrimeGroup;
    use ark_ff::AdditiveGroup;

    type C = ark_bn254::g1::Config;

    /// Lists longer than a part, whose shares of parts are infinity in turns, beside empty ones.
    #[test]
    fn lists_over_several_parts_agree() {
        const PART: usize = 1 << 13;
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
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let jobs = [(&bases[..], none), (&bases, lists), (&bases, lists)];
                let found = pool.unwrap().install(|| sums::<C, _>(f, &jobs));
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
}
