//! The prover against `ark-groth16`, and against backends and files that are wrong.

mod backends;
mod files;
mod proofs;
mod support;
