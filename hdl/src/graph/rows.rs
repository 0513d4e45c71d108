//! Sums of many rows: carry-save compression with exact bookkeeping, and their resolution.
//!
//! A [`Rows`] stands for Σ row·2^shift + constant. Subtracting a row of k bits adds its complement
//! and −(2^k − 1) to the constant, so that rows stay as narrow as they are and nothing wraps: the
//! sum is exact at every layer, and may be continued at any width. Constants cost nothing until
//! [`Graph::resolve`] adds them as one row.

use super::node::ones;
use super::{Graph, GraphError, Signal};
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One, Zero};

/// One summand: signal·2^shift.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(super) signal: Signal,
    pub(super) shift: usize,
}

/// A sum in redundant form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) constant: BigInt,
}

impl Rows {
    /// A single value.
    pub(crate) fn of(signal: Signal) -> Self {
        Rows {
            rows: vec![Row { signal, shift: 0 }],
            constant: BigInt::zero(),
        }
    }

    /// Times 2^shift.
    pub(crate) fn shifted(mut self, shift: usize) -> Self {
        self.rows.iter_mut().for_each(|row| row.shift += shift);
        self.constant <<= shift;
        self
    }

    /// Sum of two sums.
    pub(crate) fn plus(mut self, other: Rows) -> Self {
        self.rows.extend(other.rows);
        self.constant += other.constant;
        self
    }

    /// Plus a constant.
    pub(crate) fn plus_constant(mut self, constant: &BigUint) -> Self {
        self.constant += BigInt::from(constant.clone());
        self
    }
}

impl Graph {
    /// The same sum, negated.
    pub(crate) fn negated(&mut self, sum: &Rows) -> Rows {
        let mut constant = -&sum.constant;
        let rows = sum
            .rows
            .iter()
            .map(|row| {
                constant -= BigInt::from(ones(self.width(row.signal)) << row.shift);
                Row {
                    signal: self.not(row.signal),
                    shift: row.shift,
                }
            })
            .collect();
        Rows { rows, constant }
    }

    fn end(&self, row: &Row) -> usize {
        row.shift + self.width(row.signal)
    }

    /// Bits `low..high` of a row, as they stand in the sum.
    fn segment(&mut self, row: &Row, low: usize, high: usize) -> Signal {
        let end = self.end(row);
        let (from, to) = (row.shift.clamp(low, high), end.clamp(low, high));
        let (from, to) = (from, to.max(from));
        let below = self.zeros(from - low);
        let above = self.zeros(high - to);
        let body = if from < to {
            self.slice(row.signal, from - row.shift, to - from)
        } else {
            self.zeros(0)
        };
        self.concat(&[below, body, above])
    }

    /// Cuts rows that reach beyond bit `end`, where the sum is known or wanted to have no bits.
    fn cut(&mut self, rows: &mut Vec<Row>, end: usize) {
        rows.retain(|row| row.shift < end);
        for row in rows.iter_mut() {
            let width = self.width(row.signal).min(end - row.shift);
            let needed = self.max(row.signal).bits() as usize;
            row.signal = self.resize(row.signal, width.min(needed));
        }
        rows.retain(|row| self.width(row.signal) > 0);
    }

