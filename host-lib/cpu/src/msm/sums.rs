//! Sums of many lists of points at once, as trees: in every round all pairs of all lists are one
//! batch of affine additions.
//!
//! Lists are cut into ranges whose points and partial sums stay in the second-level cache. A list that a
//! range cuts goes on in the next one, its partial sum being just another element. There is nothing to conflict,
//! and one list of a million points costs as many batches as a thousand lists of a thousand.

use core::ops::Range;

use super::batch::{infinity, Adder, Id, Stored, BATCH, LOCAL, NEGATIVE};
use ark_ec::short_weierstrass::Affine;

use crate::curve::Curve;
use crate::field::LaneField;

/// Elements of a range: their results are as many slots of work space.
const RANGE: usize = 8192;
/// Slot of infinity, which fills batches up.
const INFINITY: usize = 0;
/// Slot of the partial sum that the next range goes on with.
const PARTIAL: usize = 1;
const FIRST_FREE: usize = 2;

/// Lists of ids: list k is `ids[starts[k]..starts[k + 1]]`.
#[derive(Clone, Copy)]
pub struct Lists<'a> {
    pub ids: &'a [Id],
    pub starts: &'a [u32],
}

impl Lists<'_> {
    fn list_of(&self, position: usize) -> usize {
        self.starts.partition_point(|&s| s as usize <= position) - 1
    }

    /// The lists that positions `range` have a share in.
    pub fn touched(&self, range: &Range<usize>) -> Range<usize> {
        if range.is_empty() {
            return 0..0;
        }
        self.list_of(range.start)..self.list_of(range.end - 1) + 1
    }
}

/// Work space of one thread.
pub struct Summer<F: LaneField> {
    adder: Adder<F>,
    local: Vec<Stored<F::Stored>>,
    round: Round,
    next: Round,
    pairs: Vec<[Id; 2]>,
    /// Lists whose sum is one point, counted negatively.
    negate: Vec<u32>,
}

/// What is left of the lists of a range: the lengths of those with more than one element, and these.
#[derive(Default)]
struct Round {
    lists: Vec<(u32, u32)>,
    items: Vec<Id>,
}

impl Round {
    fn clear(&mut self) {
        self.lists.clear();
        self.items.clear();
    }
}

impl<F: LaneField> Summer<F> {
    pub fn new(f: F) -> Self {
        // A round fills its last batch up, and later rounds overwrite what fills.
        let slots = FIRST_FREE + RANGE + 2 * BATCH;
        Summer {
            adder: Adder::new(f),
            local: vec![infinity::<F>(); slots],
            round: Round::default(),
            next: Round::default(),
            pairs: Vec::new(),
            negate: Vec::new(),
        }
    }

    /// Points in memory as arkworks has them.
    pub fn affine<C: Curve<BaseField = F::Scalar>>(
        &self,
        points: &[Stored<F::Stored>],
    ) -> Vec<Affine<C>> {
        self.adder.affine(points)
    }

    /// The sums over positions `range` of the lists that it touches, in their order; each covers what
    /// of its list is in the range.
    pub fn sums(
        &mut self,
        bases: &[Stored<F::Stored>],
        lists: Lists,
        range: Range<usize>,
    ) -> Vec<Stored<F::Stored>> {
        let touched = lists.touched(&range);
        let mut sums = vec![infinity::<F>(); touched.len()];
        let mut list = touched.start;
        let mut position = range.start;
        let mut partial = false;
        while position < range.end {
            self.round.clear();
            if partial {
                self.round.items.push(LOCAL | PARTIAL as Id);
            }
            let end = range.end.min(position + RANGE - 1);
            let mut cut = false;
            let taken = position..end;
            while position < taken.end {
                let list_end = (lists.starts[list + 1] as usize).min(range.end);
                let stop = list_end.min(taken.end);
                let length = stop - position + usize::from(partial);
                if length > 0 {
                    let number = (list - touched.start) as u32;
                    self.round.lists.push((number, length as u32));
                }
                partial = false;
                position = stop;
                cut = stop < list_end;
                list += usize::from(stop == list_end);
            }
            self.round.items.extend_from_slice(&lists.ids[taken]);
            self.reduce(bases, &mut sums);
            if cut {
                self.local[PARTIAL] = sums[list - touched.start];
                partial = true;
            }
        }
        sums
    }

    /// Adds up the lists of `self.round`, each into its place of `sums`.
    fn reduce(&mut self, bases: &[Stored<F::Stored>], sums: &mut [Stored<F::Stored>]) {
        let mut free = FIRST_FREE;
        while !self.round.lists.is_empty() {
            let first_result = free;
            self.pairs.clear();
            self.next.clear();
            let mut items = &self.round.items[..];
            for &(list, length) in &self.round.lists {
                let (of_list, rest) = items.split_at(length as usize);
                items = rest;
                if let [only] = of_list {
                    let all = if only & LOCAL == 0 {
                        bases
                    } else {
                        &self.local
                    };
                    let point = &all[(only & !(LOCAL | NEGATIVE)) as usize];
                    sums[list as usize] = *point;
                    if only & NEGATIVE != 0 {
                        self.negate.push(list);
                    }
                    continue;
                }
                let (pairs, odd) = of_list.as_chunks::<2>();
                self.pairs.extend_from_slice(pairs);
                self.next
                    .items
                    .extend((free..free + pairs.len()).map(|slot| LOCAL | slot as Id));
                self.next.items.extend_from_slice(odd);
                free += pairs.len();
                self.next.lists.push((list, length.div_ceil(2)));
            }
            let full = self.pairs.len().next_multiple_of(BATCH);
            self.pairs.resize(full, [LOCAL | INFINITY as Id; 2]);
            self.adder
                .add(bases, &mut self.local, &self.pairs, first_result);
            core::mem::swap(&mut self.round, &mut self.next);
        }
        for lists in self.negate.chunks(8) {
            let points = core::array::from_fn(|i| &sums[lists[i.min(lists.len() - 1)] as usize]);
            let ys = self.adder.negated(points, 0xff);
            for (&list, y) in lists.iter().zip(ys) {
                sums[list as usize].y = y;
            }
        }
        self.negate.clear();
    }
}
