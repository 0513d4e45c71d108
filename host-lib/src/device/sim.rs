//! Simulated kernels as a backend.

use std::path::{Path, PathBuf};

use vegalith_driver::simulator::{models, Leaf, Model, Options};
use vegalith_driver::{Digest, Expectation, SimTransport};

use super::{error, DeviceBackend, KernelSource};
use crate::{Error, Result};

/// Which simulated kernels to open, and how they behave.
#[derive(Clone, Debug, Default)]
pub struct SimSelection {
    /// One preset; `None` opens one kernel for each curve and field that there is a model for.
    pub preset: Option<String>,
    /// Behaviour of each. With several kernels each has a trace file of its own, with the preset's
    /// name before the extension.
    pub options: Options,
}

impl DeviceBackend {
    /// Opens simulated kernels. The backend's name is `sim` or `sim:PRESET`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a preset that has no simulation model.
    pub fn simulator(selection: &SimSelection) -> Result<Self> {
        let name = match &selection.preset {
            Some(preset) => format!("sim:{preset}"),
            None => "sim".to_owned(),
        };
        let synthesisable = selection.options.leaf == Leaf::Synthesisable;
        let chosen: Vec<&Model> = models()
            .iter()
            .filter(|model| model.synthesisable == synthesisable)
            .filter(|model| selection.preset.as_ref().is_none_or(|p| p == model.preset))
            .collect();
        if chosen.is_empty() {
            return Err(Error::Unsupported {
                what: "no simulation model with these leaves was built".to_owned(),
                backend: name,
            });
        }
        let sources = chosen
            .iter()
            .map(|model| {
                let mut options = selection.options.clone();
                if let (Some(trace), true) = (&options.trace, chosen.len() > 1) {
                    options.trace = Some(trace_of(trace, model.preset));
                }
                let transport =
                    SimTransport::open(model.preset, &options).map_err(|error| match error {
                        vegalith_driver::Error::Open { reason, .. } => Error::Unsupported {
                            backend: name.clone(),
                            what: reason,
                        },
                        other => error::from_driver(other, &name),
                    })?;
                Ok(KernelSource {
                    preset: model.preset.to_owned(),
                    transport: Box::new(transport),
                    expected: Expectation {
                        block_type: None,
                        preset_digest: Some(Digest(model.digest)),
                    },
                })
            })
            .collect::<Result<Vec<_>>>()?;
        DeviceBackend::open(&name, sources)
    }
}

/// `wave.fst` → `wave.PRESET.fst`.
fn trace_of(path: &Path, preset: &str) -> PathBuf {
    let extension = path.extension().map_or_else(String::new, |extension| {
        format!(".{}", extension.to_string_lossy())
    });
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}.{preset}{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_named_by_preset() {
        let of = |path: &str| trace_of(Path::new(path), "p");
        assert_eq!(of("a/wave.fst"), Path::new("a/wave.p.fst"));
        assert_eq!(of("wave"), Path::new("wave.p"));
    }
}
