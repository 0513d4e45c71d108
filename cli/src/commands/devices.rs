use serde::Serialize;
use vegalith::{BackendInfo, Health};

use crate::args::ListArgs;
use crate::backend::available;
use crate::error::{Answer, CliError};
use crate::report::{print_json, print_line};

#[derive(Serialize)]
struct Report {
    devices: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    backend: String,
    available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    presets: Vec<PresetRecord>,
    msm: Vec<MsmRecord>,
    ntt: Vec<NttRecord>,
    memory_bytes: Option<u64>,
    clock_mhz: Option<u32>,
}

#[derive(Serialize)]
struct PresetRecord {
    name: String,
    digest: String,
}

#[derive(Serialize)]
struct MsmRecord {
    curve: String,
    group: String,
    max_points: usize,
}

#[derive(Serialize)]
struct NttRecord {
    field: String,
    log_max_size: u32,
}

impl Record {
    fn new(info: BackendInfo, health: Health) -> Self {
        let reason = match health {
            Health::Ready => None,
            Health::Failed(error) => Some(error.to_string()),
        };
        Record {
            backend: info.name,
            available: reason.is_none(),
            reason,
            presets: info
                .presets
                .into_iter()
                .map(|(name, digest)| PresetRecord { name, digest })
                .collect(),
            msm: info
                .msm
                .into_iter()
                .map(|(curve, group, max_points)| MsmRecord {
                    curve: curve.to_string(),
                    group: group.to_string(),
                    max_points,
                })
                .collect(),
            ntt: info
                .ntt
                .into_iter()
                .map(|(field, log_max_size)| NttRecord {
                    field: field.to_string(),
                    log_max_size,
                })
                .collect(),
            memory_bytes: info.memory_bytes,
            clock_mhz: info.clock_mhz,
        }
    }

    fn unavailable(backend: &str, reason: String) -> Self {
        Record {
            backend: backend.into(),
            available: false,
            reason: Some(reason),
            presets: Vec::new(),
            msm: Vec::new(),
            ntt: Vec::new(),
            memory_bytes: None,
            clock_mhz: None,
        }
    }

    fn lines(&self) -> Vec<String> {
        let state = self.reason.as_deref().unwrap_or("ready");
        let mut lines = vec![format!("{:6}  {state}", self.backend)];
        for MsmRecord {
            curve,
            group,
            max_points,
        } in &self.msm
        {
            lines.push(format!(
                "        msm {curve} {group}, up to {max_points} points"
            ));
        }
        for NttRecord {
            field,
            log_max_size,
        } in &self.ntt
        {
            lines.push(format!(
                "        ntt {field}, up to 2^{log_max_size} elements"
            ));
        }
        for PresetRecord { name, digest } in &self.presets {
            lines.push(format!("        preset {name} {digest}"));
        }
        lines
    }
}

/// Lists the backends that this program could use here.
pub fn run(args: &ListArgs) -> Result<Answer, CliError> {
    let devices: Vec<Record> = available()
        .into_iter()
        .map(|(name, opened)| match opened {
            Ok(backend) => Record::new(backend.info(), backend.health()),
            Err(error) => Record::unavailable(&name, error.to_string()),
        })
        .collect();
    if args.json {
        print_json(&Report { devices })?;
        return Ok(Answer::Done);
    }
    for line in devices.iter().flat_map(Record::lines) {
        print_line(&line)?;
    }
    Ok(Answer::Done)
}
