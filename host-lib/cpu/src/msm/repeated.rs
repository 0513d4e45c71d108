//! Scalars that come more than once: k·P + k·Q = k·(P + Q), one addition instead of one in every window. Witnesses
//! of circuits hold many values twice.

use core::hash::BuildHasher;
use std::hash::RandomState;

use rayon::prelude::*;

use super::scalars::{length, Halves};

/// Of so many scalars one must be another's equal, or sorting them out is not worth it.
const ONE_IN: usize = 16;
/// From so many scalars on, one in [`SAMPLED`] tells whether the others are worth a look.
const MANY: usize = 1 << 12;
const SAMPLED: usize = 16;
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
    /// Looks for long scalars that are equal; none if there are few. Scalars may be chosen by an adversary: keys of the
    /// hash are fresh for every call.
    pub fn find(scalars: &[Halves]) -> Option<Self> {
        Self::find_by(scalars, Multilinear::random())
    }

    fn find_by(scalars: &[Halves], hash: Multilinear) -> Option<Self> {
        // The hash above the position: sorted, equal scalars are neighbours.
        let key = |(k, scalar): (usize, &Halves)| {
            let bits: usize = scalar.iter().map(|&half| length(half)).sum();
            (bits >= LONG).then(|| u64::from(hash.of(scalar)) << 32 | k as u64)
        };
        let indexed = scalars.par_iter().enumerate().with_min_len(1 << 10);
        let mut keys: Vec<u64> = indexed.filter_map(key).collect();
        if keys.len() >= MANY {
            // Of small classes, hashes take all or nothing; large ones, which they may miss, show in any positions.
            let in_sample = |key: &u64| *key < u64::MAX / SAMPLED as u64;
            let by_hash = keys.iter().copied().filter(in_sample).collect();
            let by_position = keys.iter().copied().step_by(SAMPLED).collect();
            let later = SAMPLED * num_later(by_hash).max(num_later(by_position));
            // Half of what would be just enough: these are samples.
            if 2 * later * ONE_IN < scalars.len() {
                return None;
            }
        }
        keys.par_sort_unstable();
        let found: Vec<(u32, bool)> = keys
            .par_chunk_by_mut(same_hash)
            .filter(|run| run.len() > 1)
            .flat_map_iter(|run| classes_of(run, scalars))
            .collect();
        let (mut members, mut starts) = (Vec::with_capacity(found.len()), Vec::new());
        let mut follows = vec![false; scalars.len()];
        for (position, is_first) in found {
            if is_first {
                starts.push(members.len() as u32);
            } else {
                follows[position as usize] = true;
            }
            members.push(position);
        }
        let later = members.len() - starts.len();
        if later == 0 || later * ONE_IN < scalars.len() {
            return None;
        }
        starts.push(members.len() as u32);
        let is_kept = |k: &u32| !follows[*k as usize] && scalars[*k as usize] != [0; 2];
        let positions = (0..scalars.len() as u32).into_par_iter();
        let kept = positions.with_min_len(1 << 12).filter(is_kept).collect();
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

fn same_hash(a: &u64, b: &u64) -> bool {
    a >> 32 == b >> 32
}

/// How many scalars have the hash of another before.
fn num_later(mut keys: Vec<u64>) -> usize {
    keys.sort_unstable();
    keys.windows(2)
        .filter(|pair| same_hash(&pair[0], &pair[1]))
        .count()
}

/// Positions of equal scalars among those whose hashes are equal, and whether they are the first ones of a class.
fn classes_of<'a>(
    run: &'a mut [u64],
    scalars: &'a [Halves],
) -> impl Iterator<Item = (u32, bool)> + 'a {
    let scalar = |key: &u64| scalars[*key as u32 as usize];
    if run.iter().any(|key| scalar(key) != scalar(&run[0])) {
        run.sort_unstable_by_key(|key| (scalar(key), *key));
    }
    run.chunk_by(move |a, b| scalar(a) == scalar(b))
        .filter(|class| class.len() > 1)
        .flat_map(|class| {
            class
                .iter()
                .enumerate()
                .map(|(k, key)| (*key as u32, k == 0))
        })
}

/// A strongly universal hash of four words: m₀ + Σ mᵢ·wᵢ modulo 2^128, its upper 32 bits, with random m (Lemire and
/// Kaser 2014, Strongly universal string hashing is fast). Over m, any two different values have the same hash with
/// probability 2^−32.
struct Multilinear {
    first: u128,
    of_words: [u128; 4],
}

impl Multilinear {
    fn random() -> Self {
        let state = RandomState::new();
        let number = |i: u64| {
            u128::from(state.hash_one(2 * i)) << 64 | u128::from(state.hash_one(2 * i + 1))
        };
        Multilinear {
            first: number(0),
            of_words: [number(1), number(2), number(3), number(4)],
        }
    }

    fn of(&self, scalar: &Halves) -> u32 {
        let words = scalar.map(|half| [half as u64, (half >> 64) as u64]);
        let products = self.of_words.iter().zip(words.as_flattened());
        let sum = products.fold(self.first, |sum, (m, &word)| {
            sum.wrapping_add(m.wrapping_mul(word.into()))
        });
        (sum >> 96) as u32
    }
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
            let mut classes: Vec<&[u32]> = found.classes().collect();
            classes.sort();
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
        let num_classes = |values: &[i128]| {
            let found = Repeated::find(&long(values));
            found.expect("classes").classes().count()
        };
        assert_eq!(num_classes(&many), MANY);
        assert_eq!(num_classes(&[7; 2 * MANY]), 1);
    }

    #[test]
    fn equal_hashes_are_no_equal_scalars() {
        let same_for_all = Multilinear {
            first: 0,
            of_words: [0; 4],
        };
        let found = Repeated::find_by(&long(&[1, 2, 3, 2, 1]), same_for_all).expect("two twos");
        let classes: Vec<&[u32]> = found.classes().collect();
        assert_eq!(classes, [[0, 4], [1, 3]]);
        assert_eq!(found.kept(), [0, 1, 2]);
    }
}
