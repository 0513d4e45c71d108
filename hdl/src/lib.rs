//! Generator of Vegalith's hardware: arithmetic, curves, streams, engines, kernels and presets

mod msm;
mod rtl;

pub use rtl::{Design, VerilogFile};
