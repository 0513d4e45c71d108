//! Scalars that come more than once: k·P + k·Q = k·(P + Q), one addition instead of one in every window. Witnesses
//! of circuits hold many values twice.

use core::hash::BuildHasher;

use ark_ff::PrimeField;
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use rayon::prelude::*;

/// Of so many scalars one must be another's equal, or sorting them out is not worth it.
const ONE_IN: usize = 16;

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
    /// Looks for them; none if there are few. Zeros and ones do not count, which cost an addition at most.
    pub fn find<F: PrimeField>(scalars: &[F]) -> Option<Self> {
        let hasher = DefaultHashBuilder::default();
        let hashes: Vec<u64> = scalars
            .par_iter()
            .with_min_len(1 << 10)
            .map(|scalar| hasher.hash_one(scalar))
            .collect();
        let shares = rayon::current_num_threads();
        let found: Vec<Vec<[u32; 2]>> = (0..shares)
            .into_par_iter()
            .with_max_len(1)
            .map(|share| found_in(share, shares, scalars, &hashes))
            .collect();
        let later: usize = found.iter().map(Vec::len).sum();
        if later == 0 || later * ONE_IN < scalars.len() {
            return None;
        }
        // How many later members the class of a first one has, and who is one.
        let mut followers = vec![0u32; scalars.len()];
        let mut follows = vec![false; scalars.len()];
        for &[first, position] in found.iter().flatten() {
            followers[first as usize] += 1;
            follows[position as usize] = true;
        }
        let (mut members, mut starts) = (Vec::new(), Vec::new());
        let mut kept = Vec::with_capacity(scalars.len() - later);
        let mut places = followers;
        for position in (0..scalars.len()).filter(|&k| !follows[k] && !scalars[k].is_zero()) {
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
fn found_in<F: PrimeField>(
    share: usize,
    shares: usize,
    scalars: &[F],
    hashes: &[u64],
) -> Vec<[u32; 2]> {
    let mut firsts = HashTable::with_capacity(scalars.len() / shares);
    let mut found = Vec::new();
    for (k, (scalar, &hash)) in scalars.iter().zip(hashes).enumerate() {
        // Bits that the table itself uses less.
        if (hash >> 24) as usize % shares != share || scalar.is_zero() || scalar.is_one() {
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
    use ark_bn254::Fr;

    fn scalars(values: &[u64]) -> Vec<Fr> {
        values.iter().map(|&value| Fr::from(value)).collect()
    }

    #[test]
    fn classes_are_the_equal_scalars_and_one_of_each_is_kept() {
        for threads in 1..=3 {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let found = pool.unwrap().install(|| {
                Repeated::find(&scalars(&[5, 0, 7, 5, 1, 9, 7, 0, 5, 1])).expect("three fives")
            });
            let classes: Vec<&[u32]> = found.classes().collect();
            assert_eq!(classes, [[0, 3, 8].as_slice(), &[2, 6]]);
            assert_eq!(found.kept(), [0, 2, 4, 5, 9]);
        }
    }

    #[test]
    fn few_equal_scalars_are_left_alone() {
        let mut values: Vec<u64> = (2..50).collect();
        values.push(2);
        assert!(Repeated::find(&scalars(&values)).is_none());
        assert!(Repeated::find(&scalars(&[0, 0, 1, 1])).is_none());
        assert!(Repeated::find::<Fr>(&[]).is_none());
    }
}
