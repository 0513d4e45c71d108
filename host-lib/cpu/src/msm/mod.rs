//! Multi-scalar multiplication: Σ kᵢ·Pᵢ over affine bases.
//!
//! 1. Scalars become halves ([`scalars`]): n scalars are N = 2n halves, those of Pᵢ and of φ(Pᵢ).
//! 2. W windows of c bits or c + 1: signed digits; the halves of a window are sorted by the magnitude of
//!    their digit ([`sort`]). Zero digits never enter, so small scalars cost their few digits only.
//! 3. Every bucket is the sum of its list ([`sums`]): as trees of batched affine additions ([`batch`]).
//! 4. Buckets of a window are summed with their weights ([`buckets`]), again by batches.
//! 5. The windows' sums are put together by doublings.
//!
//! With tables, which also hold 2^s·Pᵢ, 2^2s·Pᵢ …, windows s bits apart share their buckets.
//!
//! Additions: N·W + about W·2^(c−1) for uniform scalars; W is what needs fewest for those that come.

mod additions;
mod batch;
mod buckets;
mod careful;
mod scalars;
mod sort;
mod sums;
mod tables;

use core::marker::PhantomData;
use core::ops::Range;
use std::borrow::Cow;

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use crate::curve::Curve;
use crate::field::LaneField;
use batch::{infinity, Adder, Stored};
use scalars::Halver;
use sort::{Chunk, Plan, Sorted};
use sums::{Id, Summer};

/// Below this many scalars, arkworks' sum is as fast.
const FEW: usize = 48;
/// Most memory of sorted ids and buckets at a time, if one window does not need more.
const MAX_BYTES: usize = 1 << 29;

/// Bases in the form that sums read: of each point P and φ(P), 128 bytes in BN254 G1, 256 in
/// BLS12-381 G1 and BN254 G2, 384 in BLS12-381 G2; as much again for each further table.
pub struct PreparedBases<C: Curve>(Box<dyn Sum<C>>);

impl<C: Curve> PreparedBases<C> {
    /// Prepares bases for this CPU. Requires points of the prime-order subgroup.
    pub fn new(bases: &[Affine<C>]) -> Self {
        Self::with_tables(bases, 1)
    }

    /// Prepares bases for this CPU with up to `tables` times as many points: besides each base also multiples of it
    /// by powers of two, so that several windows share their buckets. Windows are those that suit as many uniform
    /// scalars as there are bases, which may need fewer tables; so may ids, of which there are 2^31 with a
    /// sign.
    pub fn with_tables(bases: &[Affine<C>], tables: u32) -> Self {
        PreparedBases(C::prepare(bases, tables))
    }

    /// Prepares bases for any CPU: the same algorithm on arkworks' arithmetic.
    pub fn portable(bases: &[Affine<C>]) -> Self {
        PreparedBases(C::prepare_portable(bases, 1))
    }

    /// Number of bases.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bases.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of scalar · base over as many as there are of both, on the threads of the current
    /// rayon pool.
    pub fn msm(&self, scalars: &[C::ScalarField]) -> Projective<C> {
        self.msms(&[scalars]).swap_remove(0)
    }

    /// Several sums at once, as [`Self::msm`] of each.
    pub fn msms(&self, batch: &[&[C::ScalarField]]) -> Vec<Projective<C>> {
        let fitting: Vec<_> = batch
            .iter()
            .map(|scalars| &scalars[..scalars.len().min(self.len())])
            .collect();
        self.0.msms(&fitting)
    }
}

/// Prepared bases in whatever arithmetic.
pub trait Sum<C: Curve>: Send + Sync {
    /// Number of bases.
    fn len(&self) -> usize;
    /// Σ scalar · base for every member. Requires no more scalars than bases.
    fn msms(&self, batch: &[&[C::ScalarField]]) -> Vec<Projective<C>>;
}

