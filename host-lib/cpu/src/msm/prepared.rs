//! Bases as they are kept, and sums over them.

use core::marker::PhantomData;
use std::borrow::Cow;

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, VariableBaseMSM};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use super::points::{self, infinity, Stored};
use super::repeated::Repeated;
use super::scalars::Halver;
use super::sort::{self, Chunk, Plan, Sorted};
use super::sums::{Id, Lists, Summer};
use super::{buckets, parallel, tables, Sum};
use crate::curve::Curve;
use crate::field::LaneField;

/// Below this many scalars, arkworks' sum is as fast.
const FEW: usize = 48;
/// Most memory of sorted ids and buckets at a time, if one window does not need more.
const MAX_BYTES: usize = 1 << 29;

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
                for (points, bases) in points.chunks_mut(16).zip(bases.chunks(8)) {
                    let image: Vec<_> = bases.iter().map(C::endomorphism_affine).collect();
                    let stored = [points::stored(f, bases), points::stored(f, &image)];
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
        self.points[..2 * count]
            .chunks(16)
            .flat_map(|points| points::affine(self.f, points))
            .step_by(2)
            .collect()
    }

    /// What a sum is over: bases and scalars that are not zero, if enough of these are equal; else all.
    fn operands<'a>(&'a self, scalars: &'a [C::ScalarField]) -> Operands<'a, C, F> {
        let scalars = self.without_infinite(scalars);
        match Repeated::find(&scalars) {
            Some(repeated) => self.merged(&scalars, &repeated),
            None => Operands {
                points: Cow::Borrowed(&self.points),
                len: self.len,
                scalars,
            },
        }
    }

    /// One base for each class of equal scalars: the sum of those that they have.
    fn merged(&self, scalars: &[C::ScalarField], repeated: &Repeated) -> Operands<'_, C, F> {
        let table_len = 2 * self.len;
        let num_tables = self.points.len() / table_len;
        // A list for P and one for φ(P) of every class, table by table.
        let (mut ids, mut starts) = (Vec::new(), vec![0]);
        for table in 0..num_tables {
            for class in repeated.classes() {
                for image in 0..2 {
                    let first = (table * table_len) as Id + image;
                    ids.extend(class.iter().map(|k| first + 2 * k));
                    starts.push(ids.len() as u32);
                }
            }
        }
        let lists = Lists {
            ids: &ids,
            starts: &starts,
        };
        let sums = parallel::sums::<C, F>(self.f, &[(&self.points, lists)]).swap_remove(0);
        let num_classes = repeated.classes().count();
        let mut sum_of = vec![None; scalars.len()];
        for (class, members) in repeated.classes().enumerate() {
            sum_of[members[0] as usize] = Some(class);
        }
        let finite =
            |k: &&u32| sum_of[**k as usize].is_none_or(|class| sums[2 * class].x != F::SENTINEL);
        let kept: Vec<u32> = repeated.kept().iter().filter(finite).copied().collect();
        let mut points = Vec::with_capacity(2 * kept.len() * num_tables);
        for table in 0..num_tables {
            for &k in &kept {
                let (from, first) = match sum_of[k as usize] {
                    Some(class) => (&sums, 2 * (table * num_classes + class)),
                    None => (&self.points, table * table_len + 2 * k as usize),
                };
                points.extend_from_slice(&from[first..first + 2]);
            }
        }
        Operands {
            points: Cow::Owned(points),
            len: kept.len(),
            scalars: kept.iter().map(|&k| scalars[k as usize]).collect(),
        }
    }

    /// What the windows of each task add up to.
    fn window_sums(&self, tasks: &[Task<F::Stored>]) -> Vec<Projective<C>> {
        let sorted: Vec<Sorted> = tasks
            .par_iter()
            .with_max_len(1)
            .map(|task| Sorted::new(task.halves, task.plan, task.set, task.table_len))
            .collect();
        let jobs: Vec<_> = tasks
            .iter()
            .zip(&sorted)
            .map(|(task, sorted)| (task.points, sorted.lists()))
            .collect();
        parallel::sums::<C, F>(self.f, &jobs)
            .par_iter()
            .with_max_len(1)
            .map_init(
                || Summer::new(self.f),
                |summer, buckets| buckets::weighted_sum::<C, F>(summer, buckets, 1),
            )
            .collect()
    }
}

/// Bases, and scalars of the first ones.
struct Operands<'a, C: Curve, F: LaneField> {
    /// As [`Prepared`] has them.
    points: Cow<'a, [Stored<F::Stored>]>,
    len: usize,
    scalars: Cow<'a, [C::ScalarField]>,
}

/// One sum of a batch.
struct Member<'a, C: Curve, F: LaneField> {
    operands: Operands<'a, C, F>,
    halves: Vec<Chunk>,
    plan: Plan,
}

impl<C: Curve, F: LaneField<Scalar = C::BaseField>> Sum<C> for Prepared<C, F> {
    fn len(&self) -> usize {
        self.len
    }

    fn msms(&self, batch: &[&[C::ScalarField]]) -> Vec<Projective<C>> {
        let members: Vec<Option<Member<C, F>>> = batch
            .iter()
            .map(|scalars| {
                (scalars.len() >= FEW).then(|| {
                    let operands = self.operands(scalars);
                    let halves = sort::halves(&operands.scalars, &self.halver);
                    let plan = self.fixed.unwrap_or_else(|| sort::cheapest_plan(&halves));
                    Member {
                        operands,
                        halves,
                        plan,
                    }
                })
            })
            .collect();
        let tasks: Vec<Task<F::Stored>> = members
            .iter()
            .flatten()
            .flat_map(|member| {
                (0..member.plan.sets).map(|set| Task {
                    points: &member.operands.points,
                    table_len: 2 * member.operands.len as Id,
                    halves: &member.halves,
                    plan: member.plan,
                    set,
                })
            })
            .collect();
        let bytes = |task: &Task<F::Stored>| -> usize {
            let halves: usize = task.halves.iter().map(Chunk::len).sum();
            halves * task.plan.num_tables() as usize * size_of::<Id>()
                + task.plan.windows.window(task.set).num_buckets() * size_of::<Stored<F::Stored>>()
        };
        let most = tasks.iter().map(bytes).max().unwrap_or(1);
        let mut sums = tasks
            .chunks((MAX_BYTES / most).max(1))
            .flat_map(|tasks| self.window_sums(tasks));
        let mut of_member = |(scalars, member): (&&[C::ScalarField], &Option<Member<C, F>>)| {
            let Some(Member { plan, .. }) = member else {
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
struct Task<'a, T> {
    points: &'a [Stored<T>],
    /// Points of a table.
    table_len: Id,
    halves: &'a [Chunk],
    plan: Plan,
    set: u32,
}
