//! How a proof is to be made.

use std::time::Duration;

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField, UniformRand};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};

use super::Progress;
use crate::random;
use crate::Result;

/// The numbers r and s that hide the witness. Who knows them learns about the witness from the proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Randomness {
    /// From the operating system: another proof each time.
    #[default]
    Random,
    /// From a seed and the values of all variables (ChaCha20 with SHA-256 of both): equal batches with equal
    /// signatures give equal proofs on every backend. Two witnesses of one public input, as when orders are
    /// signed once more, must not share r and s: the difference of their proofs would hide nothing.
    Seed(u64),
    /// As given. No two batches should share them.
    Fixed {
        /// r.
        r: Fr,
        /// s.
        s: Fr,
    },
}

impl Randomness {
    /// r and s for an assignment: the values of all variables.
    ///
    /// # Errors
    /// [`Error::Randomness`](crate::Error::Randomness) if the operating system has none.
    pub(super) fn draw(self, assignment: &[Fr]) -> Result<(Fr, Fr)> {
        let mut generator = match self {
            Randomness::Fixed { r, s } => return Ok((r, s)),
            Randomness::Random => random::generator()?,
            Randomness::Seed(seed) => {
                let mut hasher = Sha256::new()
                    .chain_update(b"vegalith proof randomness\0")
                    .chain_update(seed.to_le_bytes());
                for value in assignment {
                    hasher.update(value.into_bigint().to_bytes_le());
                }
                ChaCha20Rng::from_seed(hasher.finalize().into())
            }
        };
        Ok((Fr::rand(&mut generator), Fr::rand(&mut generator)))
    }
}

/// How a proof is to be made.
#[derive(Clone, Copy)]
pub struct ProveOptions<'a> {
    /// Where r and s come from.
    pub randomness: Randomness,
    /// How long a job of the backend may take. Jobs handed in together wait for each other: the
    /// second may end after twice this time, and so on.
    pub deadline: Duration,
    /// Told when a stage begins or ends, on the calling thread.
    pub progress: Option<&'a dyn Fn(&Progress<'_>)>,
}

impl Default for ProveOptions<'_> {
    /// Random, ten minutes a job, nobody told.
    fn default() -> Self {
        ProveOptions {
            randomness: Randomness::Random,
            deadline: Duration::from_secs(600),
            progress: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_assignments_give_their_own_numbers() {
        let draw =
            |seed, values: [u64; 4]| Randomness::Seed(seed).draw(&values.map(Fr::from)).unwrap();
        // One, the public input, two variables of the witness.
        let usual = draw(1, [1, 2, 3, 4]);
        assert_eq!(usual, draw(1, [1, 2, 3, 4]));
        let others = [
            draw(2, [1, 2, 3, 4]),
            draw(1, [1, 9, 3, 4]),
            draw(1, [1, 2, 9, 4]),
            draw(1, [1, 2, 3, 9]),
        ];
        for other in others {
            assert_ne!(usual.0, other.0);
            assert_ne!(usual.1, other.1);
        }
        let random = || Randomness::Random.draw(&[Fr::from(1u64)]).unwrap();
        assert_ne!(random(), random());
    }
}
