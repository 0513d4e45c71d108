//! Operands from fixed seeds, equal in every run.

use ark_ec::{CurveGroup, ScalarMul};
use ark_ff::UniformRand;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use vegalith::Goldilocks;

/// `n` uniform elements of anything.
pub fn random<T: UniformRand>(n: usize) -> Vec<T> {
    let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
    (0..n).map(|_| T::rand(&mut rng)).collect()
}

/// `n` points of any group.
pub fn points<G: CurveGroup + ScalarMul>(n: usize) -> Vec<G::MulBase> {
    G::generator().batch_mul(&random(n))
}

/// `n` points of BN254 G1.
pub fn bn254_points(n: usize) -> Vec<ark_bn254::G1Affine> {
    points::<ark_bn254::G1Projective>(n)
}

/// `n` points of BLS12-381 G1.
pub fn bls12_381_points(n: usize) -> Vec<ark_bls12_381::G1Affine> {
    points::<ark_bls12_381::G1Projective>(n)
}

/// `n` uniform scalars of BN254.
pub fn bn254_scalars(n: usize) -> Vec<ark_bn254::Fr> {
    random(n)
}

/// `n` uniform scalars of BLS12-381.
pub fn bls12_381_scalars(n: usize) -> Vec<ark_bls12_381::Fr> {
    random(n)
}

/// `n` uniform elements of the Goldilocks field.
pub fn goldilocks(n: usize) -> Vec<Goldilocks> {
    random(n)
}