    /// Joins rows that do not overlap.
    fn pack(&mut self, mut rows: Vec<Row>) -> Vec<Row> {
        rows.sort_by_key(|row| (row.shift, row.signal));
        let mut groups: Vec<Vec<Row>> = Vec::new();
        for row in rows {
            let fitting = groups
                .iter_mut()
                .filter(|group| self.end(&group[group.len() - 1]) <= row.shift)
                .max_by_key(|group| self.end(&group[group.len() - 1]));
            match fitting {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        groups
            .into_iter()
            .map(|group| {
                let shift = group[0].shift;
                let (mut parts, mut place) = (Vec::new(), shift);
                for row in &group {
                    parts.push(self.zeros(row.shift - place));
                    parts.push(row.signal);
                    place = self.end(row);
                }
                Row {
                    signal: self.concat(&parts),
                    shift,
                }
            })
            .collect()
    }

    /// Three rows to two with the same sum.
    fn compress_three(&mut self, three: [Row; 3]) -> Vec<Row> {
        let mut starts = three.map(|row| row.shift);
        let mut ends = [0, 1, 2].map(|i| self.end(&three[i]));
        starts.sort_unstable();
        ends.sort_unstable();
        // At least two rows can overlap only here; elsewhere a bit passes through.
        let (low, high) = (starts[1], ends[1]);
        if low >= high {
            return self.pack(three.to_vec());
        }
        let segments = three.map(|row| self.segment(&row, low, high));
        let (sum, carry) = self.full_adders(segments[0], segments[1], segments[2]);
        let mut parts = Vec::new();
        if let Some(row) = three.iter().find(|row| row.shift == starts[0]) {
            parts.push(self.segment(row, starts[0], low));
        }
        parts.push(sum);
        if let Some(row) = three.iter().find(|row| self.end(row) == ends[2]) {
            parts.push(self.segment(row, high, ends[2]));
        }
        vec![
            Row {
                signal: self.concat(&parts),
                shift: starts[0],
            },
            Row {
                signal: carry,
                shift: low + 1,
            },
        ]
    }

    /// Largest sum of the rows, or all ones below a modulus.
    fn bound(&self, rows: &[Row]) -> BigUint {
        rows.iter()
            .map(|row| self.max(row.signal) << row.shift)
            .sum()
    }

    /// Compresses to at most two rows. With `modulus_bits` the sum is only kept modulo
    /// 2^modulus_bits.
    pub(crate) fn compress(&mut self, sum: Rows, modulus_bits: Option<usize>) -> Rows {
        let mut rows = sum.rows;
        let total = self.bound(&rows).bits() as usize;
        let end = modulus_bits.map_or(total, |bits| bits.min(total));
        self.cut(&mut rows, end);
        rows = self.pack(rows);
        let mut now = 0;
        while rows.len() > 2 {
            let mut ready: Vec<_> = rows.iter().map(|row| self.latest(&[row.signal])).collect();
            ready.sort_unstable();
            now = now.max(ready[2]);
            let (mut pool, later): (Vec<_>, Vec<_>) = rows
                .into_iter()
                .partition(|row| self.latest(&[row.signal]) <= now);
            for row in &mut pool {
                row.signal = self.at(row.signal, now);
            }
            for _ in 0..self.target.compressor_layers {
                if pool.len() + later.len() <= 2 || pool.len() < 3 {
                    break;
                }
                pool = self.layer(pool, end);
            }
            now += 1;
            for row in &mut pool {
                row.signal = self.at(row.signal, now);
            }
            rows = pool;
            rows.extend(later);
            rows = self.pack(rows);
        }
        Rows {
            rows,
            constant: sum.constant,
        }
    }

    fn layer(&mut self, mut rows: Vec<Row>, end: usize) -> Vec<Row> {
        rows.sort_by_key(|row| (row.shift, row.signal));
        let mut next = Vec::new();
        for group in rows.chunks(3) {
            match *group {
                [a, b, c] => next.extend(self.compress_three([a, b, c])),
                _ => next.extend_from_slice(group),
            }
        }
        self.cut(&mut next, end);
        self.pack(next)
    }

    /// The value of a sum that is known to lie in 0..=max.
    ///
    /// The caller vouches for the bound: rows of a Karatsuba product, for one, are correlated and
    /// their single bounds do not show it.
    pub(crate) fn resolve(&mut self, sum: Rows, max: &BigUint) -> Signal {
        let width = max.bits() as usize;
        let rows = self.two_rows(sum, width);
        let value = self.add_rows(&rows, width, None);
        self.tighten(value, max.clone());
        value
    }

    /// The value of a sum modulo 2^bits.
    pub(crate) fn resolve_modulo(&mut self, sum: Rows, bits: usize) -> Signal {
        let rows = self.two_rows(sum, bits);
        self.add_rows(&rows, bits, None)
    }

    /// At most two rows of the sum modulo 2^bits, constant included.
    fn two_rows(&mut self, mut sum: Rows, bits: usize) -> Vec<Row> {
        let modulus = BigInt::one() << bits;
        let constant = ((&sum.constant % &modulus) + &modulus) % &modulus;
        let constant = constant.to_biguint().unwrap_or_default();
        sum.constant = BigInt::zero();
        if let Some(shift) = constant.trailing_zeros() {
            let shift = shift as usize;
            let signal = self.constant_of(&constant >> shift, constant.bits() as usize - shift);
            sum.rows.push(Row { signal, shift });
        }
        self.compress(sum, Some(bits)).rows
    }

    /// Bits `split..bits` of a sum that is known to be 0 modulo 2^split, of at most 2^bits − 1.
    ///
    /// The low parts of the two last rows add up to 0 or to 2^split, so the carry into the high
    /// part is whether one of them is not 0: no carry chain runs through the low part.
    pub(crate) fn resolve_exact_high(&mut self, sum: Rows, split: usize, max: &BigUint) -> Signal {
        let bits = max.bits() as usize;
        let rows = self.two_rows(sum, bits);
        let mut low_parts = Vec::new();
        let mut high_rows = Vec::new();
        for row in &rows {
            low_parts.push(self.segment(row, 0, split));
            let end = self.end(row);
            if end > split {
                high_rows.push(Row {
                    signal: self.segment(row, split, end),
                    shift: 0,
                });
            }
        }
        let carry = match low_parts[..] {
            [_, low] | [low] => Some(self.any_bit_in_stages(low)),
            _ => None,
        };
        let value = self.add_rows(&high_rows, bits - split, carry);
        self.tighten(value, max >> split);
        value
    }

    /// Whether any bit is set, one register in the middle.
    fn any_bit_in_stages(&mut self, signal: Signal) -> Signal {
        let width = self.width(signal);
        let mut partial = Vec::new();
        for low in (0..width).step_by(36) {
            let part = self.slice(signal, low, 36.min(width - low));
            let any = self.any_bit(part);
            partial.push(self.delay(any, 1));
        }
        let partial = self.concat(&partial);
        self.any_bit(partial)
    }

    /// Sum of at most two rows modulo 2^width, registered, carries cut.
    fn add_rows(&mut self, rows: &[Row], width: usize, late_carry: Option<Signal>) -> Signal {
        match (rows, late_carry) {
            ([], None) => self.zeros(width),
            ([row], None) => self.segment(row, 0, width),
            _ => {
                let zero = Row {
                    signal: self.zeros(0),
                    shift: 0,
                };
                let a = rows.first().unwrap_or(&zero);
                let b = rows.get(1).unwrap_or(&zero);
                let start = if late_carry.is_some() {
                    0
                } else {
                    a.shift.max(b.shift).min(width)
                };
                let low = if a.shift < b.shift { a } else { b };
                let low = self.segment(low, 0, start);
                let (a, b) = (self.segment(a, start, width), self.segment(b, start, width));
                let high = self.add_cut(a, b, late_carry);
                self.concat(&[low, high])
            }
        }
    }

    /// (Σ added − Σ subtracted + bias) with its bounds checked: never negative.
    pub(crate) fn linear(
        &mut self,
        what: &'static str,
        added: &[(Signal, u32)],
        subtracted: &[(Signal, u32)],
        bias: &BigUint,
    ) -> Result<Signal, GraphError> {
        let most = |graph: &Graph, terms: &[(Signal, u32)]| -> BigUint {
            terms
                .iter()
                .map(|(signal, factor)| graph.max(*signal) * factor)
                .sum()
        };
        let subtrahend = most(self, subtracted);
        if *bias < subtrahend {
            return Err(GraphError::Negative {
                what,
                bias: bias.clone(),
                subtrahend,
            });
        }
        let max = most(self, added) + bias;
        let mut sum = Rows {
            rows: Vec::new(),
            constant: BigInt::from_biguint(Sign::Plus, bias.clone()),
        };
        for &(signal, factor) in added {
            let term = self.times_small(signal, factor);
            sum = sum.plus(term);
        }
        for &(signal, factor) in subtracted {
            let term = self.times_small(signal, factor);
            let term = self.negated(&term);
            sum = sum.plus(term);
        }
        Ok(self.resolve(sum, &max))
    }
}
