//! Curves and their adders.
//!
//! [`complete_adder`] gives a [`PointAdder`]: an [`crate::ArithModule`] with the inputs `x1`, `y1`,
//! `z1`, `x2`, `y2`, `z2` and the outputs `x3`, `y3`, `z3`, all of one width (`coordinate_bits`)
//! and one bound, in Montgomery form, projective (x = X/Z, y = Y/Z), infinity with Z ≡ 0. It takes two
//! points every cycle. [`folded_adder`] gives a [`FoldedAdder`], which computes the same on one
//! multiplier, over and over, and takes two points every `interval_cycles`.

mod complete_adder;
mod control;
mod folded_adder;
mod formulas;
mod pace;
mod params;
mod program;
mod schedule;

pub use complete_adder::{complete_adder, PointAdder};
pub use folded_adder::{folded_adder, FoldedAdder};
pub use pace::AdderPace;
pub use params::CurveParams;
