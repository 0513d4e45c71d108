//! Generator of Vegalith's hardware: arithmetic, curves, streams, engines, kernels and presets

mod rtl;

pub use rtl::{Design, VerilogFile};
