//! Products: tiles, Karatsuba over limbs, and multiplication by constants as sums of shifted rows.
//!
//! ```text
//!  x, y ─► limb sums (1 cycle a Karatsuba level) ─► tiles ─► rows of each limb product, compressed
//!       ─► per level: low + (middle − low − high)·2^s + high·2^2s, compressed, never resolved
//! ```

use super::rows::{Row, Rows};
use super::{Graph, Signal};
use num_bigint::{BigInt, BigUint};
use num_traits::{One, Zero};

/// Compressor bits that one tile is worth when a product is cut.
const TILE_WORTH: usize = 300;
/// Bits beyond a multiple of a tile's width that are multiplied by masking instead.
const MOST_MASKED_BITS: usize = 4;

/// Cut of one operand: bits covered by tiles, and bits above them that are masked.
#[derive(Clone, Copy, Debug)]
struct Cut {
    tiles: usize,
    masked: usize,
}

fn cuts(width: usize, tile: usize) -> impl Iterator<Item = Cut> {
    (0..=MOST_MASKED_BITS.min(width.saturating_sub(1)))
        .filter(move |masked| *masked == 0 || (width - masked).is_multiple_of(tile))
        .map(move |masked| Cut {
            tiles: (width - masked).div_ceil(tile),
            masked,
        })
}

/// Cheapest cut of a product and its cost; `swapped` if b gets the wider side of the tile.
fn best_cut(a: usize, b: usize, tile: (usize, usize)) -> (usize, bool, Cut, Cut) {
    let mut best: Option<(usize, bool, Cut, Cut)> = None;
    for swapped in [false, true] {
        let (wide, narrow) = if swapped { (b, a) } else { (a, b) };
        for wide_cut in cuts(wide, tile.0) {
            for narrow_cut in cuts(narrow, tile.1) {
                let cost = TILE_WORTH * wide_cut.tiles * narrow_cut.tiles
                    + narrow_cut.masked * wide
                    + wide_cut.masked * (narrow - narrow_cut.masked);
                if best.is_none_or(|known| cost < known.0) {
                    best = Some((cost, swapped, wide_cut, narrow_cut));
                }
            }
        }
    }
    best.unwrap_or((
        0,
        false,
        Cut {
            tiles: 0,
            masked: 0,
        },
        Cut {
            tiles: 0,
            masked: 0,
        },
    ))
}

/// Rough cost of an n-limb Karatsuba product with limbs of `bits`, in compressor bits.
fn karatsuba_cost(bits: usize, levels: usize, tile: (usize, usize)) -> usize {
    if levels == 0 {
        return best_cut(bits, bits, tile).0;
    }
    let half = bits << (levels - 1);
    2 * karatsuba_cost(bits, levels - 1, tile)
        + karatsuba_cost(bits + 1, levels - 1, tile)
        + 4 * (2 * half + 4)
}

/// Number of Karatsuba levels that costs least for operands of `width` bits.
pub(crate) fn karatsuba_levels(width: usize, target: &super::Target) -> usize {
    (0..=5)
        .min_by_key(|&levels| karatsuba_cost(width.div_ceil(1 << levels), levels, target.tile))
        .unwrap_or(0)
}

/// Odd digits d (|d| < 2^(window−1)) and places s with Σ d·2^s = value.
fn signed_digits(value: &BigUint, window: usize) -> Vec<(i64, usize)> {
    let mut rest = BigInt::from(value.clone());
    let (mut digits, mut place) = (Vec::new(), 0);
    let modulus = 1i64 << window;
    while !rest.is_zero() {
        let zeros = rest.trailing_zeros().unwrap_or(0) as usize;
        rest >>= zeros;
        place += zeros;
        let low: i64 = (&rest % modulus).try_into().unwrap_or(0);
        let digit = if low >= modulus / 2 {
            low - modulus
        } else {
            low
        };
        digits.push((digit, place));
        rest -= digit;
    }
    digits
}

