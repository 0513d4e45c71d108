//! Bases as they are kept, and sums over them.

use core::marker::PhantomData;
use std::borrow::Cow;

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, VariableBaseMSM};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use super::points::{self, infinity, Stored};
use super::pool::Pool;
use super::repeated::Repeated;
use super::scalars::{Halver, Halves};
use super::sort::{self, Chunk, Plan, Sorted};
use super::sums::{Id, Lists};
use super::{buckets, parallel, tables, Sum};
use crate::curve::Curve;
use crate::field::LaneField;
use crate::machine::huge_pages;

/// Below this many scalars, arkworks' sum is as fast.
const FEW: usize = 48;
/// Most memory of sorted ids and buckets at a time, if one window does not need more; and of copies of bases, if one sum
/// does not.
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
        let mut points = huge_pages::filled(infinity::<F>(), 2 * bases.len() * num_tables);
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
                    let stored = points::stored(f, bases);
                    let pairs = points::with_images::<C, F>(f, &stored);
                    points.copy_from_slice(&pairs.as_flattened()[..points.len()]);
                }
            });
    }

    /// As arkworks has them.
    fn first_bases(&self, count: usize) -> Vec<Affine<C>> {
        self.points[..2 * count]
            .chunks(16)
            .flat_map(|points| points::affine(self.f, points))
            .step_by(2)
            .collect()
    }

    /// One sum of a batch: over all bases, or, if many scalars are equal, over the sums of theirs.
    fn member(&self, scalars: &[C::ScalarField], pool: &Pool<F>) -> Member<'_, F> {
        let mut halves = self.halver.halves(scalars);
        for &i in self.infinite.iter().filter(|&&i| i < scalars.len()) {
            halves[i] = [0; 2];
        }
        // Tables leave few windows to save an addition in, and more to copy.
        let worthwhile = |plan: Plan| plan.windows.0 >= 4 * plan.num_tables();
        let repeated = if self.fixed.is_none_or(worthwhile) {
            Repeated::find(&halves)
        } else {
            None
        };
        let (points, len) = match repeated {
            Some(repeated) => {
                let points;
                (points, halves) = self.merged(&repeated, &halves, pool);
                (Cow::Owned(points), halves.len())
            }
            None => (Cow::Borrowed(&*self.points), self.len),
        };
        let chunks = sort::chunks(&halves);
        let plan = self.fixed.unwrap_or_else(|| sort::cheapest_plan(&chunks));
        Member {
            points,
            len,
            chunks,
            plan,
        }
    }

    /// The bases of scalars that have no equal and are not zero, and for each class of equal ones the sum of their bases,
    /// both filled up to eights with infinity; the halves that belong to these, zero for infinity.
    fn merged(
        &self,
        repeated: &Repeated,
        halves: &[Halves],
        pool: &Pool<F>,
    ) -> (Vec<Stored<F::Stored>>, Vec<Halves>) {
        let table_len = 2 * self.len;
        let num_tables = self.points.len() / table_len;
        let num_classes = repeated.num_classes();
        // Of φ(P), the sum is the image of that of P.
        let num_ids = num_tables * repeated.num_members();
        let (mut ids, mut starts) = (Vec::with_capacity(num_ids), vec![0]);
        for table in 0..num_tables {
            let first = (table * table_len) as Id;
            for class in repeated.classes() {
                ids.extend(class.iter().map(|k| first + 2 * k));
                starts.push(ids.len() as u32);
            }
        }
        let lists = Lists {
            ids: &ids,
            starts: &starts,
        };
        let sums = parallel::sums::<C, F>(pool, &[(&self.points, lists)]).swap_remove(0);

        let others = repeated.others();
        let mut points: Vec<[[Stored<F::Stored>; 2]; 8]> = Vec::new();
        let num_blocks = others.len().div_ceil(8) + num_classes.div_ceil(8);
        huge_pages::reserve(&mut points, num_tables * num_blocks);
        for (table, sums) in sums.chunks(num_classes).enumerate() {
            let pair = |k: &u32| -> [Stored<F::Stored>; 2] {
                let first = table * table_len + 2 * *k as usize;
                [self.points[first], self.points[first + 1]]
            };
            let eight = |others: &[u32]| {
                core::array::from_fn(|i| others.get(i).map_or([infinity::<F>(); 2], pair))
            };
            points.par_extend(others.par_chunks(8).with_min_len(1 << 7).map(eight));
            let eight_sums = |sums| points::with_images::<C, F>(self.f, sums);
            points.par_extend(sums.par_chunks(8).with_min_len(1 << 7).map(eight_sums));
        }

        let mut merged = Vec::with_capacity(8 * num_blocks);
        let of_others = others.par_iter().with_min_len(1 << 12);
        merged.par_extend(of_others.map(|&k| halves[k as usize]));
        merged.resize(others.len().next_multiple_of(8), [0; 2]);
        let finite = |k: usize| sums[k].x != F::SENTINEL;
        merged.extend(
            repeated
                .classes()
                .enumerate()
                .map(|(k, class)| match finite(k) {
                    true => halves[class[0] as usize],
                    false => [0; 2],
                }),
        );
        merged.resize(8 * num_blocks, [0; 2]);
        (points.into_flattened().into_flattened(), merged)
    }

    /// What the windows of each task add up to.
    fn window_sums(tasks: &[Task<F::Stored>], pool: &Pool<F>) -> Vec<Projective<C>> {
        let sorted: Vec<Sorted> = tasks
            .par_iter()
            .with_max_len(1)
            .map(|task| Sorted::new(task.chunks, task.plan, task.set, task.table_len))
            .collect();
        let jobs: Vec<_> = tasks
            .iter()
            .zip(&sorted)
            .map(|(task, sorted)| (task.points, sorted.lists()))
            .collect();
        parallel::sums::<C, F>(pool, &jobs)
            .par_iter()
            .with_max_len(1)
            .map(|buckets| buckets::weighted_sum::<C, F>(pool, buckets, 1))
            .collect()
    }
}

