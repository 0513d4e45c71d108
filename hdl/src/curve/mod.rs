//! Curves and their adders.
//!
//! [`complete_adder`] gives a [`PointAdder`]: an [`crate::ArithModule`] with the inputs `x1`, `y1`,
//! `z1`, `x2`, `y2`, `z2` and the outputs `x3`, `y3`, `z3`, all of one width (`coordinate_bits`)
//! and one bound, in Montgomery form, projective (x = X/Z, y = Y/Z), infinity with Z ≡ 0.

mod complete_adder;
mod params;

pub use complete_adder::{complete_adder, PointAdder};
pub use params::CurveParams;
