//! Verification of proof files.

use ark_bn254::Bn254;
use ark_groth16::Groth16;

use super::ProofFile;
use crate::keys::VerifyingKeyFile;
use crate::Result;

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The proof is valid: the statement is true if the setup was honest.
    Valid,
    /// The proof is of another circuit than the key.
    OtherCircuit {
        /// Digest in the key.
        key: String,
        /// Digest in the proof.
        proof: String,
    },
    /// The public input is not the hash of the statement, or a number of the statement is out of its range
    /// (its bits would be those of another number in what is hashed).
    OtherStatement,
    /// The pairing equation does not hold.
    Invalid,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Verdict::Valid => f.write_str("valid"),
            Verdict::OtherCircuit { key, proof } => {
                write!(f, "the proof is of circuit {proof}, the key of {key}")
            }
            Verdict::OtherStatement => {
                f.write_str("the public input is not the hash of the statement")
            }
            Verdict::Invalid => f.write_str("the proof does not hold for its public input and key"),
        }
    }
}

impl Verdict {
    /// Verifies.
    ///
    /// # Errors
    /// [`Error::Synthesis`](crate::Error::Synthesis) if the key cannot be used at all.
    pub fn of(key: &VerifyingKeyFile, proof: &ProofFile) -> Result<Self> {
        if key.circuit != proof.circuit {
            return Ok(Verdict::OtherCircuit {
                key: key.circuit.clone(),
                proof: proof.circuit.clone(),
            });
        }
        let statement = &proof.statement;
        if !statement.is_in_range() || statement.public_input() != proof.public_input {
            return Ok(Verdict::OtherStatement);
        }
        let prepared = key.prepare()?;
        let holds = Groth16::<Bn254>::verify_proof(&prepared, &proof.proof, &[proof.public_input])?;
        Ok(if holds {
            Verdict::Valid
        } else {
            Verdict::Invalid
        })
    }
}

/// Whether a proof is valid; [`Verdict::of`] also says why not.
///
/// # Errors
/// As [`Verdict::of`].
pub fn verify(key: &VerifyingKeyFile, proof: &ProofFile) -> Result<bool> {
    Ok(Verdict::of(key, proof)? == Verdict::Valid)
}
