//! Operands from fixed seeds, equal in every run.

use ark_ec::{CurveGroup, ScalarMul};
use ark_ff::UniformRand;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// `n` uniform elements of anything.
pub fn random<T: UniformRand>(n: usize) -> Vec<T> {
    let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
    (0..n).map(|_| T::rand(&mut rng)).collect()
}

/// `n` points of any group.
pub fn points<G: CurveGroup + ScalarMul>(n: usize) -> Vec<G::MulBase> {
    G::generator().batch_mul(&random(n))
}
