//! Sums of many lists of points at once, as trees.
//!
//! Lists are cut into pieces of at most [`PIECE`] points, and eight pieces of about the same length are summed side by
//! side in the lanes. The first round adds bases where they are in memory; its sums stay vectors, so that later
//! rounds have nothing to transpose. A batch is one round of as many groups of pieces as the second-level cache holds:
//! memory is asked for each point once, while the groups before are summed. One list of a million points costs as many
//! batches as a thousand lists of a thousand.

use core::mem;
use core::ops::Range;

use ark_ec::short_weierstrass::Affine;

use super::additions::{OfBases, OfSlots};
use super::batch::{Adder, Upcoming};
use super::careful::Infinite;
use super::points::{self, base, infinity, Pair, Slots, Stored};
use crate::curve::Curve;
use crate::field::LaneField;
use crate::lanes::eight;

/// Index and sign of a point.
pub type Id = u32;
/// The point counts negatively.
pub const NEGATIVE: Id = 1 << 31;

/// Points that are summed together. Of fewer, inversions cost; of more, work space leaves the second-level cache.
const AT_ONCE: usize = 6 << 10;
/// Most points of a piece.
const PIECE: usize = 64;

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

    /// Positions of a list that are in `range`.
    fn share(&self, list: usize, range: &Range<usize>) -> Range<usize> {
        let start = (self.starts[list] as usize).max(range.start);
        start..(self.starts[list + 1] as usize).min(range.end)
    }
}

/// Positions of some ids, and where their sum goes.
#[derive(Clone, Copy, Default)]
struct Piece {
    start: u32,
    len: u32,
    to: u32,
}

/// Pieces of two points and more, the longest first.
fn by_length(pieces: &[Piece]) -> Vec<Piece> {
    let mut places = [0; PIECE];
    for piece in pieces {
        places[PIECE - piece.len as usize] += 1;
    }
    let mut total = 0;
    for place in &mut places[..PIECE - 1] {
        total += mem::replace(place, total);
    }
    let mut sorted = vec![Piece::default(); total];
    for piece in pieces.iter().filter(|piece| piece.len > 1) {
        let place = &mut places[PIECE - piece.len as usize];
        sorted[*place] = *piece;
        *place += 1;
    }
    sorted
}

/// Slots in which eight pieces are summed.
struct Group {
    first: u32,
    count: u32,
}

/// The first round of some groups.
#[derive(Default)]
struct FirstRound {
    /// Pairs of bases: of ordinary additions, of those with infinite operands, and points without a partner.
    rows: Vec<[Pair; 8]>,
    /// Slots of their sums.
    places: Vec<u32>,
    infinite: Vec<Infinite>,
    infinite_singles: Vec<u8>,
    groups: Vec<Group>,
    num_slots: u32,
}

impl FirstRound {
    /// Takes from the longest-first `pieces` until they have [`AT_ONCE`] ids together. Gives back the others.
    fn fill<'a>(&mut self, ids: &[Id], mut pieces: &'a [Piece]) -> &'a [Piece] {
        self.rows.clear();
        self.places.clear();
        self.infinite.clear();
        self.infinite_singles.clear();
        self.groups.clear();
        self.num_slots = 0;
        let (mut careful, mut singles) = (Vec::new(), Vec::new());
        let mut taken = 0;
        while taken < AT_ONCE && !pieces.is_empty() {
            let (group, rest) = pieces.split_at(pieces.len().min(8));
            // Lanes without a piece do what the first one does.
            let ids_of = |piece: &Piece| &ids[piece.start as usize..][..piece.len as usize];
            let lists = eight!(i => ids_of(group.get(i).unwrap_or(&group[0])));
            let (longest, shortest) = (lists[0].len(), ids_of(&group[group.len() - 1]).len());
            let first = self.num_slots;
            let whole = shortest / 2;
            let pairs = eight!(i => &lists[i].as_chunks::<2>().0[..whole]);
            self.rows
                .extend((0..whole).map(|k| eight!(i => Pair::new(pairs[i][k][0], pairs[i][k][1]))));
            self.places.extend(first..first + whole as u32);
            // Where a piece has no more ids, any does that there is.
            let id = |list: &[Id], k: usize| *list.get(k).unwrap_or(&list[0]);
            let missing =
                |k: usize| (0..8).fold(0, |mask, i| mask | u8::from(lists[i].len() <= k) << i);
            for k in whole..longest / 2 {
                let pair = |list: &[Id]| Pair::new(id(list, 2 * k), id(list, 2 * k + 1));
                careful.push((eight!(i => pair(lists[i])), first + k as u32));
                self.infinite.push([missing(2 * k), missing(2 * k + 1)]);
            }
            if longest % 2 == 1 {
                let single = |list: &[Id]| Pair::new(id(list, longest - 1), id(list, longest - 1));
                singles.push((eight!(i => single(lists[i])), first + longest as u32 / 2));
                self.infinite_singles.push(missing(longest - 1));
            }
            let count = longest.div_ceil(2) as u32;
            self.groups.push(Group { first, count });
            self.num_slots += count;
            taken += 8 * longest;
            pieces = rest;
        }
        for (row, place) in careful.into_iter().chain(singles) {
            self.rows.push(row);
            self.places.push(place);
        }
        pieces
    }
}

