//! Groth16 over a [`Backend`]: its transforms and its MSMs in G1 run there, all else on the host.
//!
//! The witness gives the MSMs of A, B and L at once; while the backend computes them, the host
//! multiplies by the matrices and computes the G2 MSM. The quotient's seven transforms follow, then
//! the MSM of H with it:
//!
//! ```text
//! synthesis ─┬─► msm_a, msm_b_g1, msm_l ──────────────────────────┐
//!            ├─► msm_b_g2 (host) ─────────────────────────────────┤
//!            └─► matrices ─► 3 ntt_inverse ─► 3 ntt_coset         ├─► assembly ─► verify
//!                            ─► pointwise ─► ntt_coset_inverse ─► msm_h
//! ```
//!
//! The proof is, byte for byte, the one that `ark-groth16` makes from the same (r, s). It is verified
//! before it is given away; if it does not verify, the backend's results are held against the CPU's.

mod diagnosis;
mod jobs;
mod options;
mod proof_file;
mod prover;
mod quotient;
mod report;
mod verify;

#[cfg(test)]
mod tests;

pub use options::{ProveOptions, Randomness};
pub use proof_file::ProofFile;
pub use prover::{prove, Prover};
pub use report::{Progress, ProveReport, Stage, StageReport};
pub use verify::{verify, Verdict};

/// A proof: A and C in G1, B in G2.
pub type Proof = ark_groth16::Proof<ark_bn254::Bn254>;

#[cfg(doc)]
use vegalith::Backend;