/// Window, of 2 to `most`, whose rows and odd multiples take the fewest compressors and adders.
pub(crate) fn best_window(constant: &BigUint, most: usize) -> usize {
    (2..=most.max(2))
        .min_by_key(|&window| {
            let digits = signed_digits(constant, window);
            let mut multiples: Vec<_> = digits.iter().map(|(digit, _)| digit.abs()).collect();
            multiples.sort_unstable();
            multiples.dedup();
            multiples.retain(|&multiple| multiple > 1);
            // A multiple costs an addition of two or three rows in three stages.
            digits.len() + 3 * multiples.len()
        })
        .unwrap_or(2)
}

impl Graph {
    /// a·b as rows.
    pub(crate) fn product_rows(&mut self, a: Signal, b: Signal, levels: usize) -> Rows {
        let limbs = 1 << levels;
        let limb_bits = self.width(a).max(self.width(b)).div_ceil(limbs);
        let split = |graph: &mut Graph, value: Signal| -> Vec<Signal> {
            (0..limbs)
                .map(|i| {
                    let width = graph.width(value);
                    let low = (i * limb_bits).min(width);
                    graph.slice(value, low, limb_bits.min(width - low))
                })
                .collect()
        };
        let [a, b] = self.align([a, b]);
        let (a, b) = (split(self, a), split(self, b));
        self.karatsuba(&a, &b, limb_bits)
    }

    /// a·b, resolved.
    pub fn mul(&mut self, a: Signal, b: Signal) -> Signal {
        let widest = self.width(a).max(self.width(b));
        let levels = karatsuba_levels(widest, &self.target);
        let max = self.max(a) * self.max(b);
        let rows = self.product_rows(a, b, levels);
        self.resolve(rows, &max)
    }

    fn karatsuba(&mut self, a: &[Signal], b: &[Signal], limb_bits: usize) -> Rows {
        if let ([a], [b]) = (a, b) {
            let rows = self.tiled_product(*a, *b);
            return self.compress(rows, None);
        }
        let half = a.len() / 2;
        let shift = half * limb_bits;
        let sums = |graph: &mut Graph, limbs: &[Signal]| -> Vec<Signal> {
            (0..half)
                .map(|i| graph.add(limbs[i], limbs[half + i]))
                .collect()
        };
        let (a_sums, b_sums) = (sums(self, a), sums(self, b));
        let low = self.karatsuba(&a[..half], &b[..half], limb_bits);
        let high = self.karatsuba(&a[half..], &b[half..], limb_bits);
        let middle = self.karatsuba(&a_sums, &b_sums, limb_bits);
        let (minus_low, minus_high) = (self.negated(&low), self.negated(&high));
        let sum = low
            .plus(middle.plus(minus_low).plus(minus_high).shifted(shift))
            .plus(high.shifted(2 * shift));
        self.compress(sum, None)
    }

    fn tiled_product(&mut self, a: Signal, b: Signal) -> Rows {
        if self.width(a) == 0 || self.width(b) == 0 {
            return Rows::default();
        }
        let [a, b] = self.align([a, b]);
        let tile = self.target.tile;
        let (_, swapped, wide_cut, narrow_cut) = best_cut(self.width(a), self.width(b), tile);
        let (wide, narrow) = if swapped { (b, a) } else { (a, b) };
        let (wide_main, wide_rest) = self.part(wide, wide_cut.masked);
        let (narrow_main, narrow_rest) = self.part(narrow, narrow_cut.masked);
        let mut rows = Vec::new();
        for i in 0..wide_cut.tiles {
            for j in 0..narrow_cut.tiles {
                let (x, y) = (
                    self.chunk(wide_main, i * tile.0, tile.0),
                    self.chunk(narrow_main, j * tile.1, tile.1),
                );
                rows.push(Row {
                    signal: self.registered_tile(x, y),
                    shift: i * tile.0 + j * tile.1,
                });
            }
        }
        self.masked_rows(&mut rows, wide, narrow_rest, self.width(narrow_main));
        self.masked_rows(&mut rows, narrow_main, wide_rest, self.width(wide_main));
        Rows {
            rows,
            constant: BigInt::zero(),
        }
    }

