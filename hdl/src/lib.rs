//! Generator of Vegalith's hardware: arithmetic, curves, streams, engines, kernels and presets
