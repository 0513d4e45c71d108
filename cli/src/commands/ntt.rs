use serde::Serialize;
use vegalith::files::{check_writable, read_elements, write_elements};
use vegalith::{Error, Field, Job, NttOptions, Output};

use crate::args::NttArgs;
use crate::backend;
use crate::error::{one_line, Answer, CliError};
use crate::progress::Progress;
use crate::report::{outcome_lines, print_json, print_line, NttDevice};

#[derive(Serialize)]
struct Report {
    backend: String,
    preset: Option<String>,
    field: String,
    n: usize,
    inverse: bool,
    coset: bool,
    output: String,
    seconds: f64,
    device: Option<NttDevice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<String>,
}

/// Reads, transforms, writes, reports.
pub fn run(args: &NttArgs) -> Result<Answer, CliError> {
    let field: Field = args.field.into();
    let progress = Progress::start(format!("opening {}", args.backend.backend));
    let backend = backend::open(&args.backend, &progress)?;
    let info = backend.info();
    let log_limit = info.max_ntt_log_size(field).ok_or_else(|| {
        let offered: Vec<_> = info.ntt.iter().map(|(f, _)| f.to_string()).collect();
        Error::Unsupported {
            backend: info.name.clone(),
            what: format!("ntt over {field}; offered: {}", super::list(&offered)),
        }
    })?;

    progress.step(format!("reading {}", args.input.display()));
    let input = read_elements(&args.input, field, 1 << log_limit.min(40))?;
    let n = input.len();
    check_writable(&args.output)?;
    let options = NttOptions {
        inverse: args.inverse,
        coset: args.coset,
    };
    progress.step(format!("ntt of {n} elements on {}", args.backend.backend));
    let outcome = backend.run(
        Job::Ntt { input, options },
        backend::deadline(&args.backend),
    )?;
    let Output::Elements(elements) = &outcome.output else {
        return Err(CliError::Environment(
            "the backend answered an ntt with a point".into(),
        ));
    };
    progress.step(format!("writing {}", args.output.display()));
    write_elements(&args.output, elements)?;
    drop(progress);

    let report = Report {
        backend: args.backend.backend.to_string(),
        preset: backend::ntt_preset(&info, field),
        field: field.to_string(),
        n,
        inverse: args.inverse,
        coset: args.coset,
        output: args.output.display().to_string(),
        seconds: outcome.elapsed.as_secs_f64(),
        device: outcome.device.map(|d| NttDevice::new(&d, info.clock_mhz)),
        fallback: outcome.fallback.as_ref().map(|error| one_line(error)),
    };
    if args.json {
        print_json(&report)?;
        return Ok(Answer::Done);
    }
    let kind = match (args.inverse, args.coset) {
        (false, false) => "forward",
        (true, false) => "inverse",
        (false, true) => "forward, coset",
        (true, true) => "inverse, coset",
    };
    print_line(&format!(
        "ntt       {field}, {n} elements, {kind}, on {}",
        report.backend
    ))?;
    print_line(&format!("output    {}", report.output))?;
    for line in outcome_lines(&outcome, "butterflies", info.clock_mhz) {
        print_line(&line)?;
    }
    Ok(Answer::Done)
}
