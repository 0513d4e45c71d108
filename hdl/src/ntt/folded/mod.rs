//! The folded Goldilocks NTT: one radix-2 butterfly, a pair every cycle, in place on an on-chip
//! memory of the whole transform.
//!
//! ```text
//!                    issue ─► exponent ─► table ─► × factor ───────────┐ w
//!                      │ (pair addresses follow, later)                │
//!  beats ─► ┐          ▼                                               ▼
//!           ├─► lanes ─► 8 banks ─► lanes ─► a, b ─────────────► butterfly ─► first, second ─┐
//!   ┌─────► ┘                          └─► queue ─► beats                                    │
//!   └────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! * **Floor.** N/2·log2 N butterflies and N/8 beats each way, one a cycle: 25,600 cycles for 2^12. The engine
//!   takes these plus the depth of its pipeline once (stages follow each other without a gap from
//!   [`config::Shape::log_overlap`] on; below, each waits for the one before) and the memory's latency.
//! * **Order.** Element n enters at place p = n with its log2 N bits reversed; stage s works on places that
//!   differ in bit s, and results leave at p = k: natural order on both sides. Forward transforms are
//!   decimated in time, whose twiddle multiplies an operand, inverse ones in frequency, whose twiddle
//!   multiplies a result: both stages have the same pairs.
//! * **Factors.** The coset's g^n is a product of g^(2^t) over the bits of n, and an element is the multiplied
//!   operand (or result) exactly in the stages of its set bits: twiddles times one constant a stage make a coset
//!   at no cost. SCALE goes in likewise, on the first multiplication of every element; element 0 of an
//!   inverse transform, which has none, gets one of its own at the end. The products twiddle·constant
//!   take a multiplier of their own.
//! * **Banks.** Bank and address of a place are linear in its bits: bits 0 to 2 select the bank, flipped by the
//!   higher bits so that any two places of a pair, the eight elements of a beat on its way in and the eight on
//!   its way out lie in eight different banks. Beats cross a network of 3 × 8 two-way multiplexers.
//! * SCALE is canonical: the Montgomery radix reported, 2^192, is 1 in this field.

mod access;
mod banks;
mod config;
mod engine;
#[cfg(test)]
mod engine_tests;
mod issue;
mod kernel;
mod sequencer;
mod twiddles;

pub use config::{FoldedNttConfig, FoldedNttConfigError};
pub(crate) use kernel::kernel;