/// P and φ(P) of every base, side by side, and the same of its multiples.
pub struct Prepared<C: Curve, F: LaneField<Scalar = C::BaseField>> {
    f: F,
    points: Vec<Stored<F::Stored>>,
    len: usize,
    /// The bases that are infinity.
    infinite: Vec<usize>,
    /// What the multiples in tables suit.
    fixed: Option<Plan>,
    halver: Halver,
    curve: PhantomData<fn() -> C>,
}

impl<C: Curve, F: LaneField<Scalar = C::BaseField>> Prepared<C, F> {
    pub fn new(f: F, bases: &[Affine<C>], tables: u32) -> Self {
        let fixed = Some(Plan::with_tables(bases.len(), tables)).filter(|p| p.num_tables() > 1);
        let num_tables = fixed.map_or(1, Plan::num_tables) as usize;
        let mut points = vec![infinity::<F>(); 2 * bases.len() * num_tables];
        let mut multiples = Cow::Borrowed(bases);
        let tables = points.chunks_mut((2 * bases.len()).max(1));
        for (table, points) in tables.enumerate() {
            if let (1.., Some(plan)) = (table, fixed) {
                multiples = Cow::Owned(tables::doubled(&multiples, plan.table_bits()));
            }
            Self::store(f, &multiples, points);
        }
        Prepared {
            f,
            points,
            len: bases.len(),
            infinite: (0..bases.len()).filter(|&i| bases[i].is_zero()).collect(),
            fixed,
            halver: Halver::new::<C>(),
            curve: PhantomData,
        }
    }

    /// P and φ(P) of every base, side by side.
    fn store(f: F, bases: &[Affine<C>], points: &mut [Stored<F::Stored>]) {
        points
            .par_chunks_mut(2 * 512)
            .zip(bases.par_chunks(512))
            .for_each(|(points, bases)| {
                let adder = Adder::new(f);
                for (points, bases) in points.chunks_mut(16).zip(bases.chunks(8)) {
                    let image: Vec<_> = bases.iter().map(C::endomorphism_affine).collect();
                    let stored = [adder.stored(bases), adder.stored(&image)];
                    for (i, pair) in points.chunks_mut(2).enumerate() {
                        pair.copy_from_slice(&[stored[0][i], stored[1][i]]);
                    }
                }
            });
    }

    /// The scalars, zero where the base is infinity.
    fn without_infinite<'a>(&self, scalars: &'a [C::ScalarField]) -> Cow<'a, [C::ScalarField]> {
        let mut finite = Cow::Borrowed(scalars);
        for &i in self.infinite.iter().filter(|&&i| i < scalars.len()) {
            finite.to_mut()[i] = C::ScalarField::ZERO;
        }
        finite
    }

    /// As arkworks has them.
    fn first_bases(&self, count: usize) -> Vec<Affine<C>> {
        let adder = Adder::new(self.f);
        self.points[..2 * count]
            .chunks(16)
            .flat_map(|points| adder.affine(points))
            .step_by(2)
            .collect()
    }

    /// What the windows of each task add up to.
    fn window_sums(&self, tasks: &[Task]) -> Vec<Projective<C>> {
        let sorted: Vec<Sorted> = tasks
            .par_iter()
            .with_max_len(1)
            .map(|task| Sorted::new(task.halves, task.plan, task.set, 2 * self.len as Id))
            .collect();
        // Parts of equal length, so that threads end together whatever the windows hold.
        let total: usize = sorted.iter().map(|s| s.ids.len()).sum();
        let length = total
            .div_ceil(8 * rayon::current_num_threads())
            .max(1 << 13)
            .min(total)
            .max(1);
        let parts: Vec<(usize, Range<usize>)> = sorted
            .iter()
            .enumerate()
            .flat_map(|(w, s)| {
                let count = s.ids.len().div_ceil(length);
                (0..count).map(move |p| (w, p * s.ids.len() / count..(p + 1) * s.ids.len() / count))
            })
            .collect();
        let part_sums: Vec<Vec<Stored<F::Stored>>> = parts
            .par_iter()
            .with_max_len(1)
            .map_init(
                || Summer::new(self.f),
                |summer, (w, range)| summer.sums(&self.points, sorted[*w].lists(), range.clone()),
            )
            .collect();
        let mut buckets: Vec<Vec<Stored<F::Stored>>> = Vec::with_capacity(sorted.len());
        let mut parts = parts.iter().zip(part_sums).peekable();
        for (w, s) in sorted.iter().enumerate() {
            if s.ids.is_empty() {
                buckets.push(Vec::new());
                continue;
            }
            let num_buckets = tasks[w].plan.windows.window(tasks[w].set).num_buckets();
            let mut all = vec![infinity::<F>(); num_buckets];
            let adder = Adder::new(self.f);
            while let Some(((_, range), sums)) = parts.next_if(|((of, _), _)| *of == w) {
                let touched = s.lists().touched(range);
                // The first list of a part may have begun in the one before.
                let begun = (s.starts[touched.start] as usize) < range.start;
                let first = all[touched.start];
                all[touched.clone()].copy_from_slice(&sums);
                if begun {
                    let points: Vec<Affine<C>> = adder.affine(&[first, sums[0]]);
                    let both = (points[0] + points[1]).into_affine();
                    all[touched.start] = adder.stored(&[both])[0];
                }
            }
            buckets.push(all);
        }
        buckets
            .par_iter()
            .with_max_len(1)
            .map_init(
                || Summer::new(self.f),
                |summer, buckets| buckets::weighted_sum::<C, F>(summer, buckets, 1),
            )
            .collect()
    }
}

