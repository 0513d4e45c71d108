//! Eight 64-bit lanes side by side: what the field arithmetic is written in.
//!
//! [`Simd`] is implemented by a token. Whoever holds the token of an instruction set has a CPU that
//! has it, so that operations on vectors are safe to call. Every operation is inlined into the
//! entry point [`Simd::run`], the one place where the instruction set is switched on: a function
//! between the two that is not `#[inline(always)]` costs a call for every instruction. Closures are
//! such functions, hence [`each!`] where one would map or collect.

/// An array by its elements: `each!(start; N, i => element i)`. `start` is any value of their type.
macro_rules! each {
    ($start:expr; $n:expr, $i:ident => $element:expr) => {{
        let mut array = [$start; $n];
        let mut $i = 0;
        while $i < $n {
            array[$i] = $element;
            $i += 1;
        }
        array
    }};
}
pub(crate) use each;

/// An array of eight, written out.
macro_rules! eight {
    ($i:ident => $element:expr) => {
        crate::lanes::literal!($i => $element; 0 1 2 3 4 5 6 7)
    };
}
pub(crate) use eight;

/// An array by its elements at the indices that follow.
macro_rules! literal {
    ($i:ident => $element:expr; $($index:literal)*) => {
        [$({
            let $i: usize = $index;
            $element
        }),*]
    };
}
pub(crate) use literal;

mod twin;

#[cfg(target_arch = "x86_64")]
pub(crate) use crate::machine::avx512::prefetch;
#[cfg(target_arch = "x86_64")]
pub use crate::machine::avx512::Avx512;
pub use twin::Twin;

/// Asks for the memory of a value to be brought near, where that is known how.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn prefetch<T>(_: &T) {}

/// Bits of a limb: what `vpmadd52` multiplies.
pub const LIMB_BITS: u32 = 52;
/// Largest limb.
pub const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// Eight lanes of 64 bits. Masks have lane i in bit i.
pub trait Simd: Copy + Send + Sync + 'static {
    /// Eight lanes.
    type V: Copy + Send;

    /// Runs `kernel` with the instruction set switched on.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;
    /// As [`Self::run`], as a call: for what is so long that copies of it would fill the instruction cache.
    fn call<K: Kernel>(self, kernel: K) -> K::Output;

    /// The same value in every lane.
    fn splat(self, value: u64) -> Self::V;
    /// Lanes from an array.
    fn load(self, lanes: &[u64; 8]) -> Self::V;
    /// Lanes to an array.
    fn store(self, v: Self::V) -> [u64; 8];
    /// Lane i of result k is word k of row i.
    fn load_rows4(self, rows: [&[u64; 4]; 8]) -> [Self::V; 4];
    /// Lane i of result k is word k of row i.
    fn load_rows2(self, rows: [&[u64; 2]; 8]) -> [Self::V; 2];
    /// Word k of row i is lane i of `words[k]`.
    fn to_rows4(self, words: [Self::V; 4]) -> [[u64; 4]; 8];
    /// Word k of row i is lane i of `words[k]`.
    fn to_rows2(self, words: [Self::V; 2]) -> [[u64; 2]; 8];

    /// a + b mod 2^64.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// a − b mod 2^64.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// a and b, bit by bit.
    fn and(self, a: Self::V, b: Self::V) -> Self::V;
    /// a or b, bit by bit.
    fn or(self, a: Self::V, b: Self::V) -> Self::V;
    /// a·2^bits mod 2^64; `bits` < 64.
    fn shl(self, a: Self::V, bits: u32) -> Self::V;
    /// ⌊a / 2^bits⌋ of unsigned lanes; `bits` < 64.
    fn shr(self, a: Self::V, bits: u32) -> Self::V;
    /// ⌊a / 2^52⌋ of signed lanes: the carry out of a limb.
    fn carry(self, a: Self::V) -> Self::V;
    /// acc + (a·b mod 2^52), of the low 52 bits of a and b.
    fn mul_low(self, acc: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// acc + ⌊a·b / 2^52⌋, of the low 52 bits of a and b.
    fn mul_high(self, acc: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// `a` where the mask is set, `b` elsewhere.
    fn select(self, mask: u8, a: Self::V, b: Self::V) -> Self::V;
    /// Where the lanes are equal.
    fn equal(self, a: Self::V, b: Self::V) -> u8;
    /// Where signed lanes are below zero.
    fn negative(self, a: Self::V) -> u8;
    /// Lane i becomes lane i + K mod 8.
    fn rotate<const K: usize>(self, a: Self::V) -> Self::V;
    /// Asks for the memory of `value` to be brought near.
    fn prefetch<T>(self, value: &T);
}

/// An algorithm in lanes. `run` must be `#[inline(always)]`, and so must what it calls.
pub trait Kernel {
    /// What it computes.
    type Output;
    /// Computes it.
    fn run(self) -> Self::Output;
}