    fn part(&mut self, value: Signal, masked: usize) -> (Signal, Signal) {
        let main = self.width(value) - masked;
        (self.slice(value, 0, main), self.slice(value, main, masked))
    }

    fn chunk(&mut self, value: Signal, low: usize, width: usize) -> Signal {
        let width = width.min(self.width(value) - low);
        self.slice(value, low, width)
    }

    /// Rows of value·bits·2^shift.
    fn masked_rows(&mut self, rows: &mut Vec<Row>, value: Signal, bits: Signal, shift: usize) {
        for i in 0..self.width(bits) {
            let bit = self.slice(bits, i, 1);
            let row = self.mask(value, bit);
            rows.push(Row {
                signal: self.delay(row, 1),
                shift: shift + i,
            });
        }
    }

    /// x·constant as rows, modulo 2^modulus_bits if given. A `window` of 2 takes signed digits
    /// −1 and 1; larger ones take odd digits below 2^(window−1) and add those multiples first.
    pub(crate) fn constant_product_rows(
        &mut self,
        x: Signal,
        constant: &BigUint,
        window: usize,
        modulus_bits: Option<usize>,
    ) -> Rows {
        let mut sum = Rows::default();
        for (digit, place) in signed_digits(constant, window) {
            if modulus_bits.is_some_and(|bits| place >= bits) {
                continue;
            }
            let multiple = self.odd_multiple(x, digit.unsigned_abs());
            let kept = modulus_bits.map_or(usize::MAX, |bits| bits - place);
            let kept = self.slice(multiple, 0, kept.min(self.width(multiple)));
            let mut row = Rows::of(kept).shifted(place);
            if digit < 0 {
                row = self.negated(&row);
            }
            sum = sum.plus(row);
        }
        sum
    }

    fn odd_multiple(&mut self, x: Signal, factor: u64) -> Signal {
        if factor == 1 {
            return x;
        }
        let max = self.max(x) * factor;
        let mut sum = Rows::default();
        for (digit, place) in signed_digits(&factor.into(), 2) {
            let mut row = Rows::of(x).shifted(place);
            if digit < 0 {
                row = self.negated(&row);
            }
            sum = sum.plus(row);
        }
        self.resolve(sum, &max)
    }

    /// x·factor as rows of shifted x.
    pub(super) fn times_small(&mut self, x: Signal, factor: u32) -> Rows {
        self.constant_product_rows(x, &factor.into(), 2, None)
    }

    /// x·constant, resolved.
    pub fn mul_constant(&mut self, x: Signal, constant: &BigUint) -> Signal {
        let max = self.max(x) * constant;
        let rows = self.constant_product_rows(x, constant, 2, None);
        self.resolve(rows, &max)
    }

    /// x·constant mod 2^bits.
    pub fn mul_constant_low(&mut self, x: Signal, constant: &BigUint, bits: usize) -> Signal {
        let constant = constant % (BigUint::one() << bits);
        let rows = self.constant_product_rows(x, &constant, 2, Some(bits));
        self.resolve_modulo(rows, bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_add_up() {
        for window in 2..6 {
            for value in (0u32..500).chain([u32::MAX, 0xaaaa_aaaa, 0x8000_0001]) {
                let sum: BigInt = signed_digits(&value.into(), window)
                    .into_iter()
                    .map(|(digit, place)| BigInt::from(digit) << place)
                    .sum();
                assert_eq!(sum, BigInt::from(value), "window {window}");
            }
        }
    }

    #[test]
    fn cuts_follow_the_tile() {
        let (cost, _, wide, narrow) = best_cut(35, 35, (26, 17));
        assert_eq!((wide.tiles, narrow.tiles), (2, 2), "cost {cost}");
        assert_eq!(narrow.masked, 1);
    }
}
