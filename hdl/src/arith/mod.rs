//! Modular arithmetic as pipelines: what a module computes, its ports and its bounds.
//!
//! Every generator takes a [`FieldParams`] and a [`Target`] and returns an [`ArithModule`] whose
//! ports, besides `clk`, are (p the modulus, R the Montgomery radix):
//!
//! | generator | inputs | outputs |
//! |---|---|---|
//! | [`mont_mul`] | `x` ≤ x_max, `y` ≤ y_max | `z` = x·y·R⁻¹ mod p |
//! | [`scale`] | `x` < 2p, `w` < p | `z` = x·w·R⁻¹ mod p, < 2p |
//! | [`butterfly`] | `a`, `b` < 2p, `w` < p, `swap` | `sum` = a + b < 2p, `diff` = (a − b)·w·R⁻¹ < 2p, or (b − a)·w·R⁻¹ if `swap` |
//! | [`canonicalize`] | `x` < 2p | `z` = x mod p |
//! | [`goldilocks_mul`] | `x`, `y` < p | `z` = x·y mod p, < p; no Montgomery form |
//! | [`two_way_butterfly`] | `a`, `b`, `w` < p, `swap`, `take_b`, `forward` | `first`, `second` < p, see there |
//! | [`negate_canonical`] | `x` < p | `z` = −x mod p |

mod fast_leaf;
mod field;
mod folded_mont_mul;
mod goldilocks;
mod mont_mul;
mod reduced;

pub use crate::graph::{
    ArithModule, Census, Evaluator, GraphError, ModuleSet, NameClash, Port, PortDirection, Target,
    VerilogModule,
};
pub use field::FieldParams;
pub(crate) use folded_mont_mul::{folded_mont_mul, FoldedMultiplier};
pub use goldilocks::{goldilocks_mul, two_way_butterfly};
pub(crate) use mont_mul::mont_mul_signals;
pub use mont_mul::{mont_mul, mont_mul_bound, ConstantProducts, MontMulOptions};
pub use reduced::{butterfly, canonicalize, negate_canonical, scale};
