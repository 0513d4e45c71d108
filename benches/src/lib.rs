//! Benches of MSM and NTT on equal operands.
//!
//! `cargo bench -p vegalith-benches` measures arkworks and the CPU backend, with the feature `peers` other
//! libraries too; `sim` adds the simulated kernels, whose seconds are those of the simulation and say nothing about
//! hardware. `examples/cpu` prints tables of the same contenders, in turns and as ratios.

pub mod contenders;
mod operands;

pub use operands::{points, random};
