//! The Goldilocks field.

use ark_ff::{Fp64, MontBackend, MontConfig};

#[doc(hidden)]
#[derive(MontConfig)]
#[modulus = "18446744069414584321"]
#[generator = "7"]
pub struct GoldilocksConfig;

/// The Goldilocks field, p = 2^64 − 2^32 + 1, with generator 7.
pub type Goldilocks = Fp64<MontBackend<GoldilocksConfig, 1>>;