impl<C: Curve, F: LaneField<Scalar = C::BaseField>> Sum<C> for Prepared<C, F> {
    fn len(&self) -> usize {
        self.len
    }

    fn msms(&self, batch: &[&[C::ScalarField]]) -> Vec<Projective<C>> {
        let members: Vec<Option<(Vec<Chunk>, Plan)>> = batch
            .iter()
            .map(|scalars| {
                (scalars.len() >= FEW).then(|| {
                    let scalars = &self.without_infinite(scalars);
                    let halves = sort::halves(scalars, &self.halver);
                    let plan = self.fixed.unwrap_or_else(|| sort::cheapest_plan(&halves));
                    (halves, plan)
                })
            })
            .collect();
        let tasks: Vec<Task> = members
            .iter()
            .flatten()
            .flat_map(|(halves, plan)| {
                (0..plan.sets).map(|set| Task {
                    halves,
                    plan: *plan,
                    set,
                })
            })
            .collect();
        let bytes = |task: &Task| -> usize {
            let halves: usize = task.halves.iter().map(Chunk::len).sum();
            halves * task.plan.num_tables() as usize * size_of::<Id>()
                + task.plan.windows.window(task.set).num_buckets() * size_of::<Stored<F::Stored>>()
        };
        let most = tasks.iter().map(bytes).max().unwrap_or(1);
        let mut sums = tasks
            .chunks((MAX_BYTES / most).max(1))
            .flat_map(|tasks| self.window_sums(tasks));
        let mut of_member = |(scalars, member): (&&[C::ScalarField], &Option<(_, Plan)>)| {
            let Some((_, plan)) = member else {
                return Projective::<C>::msm_unchecked(&self.first_bases(scalars.len()), scalars);
            };
            let sets: Vec<_> = sums.by_ref().take(plan.sets as usize).collect();
            let mut sum = Projective::<C>::ZERO;
            for w in (0..plan.sets).rev() {
                for _ in 0..plan.windows.window(w).bits {
                    sum.double_in_place();
                }
                sum += sets[w as usize];
            }
            sum
        };
        batch.iter().zip(&members).map(&mut of_member).collect()
    }
}

/// Windows of one sum that share their buckets.
struct Task<'a> {
    halves: &'a [Chunk],
    plan: Plan,
    set: u32,
}

#[cfg(test)]
mod tests;
