//! Generator of Vegalith's hardware: arithmetic, curves, streams, engines, kernels and presets

mod arith;
mod axi;
mod board;
mod curve;
#[doc(hidden)]
pub mod formal;
mod graph;
mod kernel_xml;
mod msm;
mod ntt;
pub mod presets;
mod rtl;
#[cfg(test)]
mod testing;

pub use arith::{
    butterfly, canonicalize, goldilocks_mul, mont_mul, mont_mul_bound, negate_canonical, scale,
    two_way_butterfly, ArithModule, Census, ConstantProducts, Evaluator, FieldParams, GraphError,
    ModuleSet, MontMulOptions, NameClash, Port, PortDirection, Target, VerilogModule,
};
pub use board::{Board, BoardDesign, BoardError};
pub use curve::{complete_adder, folded_adder, AdderPace, CurveParams, FoldedAdder, PointAdder};
pub use graph::{Graph, Signal};
pub use msm::{AdderStyle, CycleModel, ModelRun, MsmConfig, MsmConfigError};
pub use ntt::{FoldedNttConfig, FoldedNttConfigError, NttConfig, NttConfigError};
pub use rtl::{Design, VerilogFile};
