//! Errors of this crate.

use std::path::PathBuf;

use crate::exchange::{Refusal, Rule};

/// Result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A batch breaks a rule of the exchange.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A file's content is malformed.
    #[error("{file}: {item}: {reason}", file = file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Path of the value at fault, for example `transactions[2].maker.price`.
        item: String,
        /// What was expected and found.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{file}: cannot {action}: {source}", file = file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// "read", "write" …
        action: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// A key file is corrupt or of another circuit.
    #[error("key file {file}: {reason}", file = file.display())]
    Keys {
        /// The file.
        file: PathBuf,
        /// What was expected and found.
        reason: String,
    },
    /// Keys of one shape, batch of another.
    #[error("keys are of shape {keys}, the batch has shape {batch}")]
    WrongKeys {
        /// Shape of the keys' circuit.
        keys: String,
        /// Shape of the batch.
        batch: String,
    },
    /// The witness breaks constraints; nothing was proved.
    #[error("the witness breaks constraints of: {0:?}")]
    Unsatisfied(Vec<Rule>),
    /// A backend refused or failed.
    #[error(transparent)]
    Backend(#[from] vegalith::Error),
    /// The proof that the backend's results make does not verify; it was thrown away.
    #[error(
        "the proof does not verify and was thrown away: {}",
        suspicion(backend, results)
    )]
    WrongProof {
        /// Name of the backend.
        backend: String,
        /// Stages whose results are not those of the CPU; if none, the keys or the host are at fault.
        results: Vec<&'static str>,
    },
    /// The operating system has no randomness.
    #[error("no randomness: {0}")]
    Randomness(String),
    /// The constraint system or key generation failed.
    #[error("constraint system: {0}")]
    Synthesis(String),
}

impl From<ark_relations::gr1cs::SynthesisError> for Error {
    fn from(error: ark_relations::gr1cs::SynthesisError) -> Self {
        Error::Synthesis(error.to_string())
    }
}

fn suspicion(backend: &str, results: &[&str]) -> String {
    if results.is_empty() {
        format!("all results of {backend} are right, the keys or this machine's memory are not")
    } else {
        format!("wrong results of {backend} in {}", results.join(", "))
    }
}
