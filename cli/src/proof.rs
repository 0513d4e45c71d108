//! Proving a batch on a backend, and its report as JSON: what `prove` and `demo` share.

use std::path::Path;

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use serde::Serialize;
use vegalith::{Backend, BackendInfo, Curve, Field, Group, Point};
use vegalith_prover::{
    Executed, KeySource, Keys, Progress as Told, Proof, ProofFile, ProveOptions, ProveReport,
    Prover, Stage, Verdict,
};

use crate::backend;
use crate::error::CliError;
use crate::progress::Progress;
use crate::report::PointRecord;
use crate::stages::{self, StageRecord};

/// A proof that was verified, and what it cost.
pub struct Proved {
    pub file: ProofFile,
    pub report: ProveReport,
    pub info: BackendInfo,
}

/// Loads the keys' bases into the backend, proves and verifies. `progress` advances once a stage.
pub fn prove(
    keys: &Keys,
    executed: &Executed,
    backend: &dyn Backend,
    options: &ProveOptions<'_>,
    progress: &Progress,
) -> Result<Proved, CliError> {
    let info = backend.info();
    let name = &info.name;
    progress.step(format!("{name}: {}", stages::label(Stage::LoadBases)));
    let prover = Prover::new(keys, backend)?;
    progress.advance();
    let told = |event: &Told<'_>| match event {
        Told::Begun(stage) => progress.step(format!("{name}: {}", stages::label(*stage))),
        Told::Ended(_) => progress.advance(),
    };
    let options = ProveOptions {
        progress: Some(&told),
        ..*options
    };
    let (proof, report) = prover.prove(executed, &options)?;
    let file = ProofFile::new(keys, executed.statement.clone(), proof);
    // The prover has checked the pairing equation; this is what a verifier will see.
    match Verdict::of(&keys.verifying_key(), &file)? {
        Verdict::Valid => Ok(Proved { file, report, info }),
        verdict => Err(CliError::Environment(format!(
            "the proof was thrown away: {verdict}"
        ))),
    }
}

/// The JSON object of a proof.
#[derive(Serialize)]
pub struct ProofRecord {
    backend: String,
    presets: PresetsRecord,
    batch: BatchRecord,
    constraints: usize,
    domain: usize,
    public_input: String,
    old_root: String,
    new_root: String,
    proof: PointsRecord,
    keys: KeysRecord,
    out: Option<String>,
    seconds: f64,
    stages: Vec<StageRecord>,
    verified: bool,
}

/// Presets that did the MSMs and the NTTs; none on the CPU.
#[derive(Serialize)]
struct PresetsRecord {
    msm: Option<String>,
    ntt: Option<String>,
}

#[derive(Serialize)]
struct BatchRecord {
    transactions: usize,
    shape: String,
}

/// The points of a proof: A and C in G1, B in G2.
#[derive(Serialize)]
struct PointsRecord {
    a: PointRecord,
    b: PointRecord,
    c: PointRecord,
}

#[derive(Serialize)]
struct KeysRecord {
    circuit: String,
    vk: String,
    source: KeySource,
}

impl ProofRecord {
    pub fn new(proved: &Proved, keys: &Keys, vk: &Path, out: Option<&Path>) -> Self {
        let Proved { file, report, info } = proved;
        ProofRecord {
            backend: info.name.clone(),
            presets: PresetsRecord {
                msm: backend::msm_preset(info, Curve::Bn254, Group::G1),
                ntt: backend::ntt_preset(info, Field::Bn254Fr),
            },
            batch: BatchRecord {
                transactions: keys.shape().kinds().len(),
                shape: report.shape.clone(),
            },
            constraints: report.constraints,
            domain: report.domain,
            public_input: hex(&file.public_input),
            old_root: hex(&file.statement.old_root),
            new_root: hex(&file.statement.new_root),
            proof: PointsRecord::from(&file.proof),
            keys: KeysRecord {
                circuit: report.circuit.clone(),
                vk: vk.display().to_string(),
                source: keys.source(),
            },
            out: out.map(|path| path.display().to_string()),
            seconds: report.seconds,
            stages: stages::records(report, info.clock_mhz),
            // `prove` gives no other.
            verified: true,
        }
    }
}

impl From<&Proof> for PointsRecord {
    fn from(proof: &Proof) -> Self {
        PointsRecord {
            a: Point::Bn254G1(proof.a).to_hex().into(),
            b: Point::Bn254G2(proof.b).to_hex().into(),
            c: Point::Bn254G1(proof.c).to_hex().into(),
        }
    }
}

/// A field element as `0x` and 64 digits.
pub fn hex(value: &Fr) -> String {
    format!("0x{}", ::hex::encode(value.into_bigint().to_bytes_be()))
}
