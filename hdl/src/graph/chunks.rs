//! Sums as chunks, each a cycle after the one below it.
//!
//! ```text
//!  chunk   2        1        0
//!  cycle   c+2      c+1      c        a + b: each chunk is one carry chain and one register;
//!          ▼        ▼        ▼        its carry goes to the next chunk, which comes a cycle later
//!        a₂+b₂ ◄─ a₁+b₁ ◄─ a₀+b₀      in any case
//!          ▼        ▼        ▼
//!         c+3      c+2      c+1
//! ```
//! An addition takes one cell a bit, no carry is ever redundant, and a value divided by the size of a
//! chunk keeps its shape: what a Montgomery step needs that is fed back into itself. `Rows` are
//! quicker from end to end and cost twice the cells where a compressor is two of them.

use super::rows::Row;
use super::{Graph, Signal};
use num_bigint::BigUint;
use num_traits::One;

/// Σ chunk·2^(chunk_bits·index), every chunk below 2^chunk_bits.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    bits: usize,
    /// Place within the chunk and value; none where the chunk is 0.
    parts: Vec<Option<Row>>,
}

impl Chunks {
    /// The value divided by 2^chunk_bits, its lowest chunk being known to be 0.
    pub(crate) fn without_lowest(mut self) -> Self {
        self.parts.remove(0);
        self
    }

    fn part(&self, index: usize) -> Option<Row> {
        self.parts.get(index).copied().flatten()
    }
}

impl Graph {
    /// Chunks that come as signals.
    pub(crate) fn chunks_of(&self, bits: usize, chunks: &[Signal]) -> Chunks {
        let part = |&signal| Some(Row { signal, shift: 0 });
        Chunks {
            bits,
            parts: chunks.iter().map(part).collect(),
        }
    }

    /// Each chunk as a signal in its own cycle, the value being known never to exceed `max`.
    pub(crate) fn chunk_signals(&mut self, sum: &Chunks, max: &BigUint) -> Vec<Signal> {
        let total = max.bits() as usize;
        (0..total.div_ceil(sum.bits))
            .map(|index| {
                let width = sum.bits.min(total - index * sum.bits);
                let Some(part) = sum.part(index) else {
                    return self.zeros(width);
                };
                let low = self.zeros(part.shift);
                let signal = self.concat(&[low, part.signal]);
                let signal = self.resize(signal, width);
                self.tighten(signal, max >> (index * sum.bits));
                signal
            })
            .collect()
    }

    /// x·y as sums without overlap, of the chunks below `num_chunks`: tiles of even and of odd limbs of
    /// x for each limb of y, each tile as late as its lowest chunk.
    pub(crate) fn product_chunks(
        &mut self,
        x: Signal,
        y: Signal,
        bits: usize,
        num_chunks: usize,
    ) -> Vec<Chunks> {
        let (tile_x, tile_y) = self.target.tile;
        let limbs = |graph: &mut Graph, value: Signal, limb: usize| -> Vec<Signal> {
            let width = graph.width(value);
            (0..width)
                .step_by(limb)
                .map(|low| graph.slice(value, low, limb.min(width - low)))
                .collect()
        };
        let [x, y] = self.align([x, y]);
        let (x, y) = (limbs(self, x, tile_x), limbs(self, y, tile_y));
        // A product is as wide as two limbs of x at most, so every other one of a row overlaps.
        let apart = (tile_x + tile_y).div_ceil(tile_x);
        let end = num_chunks.saturating_mul(bits);
        let mut sums = Vec::new();
        for (j, &y) in y.iter().enumerate() {
            for first in 0..apart {
                let mut row = Vec::new();
                for (i, &x) in x.iter().enumerate().skip(first).step_by(apart) {
                    let shift = i * tile_x + j * tile_y;
                    if shift >= end {
                        continue;
                    }
                    let late = shift / bits;
                    let (x, y) = (self.delay(x, late), self.delay(y, late));
                    let signal = self.registered_tile(x, y);
                    let width = self.width(signal).min(end - shift);
                    let signal = self.slice(signal, 0, width);
                    row.push(Row { signal, shift });
                }
                if !row.is_empty() {
                    sums.push(self.cut_to_chunks(&row, bits));
                }
            }
        }
        sums
    }

    /// Rows that do not overlap, in ascending order, as chunks.
    fn cut_to_chunks(&mut self, rows: &[Row], bits: usize) -> Chunks {
        let end = |graph: &Graph, row: &Row| row.shift + graph.width(row.signal);
        let top = rows.iter().map(|row| end(self, row)).max().unwrap_or(0);
        let parts = (0..top.div_ceil(bits))
            .map(|index| {
                let (low, high) = (index * bits, (index + 1) * bits);
                let mut shift = None;
                let (mut parts, mut place) = (Vec::new(), low);
                for row in rows {
                    let (from, to) = (row.shift.max(low), end(self, row).min(high));
                    if from < to {
                        match shift {
                            None => shift = Some(from - low),
                            Some(_) => parts.push(self.zeros(from - place)),
                        }
                        parts.push(self.slice(row.signal, from - row.shift, to - from));
                        place = to;
                    }
                }
                let signal = self.concat(&parts);
                shift.map(|shift| Row { signal, shift })
            })
            .collect();
        Chunks { bits, parts }
    }

