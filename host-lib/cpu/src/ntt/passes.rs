//! The two passes over memory, in bands that threads work on side by side.
//!
//! With n = C·r + c and k = i + R·j (r, i < R rows; c, j < C columns):
//!
//! ```text
//! X[i + R·j] = Σ_c ω_C^(c·j) · ω_N^(c·i) · Σ_r ω_R^(r·i) · x[C·r + c]
//! ```
//!
//! The first pass takes eight columns c at a time, reads 256 bytes of every row, transforms over r and multiplies by
//! ω_N^(c·i). The second takes eight values of i at a time, transforms over c and writes 256 bytes of
//! every row of the result, in natural order. Between them, elements lie in [`Tile`]s of eight values of i, so that
//! lanes are columns before and rows after, and no vector is ever transposed in registers.

use rayon::prelude::*;

use super::butterflies::{reversed, Butterflies};
use super::lanes::NttLanes;
use super::tables::{Shape, Tables};
use crate::lanes::Kernel;

/// Eight rows' elements of one column.
pub type Tile<L> = [<L as NttLanes>::Stored; 8];

/// The first pass over columns: `tiles` are those of eight rows after eight rows.
pub fn columns<L: NttLanes>(
    f: L,
    shape: Shape,
    tables: &Tables<L>,
    input: &[L::Element],
    reversed: bool,
    tiles: &mut [Tile<L>],
) {
    let band = band_length(shape.columns());
    let bands = bands(tiles, shape.columns(), band);
    each_band(bands, |index, tiles| {
        f.run(Columns {
            f,
            shape,
            tables,
            input,
            reversed,
            first: index * band,
            tiles,
        })
    });
}

/// The second pass over rows.
pub fn rows<L: NttLanes>(
    f: L,
    shape: Shape,
    tables: &Tables<L>,
    tiles: &[Tile<L>],
    output: &mut [L::Element],
) {
    let band = band_length(shape.rows());
    let bands = bands(output, shape.rows(), band);
    each_band(bands, |index, output| {
        f.run(Rows {
            f,
            shape,
            tables,
            tiles,
            first: index * band,
            output,
        })
    });
}

/// Columns (or rows) of a band, of `count`: a few bands for each thread, of at least eight.
fn band_length(count: usize) -> usize {
    let bands = 4 * rayon::current_num_threads();
    (count / bands.next_power_of_two()).max(8)
}

/// Every row of `whole` in pieces of `band`: band after band, its piece of each row.
fn bands<T>(whole: &mut [T], row: usize, band: usize) -> Vec<Vec<&mut [T]>> {
    let mut bands: Vec<Vec<&mut [T]>> = Vec::new();
    bands.resize_with(row / band, || Vec::with_capacity(whole.len() / row));
    for row in whole.chunks_exact_mut(row) {
        for (band, piece) in bands.iter_mut().zip(row.chunks_exact_mut(band)) {
            band.push(piece);
        }
    }
    bands
}

fn each_band<T: Send>(
    bands: Vec<Vec<&mut [T]>>,
    work: impl Fn(usize, Vec<&mut [T]>) + Send + Sync,
) {
    bands
        .into_par_iter()
        .enumerate()
        .with_max_len(1)
        .for_each(|(index, band)| work(index, band));
}

struct Columns<'a, L: NttLanes> {
    f: L,
    shape: Shape,
    tables: &'a Tables<L>,
    input: &'a [L::Element],
    /// Whether x[−n mod N] is read for x[n].
    reversed: bool,
    /// The first column of the band.
    first: usize,
    /// For each eight rows, the tiles of the band's columns.
    tiles: Vec<&'a mut [Tile<L>]>,
}

impl<L: NttLanes> Columns<'_, L> {
    #[inline(always)]
    fn eight(&self, first: usize) -> Option<&[L::Element; 8]> {
        self.input.get(first..)?.first_chunk()
    }
}

impl<L: NttLanes> Kernel for Columns<'_, L> {
    type Output = ();
    #[inline(always)]
    fn run(mut self) {
        let (f, shape) = (self.f, self.shape);
        let (rows, columns) = (shape.rows(), shape.columns());
        let mut vectors = vec![f.zero(); rows];
        let mut made = Vec::new();
        let band = self.tiles[0].len();
        for offset in (0..band).step_by(8) {
            let first = self.first + offset;
            for (r, vector) in vectors.iter_mut().enumerate() {
                let n = columns * r + first;
                *vector = if self.reversed {
                    let last = self.input.len() - 1;
                    let index = |lane: usize| (n + lane).wrapping_neg() & last;
                    f.load(&core::array::from_fn(|lane| self.input[index(lane)]))
                } else {
                    f.load(self.eight(n).expect("bands are of eights"))
                };
            }
            f.run(Butterflies {
                f,
                data: &mut vectors,
                roots: &self.tables.columns,
            });
            let factors = self.tables.factors(f, first, &mut made);
            for (i, factors) in factors.iter().enumerate() {
                // What the next columns load.
                let n = columns * i + first + 8;
                let n = if self.reversed {
                    self.input.len().saturating_sub(n + 7)
                } else {
                    n
                };
                if let Some(eight) = self.eight(n) {
                    f.prefetch(eight);
                }
                let vector = vectors[reversed(i, shape.log_rows)];
                let products = f.store_product(vector, factors);
                let tiles = &mut self.tiles[i / 8][offset..offset + 8];
                for (tile, product) in tiles.iter_mut().zip(products) {
                    tile[i % 8] = product;
                }
            }
        }
    }
}

struct Rows<'a, L: NttLanes> {
    f: L,
    shape: Shape,
    tables: &'a Tables<L>,
    tiles: &'a [Tile<L>],
    /// The first row of the band.
    first: usize,
    /// The band's piece of each row of the result.
    output: Vec<&'a mut [L::Element]>,
}

impl<L: NttLanes> Kernel for Rows<'_, L> {
    type Output = ();
    #[inline(always)]
    fn run(mut self) {
        let (f, shape) = (self.f, self.shape);
        let columns = shape.columns();
        let mut vectors = vec![f.zero(); columns];
        let band = self.output[0].len();
        for offset in (0..band).step_by(8) {
            let tiles = &self.tiles[(self.first + offset) / 8 * columns..][..columns];
            for (vector, tile) in vectors.iter_mut().zip(tiles) {
                *vector = f.load_stored(tile);
            }
            f.run(Butterflies {
                f,
                data: &mut vectors,
                roots: &self.tables.rows,
            });
            for (j, output) in self.output.iter_mut().enumerate() {
                let mut vector = vectors[reversed(j, shape.log_columns)];
                if let Some(constants) = &self.tables.outputs {
                    vector = f.mul(vector, &constants[j]);
                }
                output[offset..offset + 8].copy_from_slice(&f.store(vector));
            }
        }
    }
}
