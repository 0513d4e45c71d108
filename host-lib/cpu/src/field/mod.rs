//! Fields in eight lanes, and one by one in words.
//!
//! Ranges are lazy and written down: "≤ kp" says that an element is held as a number from 0 to k·p
//! inclusive, congruent to what it stands for. Debug builds check them. An element is *loose* while its
//! limbs are not between 0 and 2^52: it can be added, not multiplied.
//! [`Portable`] knows neither: it keeps every number ≤ 2p, and its products reach that.

pub(crate) mod branchless;
mod inverse;
pub(crate) mod limbs;
mod long;
mod portable;
mod prime;
mod quadratic;
mod word_field;
mod words;

pub use branchless::PrimeWords;
pub use portable::Portable;
pub use prime::Prime;
pub use quadratic::Quadratic;
pub use word_field::{QuadraticWords, WordField};

use crate::lanes::Kernel;

/// Eight elements of a field side by side.
pub trait LaneField: Copy + Send + Sync + 'static {
    /// What an element of a lane is to arkworks.
    type Scalar: ark_ff::Field;
    /// An element in memory: at most 2p in every prime coefficient.
    type Stored: Copy + Send + Sync + 'static + core::fmt::Debug + PartialEq;
    /// Eight elements.
    type E: Copy + Send;

    /// A stored word pattern that is no canonical element.
    const SENTINEL: Self::Stored;
    /// The stored element zero.
    const STORED_ZERO: Self::Stored;

    /// Runs a kernel with the instructions of this field switched on.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;

    /// Lane i from `rows[i]`.
    fn load(self, rows: [&Self::Stored; 8]) -> Self::E;
    /// −e, at most 2p as e is.
    fn negated(e: Self::Stored) -> Self::Stored;
    /// The highest bit of the lower and of the upper half of every word.
    fn tops(self, words: &[u64; 8]) -> [u8; 2];
    /// Lane i to row i. Requires ≤ 2p.
    fn store(self, e: Self::E) -> [Self::Stored; 8];
    /// Elements of arkworks to lanes, < p.
    fn import(self, scalars: &[Self::Scalar; 8]) -> Self::E;
    /// Lanes, ≤ 4p, to elements of arkworks.
    fn export(self, e: Self::E) -> [Self::Scalar; 8];

    /// Zero in every lane.
    fn zero(self) -> Self::E;
    /// One in every lane, < p.
    fn one(self) -> Self::E;
    /// a·b + c < 7p/4 + c. Requires a, b ≤ 4p; c from 0 to 4p, perhaps loose.
    fn mul_add(self, a: Self::E, b: Self::E, c: Self::E) -> Self::E;
    /// a·b < 7p/4. Requires a, b ≤ 4p.
    fn mul(self, a: Self::E, b: Self::E) -> Self::E;
    /// a² + c < 7p/4 + c. Requires a ≤ 2p; c from 0 to 4p, perhaps loose.
    fn square_add(self, a: Self::E, c: Self::E) -> Self::E;
    /// a − b + kp, loose. Operands may be loose.
    fn loose_sub(self, a: Self::E, b: Self::E, k: u64) -> Self::E;
    /// The same, not loose any more. Requires ≥ 0.
    fn tighten(self, a: Self::E) -> Self::E;
    /// a + b.
    fn add(self, a: Self::E, b: Self::E) -> Self::E;
    /// a − b + kp. Requires b ≤ kp.
    #[inline(always)]
    fn sub(self, a: Self::E, b: Self::E, k: u64) -> Self::E {
        self.tighten(self.loose_sub(a, b, k))
    }
    /// a − kp where a ≥ kp, a elsewhere: a smaller range, if there was more than 2p.
    fn reduce(self, a: Self::E, k: u64) -> Self::E;
    /// a, < p. Requires ≤ 2p.
    #[inline(always)]
    fn canonical(self, a: Self::E) -> Self::E {
        // 2p stands for zero.
        self.reduce(self.reduce(a, 1), 1)
    }
    /// `a` where the mask is set, `b` elsewhere.
    fn select(self, mask: u8, a: Self::E, b: Self::E) -> Self::E;
    /// Where the same number is held (both canonical: where the elements are equal).
    fn same(self, a: Self::E, b: Self::E) -> u8;
    /// Lane i becomes lane i + K mod 8.
    fn rotate<const K: usize>(self, a: Self::E) -> Self::E;
    /// The inverse of one element, none of zero; its time depends on the element.
    fn inverse(e: Self::Scalar) -> Option<Self::Scalar>;
    /// Asks for the memory of `value` to be brought near.
    fn prefetch<T>(self, value: &T);
}

#[cfg(test)]
mod tests;
