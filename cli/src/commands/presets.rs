use serde::Serialize;
use vegalith_hdl::presets::{all, Preset};

use crate::args::ListArgs;
use crate::backend::{preset_operation, Operation};
use crate::error::{Answer, CliError};
use crate::report::{print_json, print_line};

#[derive(Serialize)]
struct Report {
    presets: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    name: &'static str,
    summary: &'static str,
    operation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    simulated: bool,
    digest: String,
    configuration: String,
}

impl From<Preset> for Record {
    fn from(preset: Preset) -> Self {
        let (operation, curve, field) = match preset_operation(&preset.kind) {
            Operation::Msm(curve) => ("msm", Some(curve.to_string()), None),
            Operation::Ntt(field) => ("ntt", None, Some(field.to_string())),
        };
        Record {
            name: preset.name,
            summary: preset.summary,
            operation,
            curve,
            field,
            simulated: preset.simulated,
            digest: hex::encode(preset.digest()),
            configuration: preset.canonical_configuration(),
        }
    }
}

/// Lists what can be generated.
pub fn run(args: &ListArgs) -> Result<Answer, CliError> {
    let presets = all();
    if args.json {
        let presets = presets.into_iter().map(Record::from).collect();
        print_json(&Report { presets })?;
        return Ok(Answer::Done);
    }
    let width = presets
        .iter()
        .map(|p| p.name.len())
        .max()
        .unwrap_or_default();
    for preset in &presets {
        let note = if preset.simulated {
            ""
        } else {
            " (not simulated by default)"
        };
        print_line(&format!("{:width$}  {}{note}", preset.name, preset.summary))?;
    }
    Ok(Answer::Done)
}
