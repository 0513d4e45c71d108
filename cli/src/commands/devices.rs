use serde::Serialize;
use vegalith::{BackendInfo, Health};

use crate::args::DevicesArgs;
use crate::backend::{available, Available};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hardware: Option<String>,
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
            holder: None,
            hardware: None,
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

    /// One that is not opened.
    fn closed(backend: String, failure: Option<CliError>) -> Self {
        Record {
            backend,
            available: failure.is_none(),
            reason: failure.as_ref().map(CliError::to_string),
            holder: match failure {
                Some(CliError::Busy { holder, .. }) => Some(holder),
                _ => None,
            },
            hardware: None,
            presets: Vec::new(),
            msm: Vec::new(),
            ntt: Vec::new(),
            memory_bytes: None,
            clock_mhz: None,
        }
    }

    fn lines(&self, width: usize) -> Vec<String> {
        let state = self.reason.as_deref().unwrap_or("ready");
        let mut lines = vec![format!("{:width$}  {state}", self.backend)];
        if let Some(hardware) = &self.hardware {
            lines.push(format!("        {hardware}"));
        }
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
        if let Some(clock) = self.clock_mhz {
            lines.push(format!("        clock {clock} MHz"));
        }
        lines
    }
}

impl From<Available> for Record {
    fn from(available: Available) -> Self {
        let record = match available.opened {
            Ok(Some(backend)) => Record::new(backend.info(), backend.health()),
            Ok(None) => Record::closed(available.name, None),
            Err(error) => Record::closed(available.name, Some(error)),
        };
        Record {
            hardware: available.hardware,
            ..record
        }
    }
}

/// Lists the backends that this program could use here.
pub fn run(args: &DevicesArgs) -> Result<Answer, CliError> {
    let mut serial = args.serial.clone();
    if let Some(named) = std::env::var_os("VEGALITH_SERIAL") {
        let named = std::env::split_paths(&named);
        serial.extend(named.filter(|path| !path.as_os_str().is_empty()));
    }
    let available = available(&serial).into_iter();
    let devices: Vec<Record> = available.map(Record::from).collect();
    if args.json {
        print_json(&Report { devices })?;
        return Ok(Answer::Done);
    }
    let widths = devices.iter().map(|device| device.backend.len());
    let width = widths.max().unwrap_or_default();
    for line in devices.iter().flat_map(|device| device.lines(width)) {
        print_line(&line)?;
    }
    Ok(Answer::Done)
}