/// Work space for sums on one thread.
pub struct Summer<F: LaneField> {
    adder: Adder<F>,
    slots: Slots<F::E>,
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
            rounds: Default::default(),
            pairs: Vec::new(),
            careful: Vec::new(),
            infinite: Vec::new(),
        }
    }

    /// Points in memory as arkworks has them.
    pub fn affine<C: Curve<BaseField = F::Scalar>>(
        &self,
        points: &[Stored<F::Stored>],
    ) -> Vec<Affine<C>> {
        points::affine(self.adder.field(), points)
    }

    /// The sums over positions `range` of the lists that it touches, in their order; each covers what
    /// of its list is in the range. Requires that no base in them is infinity.
    pub fn sums(
        &mut self,
        bases: &[Stored<F::Stored>],
        lists: Lists,
        range: Range<usize>,
    ) -> Vec<Stored<F::Stored>> {
        let touched = lists.touched(&range);
        let shares: Vec<_> = touched.map(|list| lists.share(list, &range)).collect();
        self.sums_of(bases, lists.ids, &shares)
    }

    /// The sums of the ids at these positions, in their order.
    pub fn sums_of(
        &mut self,
        bases: &[Stored<F::Stored>],
        ids: &[Id],
        shares: &[Range<usize>],
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
        let mut sums = vec![infinity::<F>(); num_sums];
        self.sum_pieces(bases, ids, &pieces, &mut sums);
        if !cut.is_empty() {
            let (mut parts, mut shares) = (Vec::new(), Vec::with_capacity(cut.len()));
            for (_, pieces) in &cut {
                let start = parts.len();
                let finite = |k: &usize| sums[*k].x != F::SENTINEL;
                parts.extend(pieces.clone().filter(finite).map(|k| k as Id));
                shares.push(start..parts.len());
            }
            let wholes = self.sums_of(&sums, &parts, &shares);
            for ((to, _), whole) in cut.iter().zip(wholes) {
                sums[*to] = whole;
            }
        }
        sums.truncate(shares.len());
        sums
    }

    fn sum_pieces(
        &mut self,
        bases: &[Stored<F::Stored>],
        ids: &[Id],
        pieces: &[Piece],
        sums: &mut [Stored<F::Stored>],
    ) {
        for piece in pieces.iter().filter(|piece| piece.len == 1) {
            sums[piece.to as usize] = signed::<F>(bases, ids[piece.start as usize]);
        }
        let sorted = by_length(pieces);
        let mut now = sorted.as_slice();
        let [mut round, mut next_round] = mem::take(&mut self.rounds);
        let mut next = round.fill(ids, now);
        let f = self.adder.field();
        let mut upcoming = Upcoming {
            bases,
            pairs: round.rows.as_flattened(),
        };
        upcoming.request(f, usize::MAX);
        while !now.is_empty() {
            let after = next_round.fill(ids, next);
            let mut upcoming = Upcoming {
                bases,
                pairs: next_round.rows.as_flattened(),
            };
            self.sum_groups(bases, &mut round, &mut upcoming);
            upcoming.request(f, usize::MAX);
            let summed = &now[..now.len() - next.len()];
            let ahead = summed.chunks(8).skip(4).chain([[].as_slice(); 4]);
            for ((group, pieces), later) in round.groups.iter().zip(summed.chunks(8)).zip(ahead) {
                for piece in later {
                    f.prefetch(&sums[piece.to as usize]);
                }
                let points = points::settled(f, &self.slots, group.first as usize);
                for (piece, point) in pieces.iter().zip(points) {
                    sums[piece.to as usize] = point;
                }
            }
            (now, next) = (next, after);
            mem::swap(&mut round, &mut next_round);
        }
        self.rounds = [round, next_round];
    }

    /// Sums each group into its first slot.
    fn sum_groups(
        &mut self,
        bases: &[Stored<F::Stored>],
        round: &mut FirstRound,
        upcoming: &mut Upcoming<F::Stored>,
    ) {
        let slots = &mut self.slots;
        slots.reset(self.adder.field(), round.num_slots as usize);
        let additions = round.rows.len() - round.infinite_singles.len();
        let (rows, single_rows) = round.rows.split_at(additions);
        let (places, single_places) = round.places.split_at(additions);
        let singles = OfBases {
            bases,
            rows: single_rows,
            places: single_places,
        };
        self.adder.gather(slots, singles, &round.infinite_singles);
        let first = OfBases {
            bases,
            rows,
            places,
        };
        self.adder.add(slots, first, &round.infinite, upcoming);
        loop {
            self.pairs.clear();
            self.careful.clear();
            self.infinite.clear();
            for group in &mut round.groups {
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
            if self.pairs.is_empty() {
                return;
            }
            self.adder
                .add(slots, OfSlots(&self.pairs), &self.infinite, upcoming);
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
