//! Pieces of lists, in groups of eight, and the first rounds of their sums.

use core::mem;

use super::careful::Infinite;
use super::points::Pair;
use super::sums::Id;
use crate::lanes::eight;

/// Bases of a batch. Of fewer, inversions cost; of more, work space leaves the second-level cache.
const AT_ONCE: usize = 3 << 10;
/// Most points of a piece.
pub const PIECE: usize = 64;
/// Slots of a first round at most: two for eight pieces of three points, fewer for others. What is left after later
/// rounds is in the same.
pub const REGION: u32 = (AT_ONCE + 8 * PIECE).div_ceil(12) as u32;

/// Positions of some ids, and where their sum goes.
#[derive(Clone, Copy, Default)]
pub struct Piece {
    pub start: u32,
    pub len: u32,
    pub to: u32,
}

/// Pieces of two points and more, the longest first.
pub fn by_length(pieces: &[Piece]) -> Vec<Piece> {
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
pub struct Group {
    pub first: u32,
    pub count: u32,
    /// The first of the pieces.
    pub piece: u32,
}

/// The first round of some groups.
#[derive(Default)]
pub struct FirstRound {
    /// Pairs of bases: of ordinary additions, of those with infinite operands, and points without a partner.
    pub rows: Vec<[Pair; 8]>,
    /// Slots of their sums.
    pub places: Vec<u32>,
    pub infinite: Vec<Infinite>,
    pub infinite_singles: Vec<u8>,
    pub groups: Vec<Group>,
    pub region: u32,
}

impl FirstRound {
    /// Nothing to be added up.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.places.clear();
        self.infinite.clear();
        self.infinite_singles.clear();
        self.groups.clear();
    }

    /// Takes from the longest-first `pieces`, from `taken` on, until they have [`AT_ONCE`] ids together. Gives back how
    /// many are taken then. The sums go to the slots of a region.
    pub fn fill(&mut self, ids: &[Id], pieces: &[Piece], mut taken: usize, region: u32) -> usize {
        self.region = region;
        let (mut careful, mut singles) = (Vec::new(), Vec::new());
        let (mut first, mut num_ids) = (region * REGION, 0);
        while num_ids < AT_ONCE && taken < pieces.len() {
            let group = &pieces[taken..pieces.len().min(taken + 8)];
            // Lanes without a piece do what the first one does.
            let ids_of = |piece: &Piece| &ids[piece.start as usize..][..piece.len as usize];
            let lists = eight!(i => ids_of(group.get(i).unwrap_or(&group[0])));
            let (longest, shortest) = (lists[0].len(), ids_of(&group[group.len() - 1]).len());
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
            self.groups.push(Group {
                first,
                count,
                piece: taken as u32,
            });
            first += count;
            num_ids += 8 * longest;
            taken += group.len();
        }
        debug_assert!(first <= (region + 1) * REGION, "the region is too small");
        for (row, place) in careful.into_iter().chain(singles) {
            self.rows.push(row);
            self.places.push(place);
        }
        taken
    }
}
