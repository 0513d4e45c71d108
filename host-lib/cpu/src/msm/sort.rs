//! From scalars to the lists of points that buckets are the sums of.

use core::ops::RangeInclusive;

use rayon::prelude::*;

use super::scalars::{length, Halves, Window, Windows, HALF_BITS, SIGNED_BITS};
use super::sums::{Id, Lists, NEGATIVE};

/// Scalars whose halves are kept together.
const CHUNK: usize = 2048;
/// Lengths that halves can have, in bits.
const LENGTHS: usize = HALF_BITS as usize + 1;

/// The halves of some scalars but zeros, longest first: windows see none that is too short for them, so
/// that bits and small numbers cost their few digits only.
pub struct Chunk {
    halves: Vec<i128>,
    ids: Vec<Id>,
    /// How many halves have more than k bits.
    longer: [u32; LENGTHS],
}

/// Half h of scalar i belongs to point 2i + h.
pub fn chunks(scalars: &[Halves]) -> Vec<Chunk> {
    let chunk = |(k, scalars)| Chunk::new(scalars, (2 * k * CHUNK) as Id);
    scalars.par_chunks(CHUNK).enumerate().map(chunk).collect()
}

impl Chunk {
    fn new(scalars: &[Halves], first: Id) -> Self {
        let all = || {
            let halves = (first..).zip(scalars.as_flattened());
            halves.filter(|&(_, &half)| half != 0)
        };
        let mut longer = [0; LENGTHS];
        for (_, &half) in all() {
            longer[length(half) - 1] += 1;
        }
        for k in (1..LENGTHS).rev() {
            longer[k - 1] += longer[k];
        }
        let mut places: [u32; LENGTHS + 1] = [0; LENGTHS + 1];
        places[1..].copy_from_slice(&longer);
        let mut halves = vec![0; longer[0] as usize];
        let mut ids = vec![0; halves.len()];
        for (id, &half) in all() {
            // Halves of k bits come after those that have more.
            let place = &mut places[length(half) + 1];
            halves[*place as usize] = half;
            ids[*place as usize] = id;
            *place += 1;
        }
        Chunk {
            halves,
            ids,
            longer,
        }
    }

    pub fn len(&self) -> usize {
        self.halves.len()
    }

    /// Number of halves that may have a digit other than zero in a window. What a half under 2^(k−2) and the
    /// bias of the bits below k add up to has no carry into bit k.
    fn reaching(&self, window: Window) -> usize {
        self.longer[window.start.saturating_sub(2) as usize] as usize
    }
}

/// Windows and which of them share their buckets: w, w + sets, w + 2·sets … as many as there are tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    pub windows: Windows,
    pub sets: u32,
}

/// Numbers of windows to choose from: of 2 to 19 bits.
const COUNTS: RangeInclusive<u32> = 7..=43;

impl Plan {
    fn alone(windows: u32) -> Self {
        Plan {
            windows: Windows(windows),
            sets: windows,
        }
    }

    /// Windows with the fewest additions for n uniform scalars where up to so many tables are kept, and no more than
    /// there are ids for. Tables are a power of two, so that windows that share their buckets are equally far from
    /// each other.
    pub fn with_tables(n: usize, tables: u32) -> Self {
        let most = NEGATIVE as usize / (2 * n).max(1);
        let plans = (0..=most.min(tables as usize).clamp(1, 16).ilog2()).flat_map(|log| {
            let tables = 1 << log;
            COUNTS.filter_map(move |count| {
                (count % tables == 0).then_some(Plan {
                    windows: Windows(count),
                    sets: count / tables,
                })
            })
        });
        let cost = |plan: &Plan| -> usize {
            let of_set = |set| {
                let num_buckets = plan.windows.window(set).num_buckets();
                additions(2 * n * plan.num_tables() as usize, num_buckets)
            };
            (0..plan.sets).map(of_set).sum()
        };
        plans.min_by_key(cost).unwrap_or(Plan::alone(*COUNTS.end()))
    }

    /// Tables that these windows need.
    pub fn num_tables(self) -> u32 {
        self.windows.0 / self.sets
    }

    /// Bits from a table to the next.
    pub fn table_bits(self) -> u32 {
        SIGNED_BITS / self.num_tables()
    }