    /// Sum of all, modulo 2^(chunk_bits·`num_chunks`): those first that are there first.
    pub(crate) fn sum_of_chunks(&mut self, mut sums: Vec<Chunks>, num_chunks: usize) -> Chunks {
        loop {
            sums.sort_by_key(|sum| self.first_cycle(sum));
            if sums.len() < 2 {
                return sums.pop().unwrap_or(Chunks {
                    bits: self.target.carry_bits,
                    parts: Vec::new(),
                });
            }
            let rest = sums.split_off(2);
            let sum = self.add_chunks(&sums[0], &sums[1], num_chunks);
            sums = rest;
            sums.push(sum);
        }
    }

    /// Cycle in which chunk 0 would be there.
    pub(crate) fn first_cycle(&self, sum: &Chunks) -> usize {
        let parts = sum.parts.iter().enumerate();
        parts
            .filter_map(|(index, part)| {
                part.map(|row| self.latest(&[row.signal]).saturating_sub(index))
            })
            .max()
            .unwrap_or(0)
    }

    fn add_chunks(&mut self, a: &Chunks, b: &Chunks, num_chunks: usize) -> Chunks {
        let bits = a.bits;
        let (mut parts, mut carry) = (Vec::new(), None);
        let longest = a.parts.len().max(b.parts.len());
        for index in 0.. {
            if index >= num_chunks || (index >= longest && carry.is_none()) {
                break;
            }
            let sum = self.add_parts(a.part(index), b.part(index), carry);
            carry = None;
            parts.push(sum.map(|sum| {
                if sum.shift + self.width(sum.signal) <= bits {
                    return sum;
                }
                carry = Some(self.slice(sum.signal, bits - sum.shift, 1));
                Row {
                    signal: self.slice(sum.signal, 0, bits - sum.shift),
                    ..sum
                }
            }));
        }
        Chunks { bits, parts }
    }

    /// Sum of two parts and a carry, as wide as its bound.
    fn add_parts(&mut self, a: Option<Row>, b: Option<Row>, carry: Option<Signal>) -> Option<Row> {
        let (a, b) = match (a, b, carry) {
            (None, None, None) => return None,
            (Some(row), None, None) | (None, Some(row), None) => return Some(row),
            (None, None, Some(signal)) => return Some(Row { signal, shift: 0 }),
            (Some(row), None, Some(signal)) | (None, Some(row), Some(signal)) => {
                (row, Row { signal, shift: 0 })
            }
            (Some(a), Some(b), None) if a.shift <= b.shift => (a, b),
            (Some(a), Some(b), None) => (b, a),
            (Some(a), Some(b), Some(carry)) => return Some(self.add_with_carry(a, b, carry)),
        };
        // The bits of `low` below the other operand pass.
        let (low, high) = if a.shift <= b.shift { (a, b) } else { (b, a) };
        let apart = high.shift - low.shift;
        if apart >= self.width(low.signal) {
            let gap = self.zeros(apart - self.width(low.signal));
            let signal = self.concat(&[low.signal, gap, high.signal]);
            return Some(Row {
                signal,
                shift: low.shift,
            });
        }
        let passed = self.slice(low.signal, 0, apart);
        let rest = self.slice(low.signal, apart, self.width(low.signal) - apart);
        let max = self.max(rest) + self.max(high.signal);
        let sum = self.chain(rest, high.signal, None, max.bits() as usize);
        let sum = self.delay(sum, 1);
        let signal = self.concat(&[passed, sum]);
        Some(Row {
            signal,
            shift: low.shift,
        })
    }

    /// The carry goes in as a bit below both operands: one carry chain for every synthesiser.
    fn add_with_carry(&mut self, a: Row, b: Row, carry: Signal) -> Row {
        let mut whole = |row: Row| {
            let zeros = self.zeros(row.shift);
            self.concat(&[zeros, row.signal])
        };
        let (a, b) = (whole(a), whole(b));
        let max = self.max(a) + self.max(b) + 1u32;
        let one = self.constant_of(BigUint::one(), 1);
        let (a, b) = (self.concat(&[one, a]), self.concat(&[carry, b]));
        let width = max.bits() as usize;
        let sum = self.chain(a, b, None, width + 1);
        let sum = self.delay(sum, 1);
        let signal = self.slice(sum, 1, width);
        self.tighten(signal, max);
        Row { signal, shift: 0 }
    }
}
