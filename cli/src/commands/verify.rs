use serde::Serialize;
use vegalith_prover::{KeySource, ProofFile, Verdict, VerifyingKeyFile};

use crate::args::VerifyArgs;
use crate::error::{Answer, CliError};
use crate::proof::hex;
use crate::report::{print_json, print_line};

#[derive(Serialize)]
struct Report {
    valid: bool,
    reason: Option<String>,
    circuit: String,
    shape: String,
    keys: KeySource,
    public_input: String,
    old_root: String,
    new_root: String,
}

/// Reads both files, verifies, reports.
pub fn run(args: &VerifyArgs) -> Result<Answer, CliError> {
    let key = VerifyingKeyFile::read(&args.vk)?;
    let proof = ProofFile::read(&args.proof)?;
    let verdict = Verdict::of(&key, &proof)?;
    if key.source == KeySource::Test {
        eprintln!("note: {}", key.source);
    }
    let valid = verdict == Verdict::Valid;
    let report = Report {
        valid,
        reason: (!valid).then(|| verdict.to_string()),
        circuit: proof.circuit.clone(),
        shape: key.shape.to_string(),
        keys: key.source,
        public_input: hex(&proof.public_input),
        old_root: hex(&proof.statement.old_root),
        new_root: hex(&proof.statement.new_root),
    };
    if args.json {
        print_json(&report)?;
    } else {
        match &report.reason {
            None => print_line("valid")?,
            Some(reason) => print_line(&format!("invalid: {reason}"))?,
        }
        print_line(&format!("old root      {}", report.old_root))?;
        print_line(&format!("new root      {}", report.new_root))?;
        print_line(&format!("public input  {}", report.public_input))?;
    }
    Ok(if valid { Answer::Done } else { Answer::No })
}
