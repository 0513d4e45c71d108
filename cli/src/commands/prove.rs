use vegalith::files::check_writable;
use vegalith_prover::{execute, Batch, ProveOptions, Randomness, Shape, Stage};

use crate::args::ProveArgs;
use crate::backend;
use crate::error::{Answer, CliError};
use crate::keys;
use crate::progress::Progress;
use crate::proof::{self, hex, ProofRecord, Proved};
use crate::report::{print_json, print_line};
use crate::stages;

/// Reads, executes, proves, writes, reports. What can be refused is refused before keys are made
/// and anything is proved.
pub fn run(args: &ProveArgs) -> Result<Answer, CliError> {
    let progress = Progress::bar(
        Stage::ALL.len(),
        format!("executing {}", args.batch.display()),
    );
    let executed = Batch::read(&args.batch)
        .and_then(|batch| Ok(execute(&batch)?))
        .map_err(|error| naming(error, args))?;
    if let Some(out) = &args.out {
        check_writable(out)?;
    }
    progress.step(format!("opening {}", args.backend.backend));
    let backend = backend::open(&args.backend, &progress)?;
    let shape = Shape::of(&executed);
    let (keys, vk) = keys::load_or_create(&args.keys, &shape, &progress)?;

    let options = ProveOptions {
        randomness: args.seed.map_or(Randomness::Random, Randomness::Seed),
        deadline: args.backend.deadline,
        progress: None,
    };
    let proved = proof::prove(&keys, &executed, &*backend, &options, &progress)?;
    if let Some(out) = &args.out {
        progress.step(format!("writing {}", out.display()));
        proved.file.write(out)?;
    }
    drop(progress);

    if args.json {
        print_json(&ProofRecord::new(&proved, &keys, &vk, args.out.as_deref()))?;
        return Ok(Answer::Done);
    }
    for line in lines(&proved) {
        print_line(&line)?;
    }
    print_line(&format!("vk            {}", vk.display()))?;
    match &args.out {
        Some(out) => print_line(&format!("proof         {}, verified", out.display()))?,
        None => print_line("proof         verified, not written (no --out)")?,
    }
    Ok(Answer::Done)
}

/// A refusal with the file's name before it, as malformed files have it.
fn naming(error: vegalith_prover::Error, args: &ProveArgs) -> CliError {
    match error {
        vegalith_prover::Error::Refused(refusal) => {
            CliError::Input(format!("{}: refused: {refusal}", args.batch.display()))
        }
        error => error.into(),
    }
}

fn lines(proved: &Proved) -> Vec<String> {
    let Proved { file, report, info } = proved;
    let mut lines = vec![
        format!("backend       {}", info.name),
        format!(
            "circuit       {} ({}), {} constraints, domain {}",
            transactions(report.shape.len()),
            abbreviate(&report.shape),
            report.constraints,
            report.domain
        ),
        format!("old root      {}", hex(&file.statement.old_root)),
        format!("new root      {}", hex(&file.statement.new_root)),
        format!("public input  {}", hex(&file.public_input)),
        format!("time          {:.3} s", report.seconds),
        String::new(),
    ];
    let on_device = report.stages.iter().any(|stage| stage.device.is_some());
    let mut head = vec!["stage", "n", "seconds"];
    if on_device {
        head.extend(stages::DEVICE_HEADS);
    }
    let rows: Vec<Vec<String>> = report
        .stages
        .iter()
        .map(|stage| {
            let mut row = vec![
                stages::label(stage.stage).to_owned(),
                stages::count(stage.n),
                stages::seconds(stage.seconds),
            ];
            if on_device {
                row.extend(stages::device_cells(
                    stages::engine(stage.stage),
                    stage.device,
                ));
            }
            row
        })
        .collect();
    lines.extend(stages::table(&head, &rows));
    for stage in report.stages.iter().filter(|s| !s.fallbacks.is_empty()) {
        lines.push(format!(
            "  {}: {} of {} jobs were done by the cpu",
            stages::label(stage.stage),
            stage.fallbacks.len(),
            stage.jobs
        ));
    }
    lines.push(String::new());
    lines
}

/// The shape, or its beginning.
fn abbreviate(shape: &str) -> String {
    const LETTERS: usize = 32;
    if shape.len() <= LETTERS {
        shape.to_owned()
    } else {
        format!("{}…", &shape[..LETTERS])
    }
}

fn transactions(count: usize) -> String {
    match count {
        1 => "1 transaction".into(),
        count => format!("{count} transactions"),
    }
}
