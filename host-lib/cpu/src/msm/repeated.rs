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
    /// Looks for long scalars that are equal; none if there are few. Of whoever chooses the scalars it is not required that
    /// they do not try to make hashes collide.
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
            let in_sample = |key: &u64| *key < u64::MAX / SAMPLED as u64;
            let mut sample: Vec<u64> = keys.iter().copied().filter(in_sample).collect();
            sample.sort_unstable();
            let later = sample
                .windows(2)
                .filter(|k| same_hash(&k[0], &k[1]))
                .count();
            // Half of what would be just enough: it is a sample.
            if 2 * later * SAMPLED * ONE_IN < scalars.len() {
                return None;
            }
        }
        keys.par_sort_unstable();
        let scalar = |key: &u64| scalars[*key as u32 as usize];
        let (mut members, mut starts) = (Vec::new(), Vec::new());
        let mut follows = vec![false; scalars.len()];
        for run in keys.chunk_by_mut(same_hash).filter(|run| run.len() > 1) {
            if run.iter().any(|key| scalar(key) != scalar(&run[0])) {
                run.sort_unstable_by_key(|key| (scalar(key), *key));
            }
            let classes = run.chunk_by(|a, b| scalar(a) == scalar(b));
            for class in classes.filter(|class| class.len() > 1) {
                starts.push(members.len() as u32);
                members.extend(class.iter().map(|&key| key as u32));
                for key in &class[1..] {
                    follows[*key as u32 as usize] = true;
                }
            }
        }
        let later = members.len() - starts.len();
        if later == 0 || later * ONE_IN < scalars.len() {
            return None;
        }
        starts.push(members.len() as u32);
        let is_kept = |k: &u32| !follows[*k as usize] && scalars[*k as usize] != [0; 2];
        let mut kept = Vec::with_capacity(scalars.len() - later);
        kept.extend((0..scalars.len() as u32).filter(is_kept));
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

/// A strongly universal hash of four words: m₀ + Σ mᵢ·wᵢ modulo 2^128, its upper 32 bits, with random m (Lemire and
/// Kaser 2014, Strongly universal string hashing is fast). Whoever does not know m makes two values collide with
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
        assert_eq!(
            Repeated::find(&long(&many)).unwrap().classes().count(),
            MANY
        );
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
