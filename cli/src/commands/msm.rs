use serde::Serialize;
use vegalith::files::{read_bases, read_scalars};
use vegalith::{BackendInfo, BasesOptions, Curve, Error, Group, Job, Output};

use crate::args::MsmArgs;
use crate::backend;
use crate::error::{one_line, Answer, CliError};
use crate::progress::Progress;
use crate::report::{outcome_lines, print_json, print_line, MsmDevice, PointRecord};

#[derive(Serialize)]
struct Report {
    backend: String,
    preset: Option<String>,
    curve: String,
    group: String,
    n: usize,
    result: PointRecord,
    infinity: bool,
    seconds: f64,
    device: Option<MsmDevice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<String>,
}

/// Reads, sums, reports.
pub fn run(args: &MsmArgs) -> Result<Answer, CliError> {
    let (curve, group): (Curve, Group) = (args.curve.into(), args.group.into());
    let progress = Progress::start(format!("opening {}", args.backend.backend));
    let backend = backend::open(&args.backend, &progress)?;
    let info = backend.info();
    let limit = capacity(&info, curve, group)?;

    progress.step(format!("reading {}", args.bases.display()));
    let bases = read_bases(&args.bases, curve, group, limit)?;
    let scalars = read_scalars(&args.scalars, curve, limit)?;
    let n = scalars.len();
    if bases.len() != n {
        return Err(CliError::Input(format!(
            "unequal counts: {} points in {}, {n} scalars in {}",
            bases.len(),
            args.bases.display(),
            args.scalars.display()
        )));
    }

    progress.step(format!("loading {n} bases into {}", args.backend.backend));
    let deadline = backend::deadline(&args.backend);
    // Reading has checked every point.
    let id = backend.load_bases(&bases, BasesOptions { trusted: true })?;
    progress.step(format!("msm of {n} points on {}", args.backend.backend));
    let outcome = backend.run(Job::Msm { bases: id, scalars }, deadline)?;
    drop(progress);

    let Output::Point(point) = outcome.output else {
        return Err(CliError::Environment(
            "the backend answered an msm with elements".into(),
        ));
    };
    let report = Report {
        backend: args.backend.backend.to_string(),
        preset: backend::msm_preset(&info, curve, group),
        curve: curve.to_string(),
        group: group.to_string(),
        n,
        result: point.to_hex().into(),
        infinity: point.is_infinity(),
        seconds: outcome.elapsed.as_secs_f64(),
        device: outcome.device.map(|d| MsmDevice::new(&d, info.clock_mhz)),
        fallback: outcome.fallback.as_ref().map(|error| one_line(error)),
    };
    if args.json {
        print_json(&report)?;
        return Ok(Answer::Done);
    }
    print_line(&format!(
        "msm       {curve} {group}, {n} points, on {}",
        report.backend
    ))?;
    if report.infinity {
        print_line("result    the point at infinity")?;
    } else {
        print_line(&format!("x         {}", report.result.x))?;
        print_line(&format!("y         {}", report.result.y))?;
    }
    for line in outcome_lines(&outcome, "adders", info.clock_mhz) {
        print_line(&line)?;
    }
    Ok(Answer::Done)
}

fn capacity(info: &BackendInfo, curve: Curve, group: Group) -> Result<usize, Error> {
    info.max_msm_points(curve, group).ok_or_else(|| {
        let offered: Vec<_> = info
            .msm
            .iter()
            .map(|(c, g, _)| format!("{c} {g}"))
            .collect();
        Error::Unsupported {
            backend: info.name.clone(),
            what: format!("msm of {curve} {group}; offered: {}", super::list(&offered)),
        }
    })
}
