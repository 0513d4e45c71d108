//! Sums of many lists of points at once, as trees: in every round all pairs of all lists are one
//! batch of affine additions.
//!
//! Lists are cut into ranges. The points of a range are copied, side by side, to work space that stays
//! in the second-level cache: memory is asked for each point once, while the range before is summed, and
//! every round works in place. A list that a range cuts goes on in the next one, its partial sum being just
//! another element. There is nothing to conflict, and one list of a million points costs as many batches as a
//! thousand lists of a thousand.

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
/// Ids from the request of a point's memory to its use.
const PREFETCH: usize = 32;

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
    slots: Vec<Stored<F::Stored>>,
    /// Lists and how many elements they have left.
    lists: Vec<(u32, u32)>,
    /// Slots of their elements.
    items: Vec<u32>,
    pairs: Vec<Pair>,
}

impl<F: LaneField> Summer<F> {
    pub fn new(f: F) -> Self {
        let slots = RANGE_BYTES / size_of::<Stored<F::Stored>>();
        Summer {
            adder: Adder::new(f),
            slots: vec![infinity::<F>(); slots],
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
    /// of its list is in the range.
    pub fn sums(
        &mut self,
        bases: &[Stored<F::Stored>],
        lists: Lists,
        range: Range<usize>,
    ) -> Vec<Stored<F::Stored>> {
        let touched = lists.touched(&range);
        let mut sums = vec![infinity::<F>(); touched.len()];
        let fillers = range.len().min(FIRST_FREE);
        self.fetch(bases, &lists.ids[range.start..range.start + fillers], 0);
        let mut list = touched.start;
        let mut position = range.start;
        let mut partial = None;
        while position < range.end {
            let mut free = FIRST_FREE;
            let mut carried = partial.is_some();
            if let Some(sum) = partial.take() {
                self.slots[free] = sum;
                free += 1;
            }
            let end = range.end.min(position + self.slots.len() - free);
            let ids = &lists.ids[position..end];
            self.fetch(bases, ids, free);
            self.items.clear();
            self.items
                .extend(FIRST_FREE as u32..(free + ids.len()) as u32);
            self.lists.clear();
            let mut cut = false;
            while position < end {
                let list_end = (lists.starts[list + 1] as usize).min(range.end);
                let stop = list_end.min(end);
                let length = stop - position + usize::from(carried);
                if length > 0 {
                    let number = (list - touched.start) as u32;
                    self.lists.push((number, length as u32));
                }
                carried = false;
                position = stop;
                cut = stop < list_end;
                list += usize::from(stop == list_end);
            }
            let next = range.end.min(end + self.slots.len());
            let upcoming = Upcoming {
                bases,
                ids: &lists.ids[end..next],
            };
            self.reduce(&mut sums, upcoming);
            if cut {
                partial = Some(sums[list - touched.start]);
            }
        }
        sums
    }

    /// Copies points to the slots from `first` on.
    fn fetch(&mut self, bases: &[Stored<F::Stored>], ids: &[Id], first: usize) {
        let f = self.adder.field();
        for (i, (slot, id)) in self.slots[first..].iter_mut().zip(ids).enumerate() {
            if let Some(ahead) = ids.get(i + PREFETCH) {
                f.prefetch(&bases[(ahead & !NEGATIVE) as usize]);
            }
            let point = &bases[(id & !NEGATIVE) as usize];
            *slot = Stored {
                x: point.x,
                y: F::signed(point.y, id & NEGATIVE != 0),
            };
        }
    }

    /// Adds up the lists of `self.lists`, each into its place of `sums`.
    fn reduce(&mut self, sums: &mut [Stored<F::Stored>], mut upcoming: Upcoming<F::Stored>) {
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
                    let pair = [self.items[from], self.items[from + 1]];
                    self.pairs.push(pair);
                    self.items[to] = pair[0];
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
            let missing = self.pairs.len().next_multiple_of(BATCH) - self.pairs.len();
            self.pairs
                .extend((0..missing as u32).map(|k| [2 * k, 2 * k + 1]));
            self.adder.add(&mut self.slots, &self.pairs, upcoming);
            upcoming.ids = &[];
        }
    }
}
