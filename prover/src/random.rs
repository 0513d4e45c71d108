//! Randomness of the operating system.

use rand::rngs::OsRng;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::{Error, Result};

/// A generator seeded by the operating system.
pub(crate) fn generator() -> Result<ChaCha20Rng> {
    let mut seed = [0; 32];
    OsRng
        .try_fill_bytes(&mut seed)
        .map_err(|error| Error::Randomness(error.to_string()))?;
    Ok(ChaCha20Rng::from_seed(seed))
}
