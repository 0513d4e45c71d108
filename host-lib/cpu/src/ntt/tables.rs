//! What a transform of one size and kind multiplies by.

use ark_ff::Field;
use rayon::prelude::*;

use super::butterflies::{domain_root, powers, Roots};
use super::lanes::{NttField, NttLanes};
use super::Transform;
use crate::lanes::Kernel;
use crate::machine::huge_pages;

/// N = R·C elements: as many rows as a column is long.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// log2 N.
    pub log_size: u32,
    /// log2 R: the length of a column, which the first pass transforms.
    pub log_rows: u32,
    /// log2 C: the length of a row, which the second pass transforms.
    pub log_columns: u32,
}

impl Shape {
    pub fn new(log_size: u32) -> Self {
        let log_rows = log_size / 2;
        Shape {
            log_size,
            log_rows,
            log_columns: log_size - log_rows,
        }
    }
    pub fn rows(self) -> usize {
        1 << self.log_rows
    }
    pub fn columns(self) -> usize {
        1 << self.log_columns
    }
}

/// The roots inside the passes and the factors between them.
pub struct Tables<L: NttLanes> {
    pub columns: Roots<L::Constant>,
    pub rows: Roots<L::Constant>,
    /// g^(−R·k) for every row k of the result, where an inverse ends on a coset.
    pub outputs: Option<Vec<L::Constant>>,
    /// Of eight columns after eight columns.
    seeds: Vec<Seed<L>>,
    /// The factors of every row, for all seeds.
    kept: Option<Vec<L::Factors>>,
    rows_count: usize,
}

/// The factors of eight columns: row r has first·ratio^r.
struct Seed<L: NttLanes> {
    first: L::Factors,
    ratio: L::Factors,
}

impl<L: NttLanes<Element: NttField>> Tables<L> {
    pub fn new(f: L, shape: Shape, kind: Transform, keeps_factors: bool) -> Self {
        let one = L::Element::ONE;
        let g = L::Element::from(L::Element::DOMAIN_GENERATOR);
        let root = domain_root::<L::Element>(L::Element::DOMAIN_GENERATOR, shape.log_size);
        let inverse = |x: L::Element| x.inverse().unwrap_or(one);
        // Row r, column c has the factor scale·row^r·column^c·root^(r·c).
        let (shift, scale, row, column) = match (kind.inverse, kind.coset) {
            (false, false) => (one, one, one, one),
            (false, true) => (g.pow([shape.columns() as u64]), one, one, g),
            (true, coset) => {
                let scale = inverse(L::Element::from(1u64 << shape.log_size));
                (one, scale, if coset { inverse(g) } else { one }, one)
            }
        };
        let outputs = (kind.inverse && kind.coset).then(|| {
            let step = inverse(g).pow([shape.rows() as u64]);
            let powers = powers(one, step).map(L::constant);
            powers.take(shape.columns()).collect()
        });
        let firsts: Vec<_> = powers(scale, column).take(shape.columns()).collect();
        let ratios: Vec<_> = powers(row, root).take(shape.columns()).collect();
        let seeds: Vec<_> = firsts
            .as_chunks()
            .0
            .iter()
            .zip(ratios.as_chunks().0)
            .map(|(first, ratio)| Seed {
                first: L::factors(*first),
                ratio: L::factors(*ratio),
            })
            .collect();
        let rows_count = shape.rows();
        let kept = keeps_factors.then(|| {
            let mut kept = huge_pages::filled(L::factors([one; 8]), seeds.len() * rows_count);
            kept.par_chunks_exact_mut(rows_count)
                .zip(&seeds)
                .for_each(|(factors, seed)| f.run(Powers { f, seed, factors }));
            kept
        });
        let column_root = root.pow([shape.columns() as u64]);
        let row_root = root.pow([shape.rows() as u64]);
        Tables {
            columns: Roots::new::<L>(shape.log_rows, column_root, shift),
            rows: Roots::new::<L>(shape.log_columns, row_root, one),
            outputs,
            seeds,
            kept,
            rows_count,
        }
    }
}

impl<L: NttLanes> Tables<L> {
    /// The factors of every row, of the eight columns from `first` on. Uses `made` where they are not kept.
    #[inline(always)]
    pub fn factors<'a>(
        &'a self,
        f: L,
        first: usize,
        made: &'a mut Vec<L::Factors>,
    ) -> &'a [L::Factors] {
        let group = first / 8;
        if let Some(kept) = &self.kept {
            return &kept[group * self.rows_count..][..self.rows_count];
        }
        let seed = &self.seeds[group];
        made.resize(self.rows_count, seed.first);
        let factors = made.as_mut_slice();
        f.run(Powers { f, seed, factors });
        made
    }
}

/// The factors of a seed, four at a time: products wait for each other only every fourth time.
struct Powers<'a, L: NttLanes> {
    f: L,
    seed: &'a Seed<L>,
    factors: &'a mut [L::Factors],
}

impl<L: NttLanes> Kernel for Powers<'_, L> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Powers { f, seed, factors } = self;
        factors[0] = seed.first;
        let mut ratio = seed.ratio;
        for ahead in [1, 2] {
            for i in 0..ahead {
                factors[i + ahead] = f.factor_product(&factors[i], &ratio);
            }
            ratio = f.factor_product(&ratio, &ratio);
        }
        for i in 4..factors.len() {
            factors[i] = f.factor_product(&factors[i - 4], &ratio);
        }
    }
}