    /// Windows of a set, those of the first table first.
    fn of_set(self, set: u32) -> impl Iterator<Item = Window> {
        (set..self.windows.0)
            .step_by(self.sets as usize)
            .map(move |w| self.windows.window(w))
    }
}

/// Windows with the fewest additions for these halves, each with its own buckets.
pub fn cheapest_plan(chunks: &[Chunk]) -> Plan {
    let cost = |plan: &Plan| -> usize {
        (0..plan.sets)
            .map(|w| {
                let window = plan.windows.window(w);
                let reaching = chunks.iter().map(|c| c.reaching(window)).sum();
                additions(reaching, window.num_buckets())
            })
            .sum()
    };
    // Of equals the most windows, which have the fewest buckets: there may be nothing to sum.
    let plans = COUNTS.rev().map(Plan::alone);
    plans.min_by_key(cost).unwrap_or(Plan::alone(*COUNTS.end()))
}

/// Additions of a window that n halves reach: a bucket of m points takes m − 1 of them, and two later.
/// Buckets cost half of one even when empty (memory to fill and to search); every window has some of its
/// own at its end, and its batches of a few additions are mostly inversion.
fn additions(n: usize, buckets: usize) -> usize {
    const WINDOW: usize = 2000;
    if n == 0 {
        return 0;
    }
    let filled = (buckets as f64 * (1.0 - (-(n as f64) / buckets as f64).exp())) as usize;
    n - filled.min(n) + 2 * filled + buckets / 2 + WINDOW
}

/// Ids of the windows of a set in the order of their buckets.
pub struct Sorted {
    pub ids: Vec<Id>,
    pub starts: Vec<u32>,
}

impl Sorted {
    /// Counting sort: bucket b holds the digits ±(b + 1).
    /// Tables have `table_len` ids each.
    pub fn new(chunks: &[Chunk], plan: Plan, set: u32, table_len: Id) -> Self {
        let bias = plan.windows.bias();
        // By magnitude of the digit: first how many there are, then where the next one goes.
        let mut places = vec![0u32; plan.windows.window(set).num_buckets() + 1];
        for window in plan.of_set(set) {
            for chunk in chunks {
                for &half in &chunk.halves[..chunk.reaching(window)] {
                    places[window.digit(half + bias).unsigned_abs() as usize] += 1;
                }
            }
        }
        let mut total = 0;
        for place in &mut places[1..] {
            total += core::mem::replace(place, total);
        }
        let mut starts = places[1..].to_vec();
        starts.push(total);
        let mut ids = vec![0; total as usize];
        for (window, first_id) in plan.of_set(set).zip((0..).map(|table| table * table_len)) {
            for chunk in chunks {
                let halves = &chunk.halves[..chunk.reaching(window)];
                for (&half, &id) in halves.iter().zip(&chunk.ids) {
                    let digit = window.digit(half + bias);
                    if digit == 0 {
                        continue;
                    }
                    let place = &mut places[digit.unsigned_abs() as usize];
                    let sign = if digit < 0 { NEGATIVE } else { 0 };
                    ids[*place as usize] = (first_id + id) | sign;
                    *place += 1;
                }
            }
        }
        Sorted { ids, starts }
    }

    pub fn lists(&self) -> Lists<'_> {
        Lists {
            ids: &self.ids,
            starts: &self.starts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msm::scalars::Halver;
    use ark_ff::{Field, UniformRand};

    #[test]
    fn windows_grow_with_the_number_of_long_scalars() {
        let halver = Halver::new::<ark_bn254::g1::Config>();
        let mut rng = ark_std::test_rng();
        let mut count = |n: usize, ones: usize| {
            let mut scalars: Vec<_> = (0..n).map(|_| ark_bn254::Fr::rand(&mut rng)).collect();
            scalars.resize(n + ones, ark_bn254::Fr::ONE);
            cheapest_plan(&chunks(&halver.halves(&scalars))).windows.0
        };
        assert!(count(1 << 9, 0) > count(1 << 14, 0));
        assert!(count(1 << 14, 0) > count(1 << 18, 0));
        assert_eq!(count(1 << 9, 0), count(1 << 9, 1 << 16));
    }
}
