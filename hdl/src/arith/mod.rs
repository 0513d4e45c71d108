//! Modular arithmetic as pipelines: what a module computes, its ports and its bounds.
//!
//! Every generator takes a [`FieldParams`] and a [`Target`] and returns an [`ArithModule`] whose
//! ports, besides `clk`, are (p the modulus, R the Montgomery radix):
//!
//! | generator | inputs | outputs |
//! |---|---|---|
//! | `mont_mul(field, bounds, options, target)` | `x` ≤ bound, `y` ≤ bound | `z` = x·y·R⁻¹ mod p |
//! | `scale(field, target)` | `x` < 2p, `w` < p | `z` = x·w·R⁻¹ mod p, < 2p |
//! | `butterfly(field, target)` | `a`, `b` < 2p, `w` < p, `swap` | `sum` = a + b < 2p, `diff` = (a − b)·w·R⁻¹ < 2p, or (b − a)·w·R⁻¹ if `swap` |
//! | `canonicalize(field, target)` | `x` < 2p | `z` = x mod p |
//! | `negate_canonical(field, target)` | `x` < p | `z` = −x mod p |

mod field;

pub use crate::graph::{
    ArithModule, Census, Evaluator, ModuleSet, NameClash, Port, PortDirection, Target,
    VerilogModule,
};
pub use field::FieldParams;
