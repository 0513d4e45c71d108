//! Groth16 prover of derivative-state transitions over a Vegalith backend.

mod circuit;
mod eddsa;
mod error;
mod exchange;
mod files;
mod groth16;
mod hex_form;
mod json;
mod keys;
mod params;
mod poseidon;
mod random;
mod samples;

pub use circuit::{breakdown, BatchCircuit, Breakdown, Shape};
pub use eddsa::{EncodingError, PublicKey, SecretKey, Signature};
pub use error::{Error, Result};
pub use exchange::{
    execute, Account, Batch, Deposit, Executed, Item, Kind, Oracle, Order, OrderSlot, Position,
    Reason, Refusal, Rule, Side, SignedOracle, SignedOrder, State, Statement, Trade, Transaction,
    Withdrawal,
};
pub use files::MAX_FILE_BYTES;
pub use groth16::{
    prove, verify, Progress, Proof, ProofFile, ProveOptions, ProveReport, Prover, Randomness,
    Stage, StageReport, Verdict,
};
pub use keys::{KeyProgress, KeySource, KeyStage, Keys, VerifyingKeyFile};
pub use params::*;
pub use samples::{
    sample_batch, sample_files, sample_key, sample_mixed_batch, sample_oracle, sample_oracle_key,
    sample_state, SAMPLE_FEE_ACCOUNT, SAMPLE_TIME, SAMPLE_TRADERS,
};
