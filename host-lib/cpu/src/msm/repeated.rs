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
/// Hashes are sorted in parts of this many to twice as many.
const PART: usize = 1 << 9;

/// Which scalars are equal.
pub struct Repeated {
    /// Positions of equal scalars, class by class.
    members: Vec<u32>,
    /// Where classes start, and where the last one ends.
    starts: Vec<u32>,
    /// Positions of what is neither zero nor a member of a class.
    others: Vec<u32>,
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
        let chunk = scalars.len().div_ceil(2 * rayon::current_num_threads());
        let chunk = chunk.max(1 << 10);
        let keys_of = |(k, scalars): (usize, &[Halves])| -> Vec<u64> {
            (k * chunk..).zip(scalars).filter_map(key).collect()
        };
        let chunks = scalars.par_chunks(chunk).enumerate();
        let keys: Vec<Vec<u64>> = chunks.with_max_len(1).map(keys_of).collect();
        let num_keys = keys.iter().map(Vec::len).sum();
        if num_keys >= MANY {
            // Of small classes, hashes take all or nothing; large ones, which they may miss, show in any positions.
            let all = || keys.iter().flatten().copied();
            let in_sample = |key: &u64| *key < u64::MAX / SAMPLED as u64;
            let (of_hashes, of_positions) = rayon::join(
                || num_later(all().filter(in_sample).collect()),
                || num_later(all().step_by(SAMPLED).collect()),
            );
            let later = SAMPLED * of_hashes.max(of_positions);
            // Half of what would be just enough: these are samples.
            if 2 * later * ONE_IN < scalars.len() {
                return None;
            }
        }
        let by_hash = ByHash::new(keys, num_keys);
        let parts: Vec<Part> = (0..by_hash.num_parts)
            .into_par_iter()
            .map(|k| Part::new(by_hash.part(k), scalars))
            .collect();
        drop(by_hash);
        let num_members = parts.iter().map(|part| part.members.len()).sum();
        let num_classes: usize = parts.iter().map(|part| part.lengths.len()).sum();
        let later = num_members - num_classes;
        if later == 0 || later * ONE_IN < scalars.len() {
            return None;
        }
        let (mut members, mut starts) = (Vec::with_capacity(num_members), vec![0]);
        let mut is_member = vec![false; scalars.len()];
        let mut end = 0;
        for part in parts {
            for &k in &part.members {
                is_member[k as usize] = true;
            }
            members.extend(part.members);
            starts.extend(part.lengths.iter().map(|length| {
                end += length;
                end
            }));
        }
        let is_other = |k: &u32| !is_member[*k as usize] && scalars[*k as usize] != [0; 2];
        let positions = (0..scalars.len() as u32).into_par_iter();
        let others = positions.with_min_len(1 << 12).filter(is_other).collect();
        Some(Repeated {
            members,
            starts,
            others,
        })
    }

    /// Number of scalars that have an equal.
    pub fn num_members(&self) -> usize {
        self.members.len()
    }

    /// Number of classes.
    pub fn num_classes(&self) -> usize {
        self.starts.len() - 1
    }

    /// Positions of equal scalars, class by class.
    pub fn classes(&self) -> impl Iterator<Item = &[u32]> {
        let class = |ends: &[u32]| &self.members[ends[0] as usize..ends[1] as usize];
        self.starts.windows(2).map(class)
    }

    /// Positions of what is not zero and has no equal.
    pub fn others(&self) -> &[u32] {
        &self.others
    }
}

/// Some of the classes.
struct Part {
    /// Positions of equal scalars, class by class.
    members: Vec<u32>,
    /// How many each class has.
    lengths: Vec<u32>,
}

impl Part {
    /// Of keys whose hashes no others have.
    fn new(mut keys: Vec<u64>, scalars: &[Halves]) -> Self {
        keys.sort_unstable();
        let runs = keys.chunk_by(same_hash).filter(|run| run.len() > 1);
        // Read before they are compared: a CPU has many reads under way where no branch depends on them.
        let mut candidates = Vec::with_capacity(keys.len());
        candidates.extend(
            runs.flatten()
                .map(|&key| (key, scalars[key as u32 as usize])),
        );
        let (mut members, mut lengths) = (Vec::with_capacity(candidates.len()), Vec::new());
        for run in candidates.chunk_by_mut(|a, b| same_hash(&a.0, &b.0)) {
            if run.iter().any(|(_, scalar)| *scalar != run[0].1) {
                run.sort_unstable_by_key(|&(key, scalar)| (scalar, key));
            }
            let classes = run.chunk_by(|a, b| a.1 == b.1);
            for class in classes.filter(|class| class.len() > 1) {
                members.extend(class.iter().map(|(key, _)| *key as u32));
                lengths.push(class.len() as u32);
            }
        }
        Part { members, lengths }
    }
}

/// Keys in parts by the upper bits of their hashes: unless many scalars are equal, sorting one stays in the first-level cache.
struct ByHash {
    num_parts: usize,
    /// Keys part by part, and where parts start.
    chunks: Vec<(Vec<u64>, Vec<u32>)>,
}

impl ByHash {
    fn new(chunks: Vec<Vec<u64>>, num_keys: usize) -> Self {
        let bits = (num_keys / PART).checked_ilog2().unwrap_or(0);
        let num_parts = 1 << bits;
        let part = |key: u64| (key >> 32 << bits >> 32) as usize;
        let sorted = |keys: Vec<u64>| {
            let mut starts = vec![0u32; num_parts + 1];
            keys.iter().for_each(|&key| starts[part(key) + 1] += 1);
            for k in 0..num_parts {
                starts[k + 1] += starts[k];
            }
            let (mut places, mut sorted) = (starts.clone(), vec![0; keys.len()]);
            for key in keys {
                let place = &mut places[part(key)];
                sorted[*place as usize] = key;
                *place += 1;
            }
            (sorted, starts)
        };
        ByHash {
            num_parts,
            chunks: chunks.into_par_iter().with_max_len(1).map(sorted).collect(),
        }
    }

    fn part(&self, part: usize) -> Vec<u64> {
        let mut all = Vec::new();
        for (keys, starts) in &self.chunks {
            all.extend_from_slice(&keys[starts[part] as usize..starts[part + 1] as usize]);
        }
        all
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
    fn classes_are_the_equal_scalars() {
        for threads in 1..=3 {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let found = pool.unwrap().install(|| {
                Repeated::find(&long(&[5, 0, 7, 5, 1, 9, 7, 0, 5, -5])).expect("three fives")
            });
            let mut classes: Vec<&[u32]> = found.classes().collect();
            classes.sort();
            assert_eq!(classes, [[0, 3, 8].as_slice(), &[2, 6]]);
            assert_eq!(found.others(), [4, 5, 9]);
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
            let found = Repeated::find(&long(values)).expect("classes");
            let mut positions = found.others().to_vec();
            for class in found.classes() {
                let value = |k: &u32| values[*k as usize];
                assert!(class.len() > 1 && class.iter().all(|k| value(k) == value(&class[0])));
                positions.extend(class);
            }
            positions.sort();
            assert!(positions.into_iter().eq(0..values.len() as u32));
            found.num_classes()
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
        assert_eq!(found.others(), [2]);
    }
}
