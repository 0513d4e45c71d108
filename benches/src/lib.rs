//! Benches of MSM and NTT: one body for every backend, beside plain arkworks.
//!
//! `cargo bench -p vegalith-benches` measures the CPU backend and arkworks called directly, so that
//! the cost of the backend interface shows; `--features sim` adds the simulated kernels, whose
//! seconds are those of the simulation and say nothing about hardware.

mod backends;
mod operands;

pub use backends::{backends, deadline};
pub use operands::{
    bls12_381_points, bls12_381_scalars, bn254_points, bn254_scalars, goldilocks, points, random,
};
