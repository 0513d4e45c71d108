//! Scalars that come more than once: k·P + k·Q = k·(P + Q), one addition instead of one in every window. Witnesses
//! of circuits hold many values twice.

use core::hash::BuildHasher;
use std::hash::RandomState;

use hashbrown::hash_table::Entry;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::scalars::{length, Halves};

/// Of so many scalars one must be another's equal, or sorting them out is not worth it.
const ONE_IN: usize = 16;
/// Parts of the hashes' range. Threads share them.
const SHARES: usize = 16;
/// From so many scalars on, the first share tells whether the others are worth a look.
const MANY: usize = 1 << 12;
/// Bits of both halves together from which on a scalar has digits in several windows.
const LONG: usize = 64;

/// Which scalars are equal.
pub struct Repeated {
    /// Positions of equal scalars, class by class, the first one first.
    members: Vec<u32>,
    /// Where classes start.
    starts: Vec<u32>,
    /// Positions of what is neither zero nor a later member of its class.
    kept: Vec<u32>,
}

impl Repeated {
    /// Looks for long scalars that are equal; none if there are few. Of whoever chooses the scalars it is not required that
    /// they do not try to make hashes collide.
    pub fn find(scalars: &[Halves]) -> Option<Self> {
        let hasher = RandomState::new();
        let hashes: Vec<u64> = scalars
            .par_iter()
            .with_min_len(1 << 10)
            .map(|halves| hasher.hash_one(halves))
            .collect();
        let mut found = vec![found_in(0, scalars, &hashes)];
        // Half of what would be just enough: a share is a sample.
        if scalars.len() >= MANY && 2 * found[0].len() * SHARES * ONE_IN < scalars.len() {
            return None;
        }
        let others = (1..SHARES).into_par_iter().with_max_len(1);
        found.par_extend(others.map(|share| found_in(share, scalars, &hashes)));
        let later: usize = found.iter().map(Vec::len).sum();
        if later == 0 || later * ONE_IN < scalars.len() {
            return None;
        }
        // How many later members the class of a first one has, and who is one.
        let mut places = vec![0u32; scalars.len()];
        let mut follows = vec![false; scalars.len()];
        for &[first, position] in found.iter().flatten() {
            places[first as usize] += 1;
            follows[position as usize] = true;
        }
        let (mut members, mut starts) = (Vec::new(), Vec::new());
        let mut kept = Vec::with_capacity(scalars.len() - later);
        for position in (0..scalars.len()).filter(|&k| !follows[k] && scalars[k] != [0; 2]) {
            kept.push(position as u32);
            let count = places[position] as usize;
            if count > 0 {
                starts.push(members.len() as u32);
                members.push(position as u32);
                places[position] = members.len() as u32;
                members.resize(members.len() + count, 0);
            }
        }
        starts.push(members.len() as u32);
        for &[first, position] in found.iter().flatten() {
            let place = &mut places[first as usize];
            members[*place as usize] = position;
            *place += 1;
        }
        Some(Repeated {
            members,
            starts,
            kept,
        })
    }

    /// Positions of equal scalars, class by class.
    pub fn classes(&self) -> impl Iterator<Item = &[u32]> {
        let ends = self.starts.iter().skip(1);
        let class = |(&start, &end)| &self.members[start as usize..end as usize];
        self.starts.iter().zip(ends).map(class)
    }

    /// Positions of what is not zero, of every class the first.
    pub fn kept(&self) -> &[u32] {
        &self.kept
    }
}

/// First and later positions of equal scalars, among those whose hashes fall to this share.
fn found_in(share: usize, scalars: &[Halves], hashes: &[u64]) -> Vec<[u32; 2]> {
    let mut firsts = HashTable::with_capacity(scalars.len() / SHARES);
    let mut found = Vec::new();
    for (k, (scalar, &hash)) in scalars.iter().zip(hashes).enumerate() {
        // Bits that the table itself uses less.
        if (hash >> 32) as usize % SHARES != share
            || scalar.map(length).iter().sum::<usize>() < LONG
        {
            continue;
        }
        let equal = |&first: &u32| scalars[first as usize] == *scalar;
        match firsts.entry(hash, equal, |&first| hashes[first as usize]) {
            Entry::Occupied(first) => found.push([*first.get(), k as u32]),
            Entry::Vacant(place) => {
                place.insert(k as u32);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(values: &[i128]) -> Vec<Halves> {
        values.iter().map(|&value| [value << 70, -value]).collect()
    }

    #[test]
    fn classes_are_the_equal_scalars_and_one_of_each_is_kept() {
        for threads in 1..=3 {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let found = pool.unwrap().install(|| {
                Repeated::find(&long(&[5, 0, 7, 5, 1, 9, 7, 0, 5, -5])).expect("three fives")
            });
            let classes: Vec<&[u32]> = found.classes().collect();
            assert_eq!(classes, [[0, 3, 8].as_slice(), &[2, 6]]);
            assert_eq!(found.kept(), [0, 2, 4, 5, 9]);
        }
    }

    #[test]
    fn few_equal_scalars_and_short_ones_are_left_alone() {
        let mut values: Vec<i128> = (2..50).collect();
        values.extend([2, 2]);
        assert!(Repeated::find(&long(&values)).is_none());
        values.extend([3, 3]);
        assert!(Repeated::find(&long(&values)).is_some());
        assert!(Repeated::find(&[[0, 0], [0, 0], [1, 0], [1, 0], [-77, 0], [-77, 0]]).is_none());
        assert!(Repeated::find(&[]).is_none());
        let mut many: Vec<i128> = (1..=2 * MANY as i128).collect();
        assert!(Repeated::find(&long(&many)).is_none());
        many.extend(1..=MANY as i128);
        assert_eq!(
            Repeated::find(&long(&many)).unwrap().classes().count(),
            MANY
        );
    }

    #[test]
    fn equal_hashes_are_no_equal_scalars() {
        let scalars = long(&[1, 2, 3, 2, 1]);
        assert_eq!(found_in(0, &scalars, &[0; 5]), [[1, 3], [0, 4]]);
    }
}
