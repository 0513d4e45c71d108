//! Generator of Vegalith's hardware: arithmetic, curves, streams, engines, kernels and presets

mod arith;
mod curve;
mod graph;
mod msm;
mod rtl;

pub use arith::{
    ArithModule, Census, Evaluator, FieldParams, ModuleSet, NameClash, Port, PortDirection, Target,
    VerilogModule,
};
pub use curve::CurveParams;
pub use rtl::{Design, VerilogFile};
