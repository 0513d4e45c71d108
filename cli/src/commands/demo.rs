//! The main job end to end: one batch, proved on two backends with the same randomness.

use std::path::Path;

use serde::Serialize;
use vegalith::Backend;
use vegalith_prover::{
    execute, sample_batch, ProofFile, ProveOptions, Randomness, Shape, Stage, Verdict,
    VerifyingKeyFile,
};

use crate::args::{BackendArgs, BackendName, DemoArgs, Policy};
use crate::backend;
use crate::error::{Answer, CliError};
use crate::keys;
use crate::progress::Progress;
use crate::proof::{self, ProofRecord, Proved};
use crate::report::{print_json, print_line};
use crate::summary;

/// Of the randomness of both proofs. The sample has nothing to hide: its keys are of public seeds.
const SEED: u64 = 1;

#[derive(Serialize)]
struct Report {
    cpu: ProofRecord,
    sim: ProofRecord,
    /// Whether the proof files are equal, byte for byte.
    equal: bool,
    /// Whether both verify as files.
    verified: bool,
}

/// Proves the sample batch of one trade on the CPU and in simulation, and compares.
pub fn run(args: &DemoArgs) -> Result<Answer, CliError> {
    let progress = Progress::bar(2 * Stage::ALL.len(), "opening backends").in_lines();
    let [cpu, sim] = [BackendName::Cpu, BackendName::Sim(None)].map(|name| BackendArgs {
        image: None,
        backend: name,
        policy: Policy::Strict,
        shadow_rate: 1.0,
        shadow_seed: 0,
        deadline: args.deadline,
        trace: None,
    });
    let sim = backend::open(&sim, &progress)?;
    let cpu = backend::open(&cpu, &progress)?;

    progress.step("executing a batch of one trade");
    let batch = sample_batch(1);
    let executed = execute(&batch).map_err(vegalith_prover::Error::from)?;
    let (keys, vk) = keys::load_or_create(&args.keys, &Shape::of(&executed), &progress)?;
    let options = ProveOptions {
        randomness: Randomness::Seed(SEED),
        deadline: args.deadline,
        progress: None,
    };
    let prove =
        |backend: &dyn Backend| proof::prove(&keys, &executed, backend, &options, &progress);
    let (cpu, sim) = (prove(&*cpu)?, prove(&*sim)?);

    progress.step("verifying both proofs as files");
    let folder = tempfile::tempdir()
        .map_err(|error| CliError::Environment(format!("no temporary folder: {error}")))?;
    let checked = [(&cpu, "cpu.json"), (&sim, "sim.json")]
        .map(|(proved, name)| check(proved, &vk, &folder.path().join(name)));
    let [cpu_file, sim_file] = checked;
    let (cpu_file, sim_file) = (cpu_file?, sim_file?);
    drop(progress);

    let equal = cpu_file.bytes == sim_file.bytes;
    let verified = [&cpu_file, &sim_file].map(|file| file.verdict == Verdict::Valid);
    let good = equal && verified == [true; 2];
    if args.json {
        print_json(&Report {
            cpu: ProofRecord::new(&cpu, &keys, &vk, None),
            sim: ProofRecord::new(&sim, &keys, &vk, None),
            equal,
            verified: verified == [true; 2],
        })?;
    } else {
        let mut lines = summary::statement(&batch, &executed, &keys);
        lines.extend(summary::stages(&cpu.report, &sim.report));
        lines.extend(summary::checks(
            [&cpu_file.verdict, &sim_file.verdict],
            equal,
            cpu_file.bytes.len(),
        ));
        for line in lines {
            print_line(&line)?;
        }
    }
    Ok(if good { Answer::Done } else { Answer::No })
}

/// A proof as its readers find it.
struct Checked {
    bytes: Vec<u8>,
    verdict: Verdict,
}

/// Writes a proof, reads it back and verifies it with the verifying key file.
fn check(proved: &Proved, vk: &Path, path: &Path) -> Result<Checked, CliError> {
    proved.file.write(path)?;
    let bytes = std::fs::read(path)
        .map_err(|error| CliError::Environment(format!("{}: {error}", path.display())))?;
    let verdict = Verdict::of(&VerifyingKeyFile::read(vk)?, &ProofFile::read(path)?)?;
    Ok(Checked { bytes, verdict })
}
