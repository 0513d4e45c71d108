//! Sums of many lists of points at once, as trees.
//!
//! Lists are cut into pieces, and eight pieces of about the same length, a group, are summed side by side in the lanes
//! ([`pieces`](super::pieces)). The first round adds bases where they are in memory; its sums stay vectors, so that later
//! rounds have nothing to transpose. The first round of some groups is one batch with the later rounds of the groups
//! before, so that one inversion serves them all, and work space stays in the second-level cache. Memory is asked for
//! each point once, while the groups before are summed. One list of a million points costs as many batches as a
//! thousand lists of a thousand.

use core::mem;
use core::ops::Range;

use super::additions::{OfBases, OfSlots};
use super::batch::{Adder, Part, Upcoming};
use super::careful::Infinite;
use super::pieces::{by_length, FirstRound, Group, Piece, PIECE, REGION};
use super::points::{self, base, infinity, Slots, Stored};
use crate::field::LaneField;

/// Index and sign of a point.
pub type Id = u32;
/// The point counts negatively.
pub const NEGATIVE: Id = 1 << 31;

/// Lists of ids: list k is `ids[starts[k]..starts[k + 1]]`.
#[derive(Clone, Copy)]
pub struct Lists<'a> {
    pub ids: &'a [Id],
    pub starts: &'a [u32],
}

impl Lists<'_> {
    /// How many lists start before this position.
    pub fn starting_before(&self, position: usize) -> usize {
        let starts = &self.starts[..self.starts.len() - 1];
        starts.partition_point(|&start| (start as usize) < position)
    }

    /// Positions of a list that are in `range`.
    pub fn share(&self, list: usize, range: &Range<usize>) -> Range<usize> {
        let start = (self.starts[list] as usize).max(range.start);
        start..(self.starts[list + 1] as usize).min(range.end)
    }
}

/// Groups after their first round, in the slots of a region.
struct UnderWay {
    groups: Vec<Group>,
    region: u32,
}

/// Work space for sums on one thread.
pub struct Summer<F: LaneField> {
    adder: Adder<F>,
    slots: Slots<F::E>,
    /// Regions of slots that hold nothing.
    free: Vec<u32>,
    rounds: [FirstRound; 2],
    pairs: Vec<[u32; 2]>,
    careful: Vec<[u32; 2]>,
    infinite: Vec<Infinite>,
}

impl<F: LaneField> Summer<F> {
    pub fn new(f: F) -> Self {
        Summer {
            adder: Adder::new(f),
            slots: Slots {
                points: Vec::new(),
                infinite: Vec::new(),
            },
            free: Vec::new(),
            rounds: Default::default(),
            pairs: Vec::new(),
            careful: Vec::new(),
            infinite: Vec::new(),
        }
    }

    /// The sums of the ids at these positions: the first ones into `sums`, which holds infinities, the others are given
    /// back. Requires that no base in them is infinity, and no more room than sums.
    pub fn sums(
        &mut self,
        bases: &[Stored<F::Stored>],
        ids: &[Id],
        shares: &[Range<usize>],
        sums: &mut [Stored<F::Stored>],
    ) -> Vec<Stored<F::Stored>> {
        let mut pieces = Vec::with_capacity(shares.len());
        // Sums of what is in several pieces come behind the others.
        let mut cut = Vec::new();
        let mut num_sums = shares.len();
        for (to, share) in shares.iter().enumerate() {
            let num_pieces = share.len().div_ceil(PIECE);
            let mut first = to;
            if num_pieces > 1 {
                first = num_sums;
                num_sums += num_pieces;
                cut.push((to, first..num_sums));
            }
            let mut start = share.start;
            for k in 0..num_pieces {
                let end = share.start + (k + 1) * share.len() / num_pieces;
                pieces.push(Piece {
                    start: start as u32,
                    len: (end - start) as u32,
                    to: (first + k) as u32,
                });
                start = end;
            }
        }
        let mut sums = Destinations {
            others: vec![infinity::<F>(); num_sums - sums.len()],
            first: sums,
        };
        self.sum_pieces(bases, ids, &pieces, &mut sums);
        if !cut.is_empty() {
            let (mut parts, mut shares) = (Vec::new(), Vec::with_capacity(cut.len()));
            let num_first = sums.first.len();
            let of_pieces = |k: usize| k - num_first;
            for (_, pieces) in &cut {
                let start = parts.len();
                let pieces = of_pieces(pieces.start)..of_pieces(pieces.end);
                let finite = |k: &usize| sums.others[*k].x != F::SENTINEL;
                parts.extend(pieces.filter(finite).map(|k| k as Id));
                shares.push(start..parts.len());
            }
            let wholes = self.sums(&sums.others, &parts, &shares, &mut []);
            for ((to, _), whole) in cut.iter().zip(wholes) {
                *sums.at(*to as u32) = whole;
            }
        }
        sums.others.truncate(shares.len() - sums.first.len());
        sums.others
    }

