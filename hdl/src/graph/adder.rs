//! Additions with cut carries, and what is built on them.
//!
//! An addition of more than two limits' width takes three cycles whatever its width:
//!
//! ```text
//!  cycle 1   sum of each chunk, one carry bit on top
//!  cycle 2   carries between chunks: chunk i generates (its carry bit) or propagates (all ones);
//!            one short carry chain over these pairs gives the carry into every chunk
//!  cycle 3   each chunk + its carry
//! ```

use super::{Graph, GraphError, Signal};
use num_bigint::BigUint;
use num_traits::One;

impl Graph {
    /// a + b + carry mod 2^width for equally wide a, b, registered. `late_carry` is wanted one
    /// cycle after a and b; with it the sum takes three cycles.
    pub(super) fn add_cut(&mut self, a: Signal, b: Signal, late_carry: Option<Signal>) -> Signal {
        let width = self.width(a);
        if width == 0 {
            return self.zeros(0);
        }
        let limit = self.target.carry_bits;
        let [a, b] = self.align([a, b]);
        if late_carry.is_none() && width <= limit {
            let sum = self.chain(a, b, None, width);
            return self.delay(sum, 1);
        }
        let mut chunks = Vec::new();
        for low in (0..width).step_by(limit) {
            let high = (low + limit).min(width);
            let (a, b) = (
                self.slice(a, low, high - low),
                self.slice(b, low, high - low),
            );
            let carry_out = usize::from(high < width);
            let sum = self.chain(a, b, None, high - low + carry_out);
            chunks.push(self.delay(sum, 1));
        }
        if let (None, &[low, high]) = (late_carry, &chunks[..]) {
            let carry = self.slice(low, limit, 1);
            let low = self.slice(low, 0, limit);
            let none = self.zeros(self.width(high));
            let high = self.chain(high, none, Some(carry), self.width(high));
            let (low, high) = (self.delay(low, 1), self.delay(high, 1));
            return self.concat(&[low, high]);
        }
        let carries = self.carries_between(&chunks, late_carry);
        let mut sums = Vec::new();
        for (i, &chunk) in chunks.iter().enumerate() {
            let chunk_width = limit.min(width - i * limit);
            let chunk = self.slice(chunk, 0, chunk_width);
            let chunk = self.delay(chunk, 1);
            let sum = if i == 0 && late_carry.is_none() {
                chunk
            } else {
                let carry = self.slice(carries, i, 1);
                let none = self.zeros(chunk_width);
                self.chain(chunk, none, Some(carry), chunk_width)
            };
            sums.push(self.delay(sum, 1));
        }
        self.concat(&sums)
    }

    /// Carry into each chunk, registered.
    fn carries_between(&mut self, chunks: &[Signal], carry_in: Option<Signal>) -> Signal {
        let limit = self.target.carry_bits;
        let (mut generates, mut passes) = (Vec::new(), Vec::new());
        for &chunk in &chunks[..chunks.len() - 1] {
            let generate = self.slice(chunk, limit, 1);
            let body = self.slice(chunk, 0, limit);
            let full = self.all_bits(body);
            generates.push(generate);
            passes.push(self.or(generate, full));
        }
        let top = self.zeros(1);
        generates.push(top);
        passes.push(top);
        let generates = self.concat(&generates);
        let passes = self.concat(&passes);
        // Bit i of the sum is generates ^ passes ^ carry into i.
        let sum = self.chain(generates, passes, carry_in, chunks.len());
        let carries = self.xor(sum, generates);
        let carries = self.xor(carries, passes);
        self.delay(carries, 1)
    }

    /// a + b.
    pub fn add(&mut self, a: Signal, b: Signal) -> Signal {
        let max = self.max(a) + self.max(b);
        let sum = super::rows::Rows::of(a).plus(super::rows::Rows::of(b));
        self.resolve(sum, &max)
    }

    /// a − b mod 2^bits, registered. As one borrow chain, which takes half the logic of an addition
    /// of the complement, where the target's carries are long enough.
    pub(crate) fn subtract_modulo(&mut self, a: Signal, b: Signal, bits: usize) -> Signal {
        if bits > self.target.carry_bits {
            let minus = self.negated(&super::rows::Rows::of(b));
            return self.resolve_modulo(super::rows::Rows::of(a).plus(minus), bits);
        }
        let difference = self.borrow_chain(a, b, bits);
        self.delay(difference, 1)
    }

    /// a + bias − b. Fails if this could be negative.
    pub fn sub(&mut self, a: Signal, b: Signal, bias: &BigUint) -> Result<Signal, GraphError> {
        self.linear("difference", &[(a, 1)], &[(b, 1)], bias)
    }

    /// x − c if x ≥ c, else x; with x < 2c this is x mod c. Also whether x ≥ c.
    pub fn subtract_if_not_below(&mut self, x: Signal, c: &BigUint) -> (Signal, Signal) {
        let width = (self.width(x)).max(c.bits() as usize);
        let complement = (BigUint::one() << width) - c;
        let max = self.max(x) + &complement;
        let sum = super::rows::Rows::of(x).plus_constant(&complement);
        let difference = self.resolve(sum, &max);
        let difference = self.resize(difference, width + 1);
        let not_below = self.slice(difference, width, 1);
        let difference = self.slice(difference, 0, width);
        let reduced = self.select(not_below, difference, x);
        let left = c - 1u32;
        let most = if *self.max(x) < *c {
            left
        } else {
            left.max(self.max(x) - c)
        };
        self.tighten(reduced, most.clone());
        let reduced = self.resize(reduced, most.bits() as usize);
        (self.delay(reduced, 1), self.delay(not_below, 1))
    }

    /// `one` if `select`, else `zero`, registered.
    pub fn mux(&mut self, select: Signal, one: Signal, zero: Signal) -> Result<Signal, GraphError> {
        if self.width(select) != 1 {
            return Err(GraphError::Width {
                what: "multiplexer select",
                expected: 1,
                found: self.width(select),
            });
        }
        let chosen = self.select(select, one, zero);
        Ok(self.delay(chosen, 1))
    }

    /// `value` if `bit`, else 0, registered.
    pub(crate) fn masked(&mut self, value: Signal, bit: Signal) -> Signal {
        let masked = self.mask(value, bit);
        self.delay(masked, 1)
    }

    /// Whether the value is 0, registered twice.
    pub fn is_zero_value(&mut self, x: Signal) -> Signal {
        let width = self.width(x);
        let mut partial = Vec::new();
        for low in (0..width).step_by(36) {
            let part = self.slice(x, low, 36.min(width - low));
            partial.push(self.any_bit(part));
        }
        let partial = self.concat(&partial);
        let partial = self.delay(partial, 1);
        let any = self.any_bit(partial);
        let none = self.not(any);
        self.delay(none, 1)
    }

    /// Whether a = b, registered three times.
    pub fn is_equal(&mut self, a: Signal, b: Signal) -> Signal {
        let width = self.width(a).max(self.width(b));
        let a = self.resize(a, width);
        let b = self.resize(b, width);
        let difference = self.xor(a, b);
        let difference = self.delay(difference, 1);
        self.is_zero_value(difference)
    }
}
