//! Sums of many lists of points at once, as trees: in every round all pairs of all lists are one
//! batch of affine additions.
//!
//! Lists are cut into ranges. The first round of a range adds bases where they are and leaves the sums, side
//! by side, in work space that stays in the second-level cache, where later rounds work in place: memory is
//! asked for each point once, while the range before is summed. A list that a range cuts goes on in the next one,
//! its partial sum being just another element. There is nothing to conflict, and one list of a million points
//! costs as many batches as a thousand lists of a thousand.

use core::ops::Range;

use ark_ec::short_weierstrass::Affine;

use super::additions::Upcoming;
use super::batch::{infinity, Adder, Pair, Stored, BATCH};
use crate::curve::Curve;
use crate::field::LaneField;

/// Index and sign of a point.
pub type Id = u32;
/// The point counts negatively.
pub const NEGATIVE: Id = 1 << 31;

/// Bytes of the points of a range.
const RANGE_BYTES: usize = 1 << 19;
/// The slots before this are pairs that fill batches up, one for each place of a batch. It does not matter
/// what they hold; ordinary points cost least.
const FIRST_FREE: usize = 2 * BATCH;

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
    /// Fillers, then sums of pairs, then what had no partner in the first round.
    slots: Vec<Stored<F::Stored>>,
    first_single: usize,
    /// Ids of a range.
    range_ids: usize,
    /// Lists and how many elements they have left.
    lists: Vec<(u32, u32)>,
    /// Slots of their elements.
    items: Vec<u32>,
    pairs: Vec<Pair>,
}

impl<F: LaneField> Summer<F> {
    /// For lists of up to so many ids together; more are taken in parts.
    pub fn new(f: F, ids: usize) -> Self {
        let range_ids = ids.clamp(2, RANGE_BYTES / size_of::<Stored<F::Stored>>());
        let first_single = FIRST_FREE + range_ids / 2 + BATCH;
        Summer {
            adder: Adder::new(f),
            slots: vec![infinity::<F>(); first_single + range_ids + 1],
            first_single,
            range_ids,
            lists: Vec::new(),
            items: Vec::new(),
            pairs: Vec::new(),
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
    /// of its list is in the range. Requires two bases.
    pub fn sums(
        &mut self,
        bases: &[Stored<F::Stored>],
        lists: Lists,
        range: Range<usize>,
    ) -> Vec<Stored<F::Stored>> {
        let touched = lists.touched(&range);
        let mut sums = vec![infinity::<F>(); touched.len()];
        for (filler, base) in self.slots[..FIRST_FREE]
            .iter_mut()
            .zip(bases.iter().cycle())
        {
            *filler = *base;
        }
        let range_ids = self.range_ids;
        let ids_from = |first: usize| Upcoming {
            bases,
            ids: &lists.ids[first..range.end.min(first + range_ids)],
        };
        ids_from(range.start).request(self.adder.field(), range_ids);
        let mut list = touched.start;
        let mut position = range.start;
        let mut partial = None;
        while position < range.end {
            let end = range.end.min(position + range_ids);
            let mut upcoming = ids_from(end);
            self.lists.clear();
            self.items.clear();
            self.pairs.clear();
            let mut single = self.first_single;
            let mut cut = false;
            while position < end {
                let list_end = (lists.starts[list + 1] as usize).min(range.end);
                let stop = list_end.min(end);
                let (before, first) = (self.items.len(), FIRST_FREE + self.pairs.len());
                let (pairs, odd) = lists.ids[position..stop].as_chunks::<2>();
                self.pairs
                    .extend(pairs.iter().map(|&[a, b]| Pair::new(a, b)));
                self.items
                    .extend((first..first + pairs.len()).map(|slot| slot as u32));
                let odd = odd.first().map(|&id| signed::<F>(bases, id));
                for point in partial.take().into_iter().chain(odd) {
                    self.slots[single] = point;
                    self.items.push(single as u32);
                    single += 1;
                }
                let length = self.items.len() - before;
                if length > 0 {
                    self.lists
                        .push(((list - touched.start) as u32, length as u32));
                }
                position = stop;
                cut = stop < list_end;
                list += usize::from(stop == list_end);
            }
            fill_up(&mut self.pairs, 0);
            self.adder
                .add::<true>(&mut self.slots, FIRST_FREE, &self.pairs, &mut upcoming);
            self.reduce(&mut sums, &mut upcoming);
            upcoming.request(self.adder.field(), range_ids);
            if cut {
                partial = Some(sums[list - touched.start]);
            }
        }
        sums
    }

    /// Adds up the lists of `self.lists`, each into its place of `sums`.
    fn reduce(&mut self, sums: &mut [Stored<F::Stored>], upcoming: &mut Upcoming<F::Stored>) {
        while !self.lists.is_empty() {
            self.pairs.clear();
            // What is left is written over what has been read.
            let (mut from, mut to, mut left) = (0, 0, 0);
            for k in 0..self.lists.len() {
                let (list, length) = self.lists[k];
                let length = length as usize;
                if length == 1 {
                    sums[list as usize] = self.slots[self.items[from] as usize];
                    from += 1;
                    continue;
                }
                for _ in 0..length / 2 {
                    let pair = Pair::new(self.items[from], self.items[from + 1]);
                    self.pairs.push(pair);
                    self.items[to] = pair.first();
                    from += 2;
                    to += 1;
                }
                if length % 2 == 1 {
                    self.items[to] = self.items[from];
                    from += 1;
                    to += 1;
                }
                self.lists[left] = (list, length.div_ceil(2) as u32);
                left += 1;
            }
            self.lists.truncate(left);
            self.items.truncate(to);
            fill_up(&mut self.pairs, 2);
            self.adder
                .add::<false>(&mut self.slots, FIRST_FREE, &self.pairs, upcoming);
        }
    }
}

/// Base `id` with its sign.
fn signed<F: LaneField>(bases: &[Stored<F::Stored>], id: Id) -> Stored<F::Stored> {
    let point = bases[(id & !NEGATIVE) as usize];
    match id & NEGATIVE {
        0 => point,
        _ => Stored {
            y: F::negated(point.y),
            ..point
        },
    }
}

/// Makes whole batches of pairs: of positions 0 and 1, both growing by `step`.
fn fill_up(pairs: &mut Vec<Pair>, step: u32) {
    let missing = pairs.len().next_multiple_of(BATCH) - pairs.len();
    pairs.extend((0..missing as u32).map(|k| Pair::new(k * step, 1 + k * step)));
}