/// One sum of a batch.
struct Member<'a, F: LaneField> {
    /// As [`Prepared`] has them.
    points: Cow<'a, [Stored<F::Stored>]>,
    /// Bases.
    len: usize,
    chunks: Vec<Chunk>,
    plan: Plan,
}

impl<F: LaneField> Member<'_, F> {
    fn tasks(&self) -> impl Iterator<Item = Task<'_, F::Stored>> {
        (0..self.plan.sets).map(|set| Task {
            points: &self.points,
            table_len: 2 * self.len as Id,
            chunks: &self.chunks,
            plan: self.plan,
            set,
        })
    }

    /// Bytes of bases of its own.
    fn bytes(&self) -> usize {
        match &self.points {
            Cow::Borrowed(_) => 0,
            Cow::Owned(points) => size_of_val(points.as_slice()),
        }
    }

    /// The sum, from those of its windows.
    fn put_together<C: Curve>(&self, of_sets: &[Projective<C>]) -> Projective<C> {
        let mut sum = Projective::<C>::ZERO;
        for w in (0..self.plan.sets).rev() {
            for _ in 0..self.plan.windows.window(w).bits {
                sum.double_in_place();
            }
            sum += of_sets[w as usize];
        }
        sum
    }
}

impl<C: Curve, F: LaneField<Scalar = C::BaseField>> Prepared<C, F> {
    fn sums(members: &[Member<F>], pool: &Pool<F>) -> Vec<Projective<C>> {
        let tasks: Vec<_> = members.iter().flat_map(Member::tasks).collect();
        let most = tasks.iter().map(Task::bytes).max().unwrap_or(1);
        let of_sets: Vec<_> = tasks
            .chunks((MAX_BYTES / most).max(1))
            .flat_map(|tasks| Self::window_sums(tasks, pool))
            .collect();
        let mut rest = of_sets.as_slice();
        let sum = |member: &Member<F>| {
            let (own, others) = rest.split_at(member.plan.sets as usize);
            rest = others;
            member.put_together(own)
        };
        members.iter().map(sum).collect()
    }
}

impl<C: Curve, F: LaneField<Scalar = C::BaseField>> Sum<C> for Prepared<C, F> {
    fn len(&self) -> usize {
        self.len
    }

    fn msms(&self, batch: &[&[C::ScalarField]]) -> Vec<Projective<C>> {
        let pool = Pool::new(self.f);
        let mut sums = vec![Projective::ZERO; batch.len()];
        let mut rest = batch.iter().enumerate().peekable();
        while rest.peek().is_some() {
            let (mut places, mut members) = (Vec::new(), Vec::new());
            let mut bytes = 0;
            while let Some((place, scalars)) = rest.next_if(|_| bytes < MAX_BYTES) {
                if scalars.len() < FEW {
                    let bases = self.first_bases(scalars.len());
                    sums[place] = Projective::<C>::msm_unchecked(&bases, scalars);
                    continue;
                }
                let member = self.member(scalars, &pool);
                bytes += member.bytes();
                places.push(place);
                members.push(member);
            }
            for (place, sum) in places.into_iter().zip(Self::sums(&members, &pool)) {
                sums[place] = sum;
            }
        }
        sums
    }
}

/// Windows of one sum that share their buckets.
struct Task<'a, T> {
    points: &'a [Stored<T>],
    /// Points of a table.
    table_len: Id,
    chunks: &'a [Chunk],
    plan: Plan,
    set: u32,
}

impl<T> Task<'_, T> {
    /// Bytes of its sorted ids and buckets.
    fn bytes(&self) -> usize {
        let halves: usize = self.chunks.iter().map(Chunk::len).sum();
        halves * self.plan.num_tables() as usize * size_of::<Id>()
            + self.plan.windows.window(self.set).num_buckets() * size_of::<Stored<T>>()
    }
}