    fn sum_pieces(
        &mut self,
        bases: &[Stored<F::Stored>],
        ids: &[Id],
        pieces: &[Piece],
        sums: &mut Destinations<F::Stored>,
    ) {
        for piece in pieces.iter().filter(|piece| piece.len == 1) {
            *sums.at(piece.to) = signed::<F>(bases, ids[piece.start as usize]);
        }
        let sorted = by_length(pieces);
        let [mut round, mut next_round] = mem::take(&mut self.rounds);
        let mut taken = self.fill(&mut round, ids, &sorted, 0);
        let f = self.adder.field();
        let mut upcoming = Upcoming {
            bases,
            pairs: round.rows.as_flattened(),
        };
        upcoming.request(f, usize::MAX);
        let mut under_way = Vec::new();
        while !round.groups.is_empty() || !under_way.is_empty() {
            taken = self.fill(&mut next_round, ids, &sorted, taken);
            let mut upcoming = Upcoming {
                bases,
                pairs: next_round.rows.as_flattened(),
            };
            self.advance(&mut under_way, &round, &mut upcoming);
            upcoming.request(f, usize::MAX);
            if !round.groups.is_empty() {
                under_way.push(UnderWay {
                    groups: mem::take(&mut round.groups),
                    region: round.region,
                });
            }
            for UnderWay { groups, .. } in &mut under_way {
                self.settle(groups, &sorted, sums);
            }
            for ended in under_way.extract_if(.., |batch| batch.groups.is_empty()) {
                self.free.push(ended.region);
            }
            mem::swap(&mut round, &mut next_round);
        }
        self.rounds = [round, next_round];
    }

    /// The next of the longest-first `pieces` into `round`, if so many taken are not all. Gives back how many are taken
    /// then.
    fn fill(
        &mut self,
        round: &mut FirstRound,
        ids: &[Id],
        pieces: &[Piece],
        taken: usize,
    ) -> usize {
        round.clear();
        if taken == pieces.len() {
            return taken;
        }
        let region = self.free.pop().unwrap_or_else(|| {
            let region = self.slots.infinite.len() / REGION as usize;
            let num_slots = (region + 1) * REGION as usize;
            self.slots.grow(self.adder.field(), num_slots);
            region as u32
        });
        self.slots.infinite[(region * REGION) as usize..][..REGION as usize].fill(0);
        round.fill(ids, pieces, taken, region)
    }

    /// The first round of some groups, and the next of those that are under way.
    fn advance(
        &mut self,
        under_way: &mut [UnderWay],
        round: &FirstRound,
        upcoming: &mut Upcoming<F::Stored>,
    ) {
        self.pairs.clear();
        self.careful.clear();
        self.infinite.clear();
        let slots = &mut self.slots;
        for group in under_way.iter_mut().flat_map(|batch| &mut batch.groups) {
            let left = group.count.div_ceil(2);
            for first in group.first..group.first + group.count / 2 {
                let pair = [first, first + left];
                let infinite = pair.map(|slot| slots.infinite[slot as usize]);
                if infinite == [0; 2] {
                    self.pairs.push(pair);
                } else {
                    self.careful.push(pair);
                    self.infinite.push(infinite);
                }
            }
            group.count = left;
        }
        self.pairs.extend_from_slice(&self.careful);
        let additions = round.rows.len() - round.infinite_singles.len();
        let (rows, single_rows) = round.rows.split_at(additions);
        let (places, single_places) = round.places.split_at(additions);
        let of_bases = |rows, places| OfBases {
            bases: upcoming.bases,
            rows,
            places,
        };
        let singles = of_bases(single_rows, single_places);
        self.adder.gather(slots, singles, &round.infinite_singles);
        let first = Part {
            batch: of_bases(rows, places),
            infinite: &round.infinite,
        };
        let later = Part {
            batch: OfSlots(&self.pairs),
            infinite: &self.infinite,
        };
        self.adder.add(slots, first, later, upcoming);
    }

    /// Puts the sums of groups that have come to one slot where they belong, and forgets these.
    fn settle(
        &self,
        groups: &mut Vec<Group>,
        pieces: &[Piece],
        sums: &mut Destinations<F::Stored>,
    ) {
        let f = self.adder.field();
        let pieces_of = |group: &Group| {
            let first = group.piece as usize;
            &pieces[first..pieces.len().min(first + 8)]
        };
        let is_settled = |group: &Group| group.count == 1;
        let settled = groups.iter().filter(|group| is_settled(group));
        let ahead = settled.clone().skip(4).map(pieces_of);
        for (group, later) in settled.zip(ahead.chain([[].as_slice(); 4])) {
            for piece in later {
                f.prefetch(sums.at(piece.to));
            }
            let points = points::settled(f, &self.slots, group.first as usize);
            for (piece, point) in pieces_of(group).iter().zip(points) {
                *sums.at(piece.to) = point;
            }
        }
        groups.retain(|group| !is_settled(group));
    }
}

/// Where sums go: the first ones into memory of the caller's.
struct Destinations<'a, T> {
    first: &'a mut [Stored<T>],
    others: Vec<Stored<T>>,
}

impl<T> Destinations<'_, T> {
    fn at(&mut self, to: u32) -> &mut Stored<T> {
        let to = to as usize;
        match to.checked_sub(self.first.len()) {
            None => &mut self.first[to],
            Some(other) => &mut self.others[other],
        }
    }
}

/// Base `id` with its sign.
fn signed<F: LaneField>(bases: &[Stored<F::Stored>], id: Id) -> Stored<F::Stored> {
    let point = *base(bases, id);
    match id & NEGATIVE {
        0 => point,
        _ => Stored {
            y: F::negated(point.y),
            ..point
        },
    }
}

#[cfg(test)]
mod tests;
