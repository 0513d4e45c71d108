//! From a name on the command line to a backend under its policy.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use vegalith::files::check_writable;
use vegalith::{Backend, BackendInfo, CpuBackend, Curve, Fallback, Field, Group, Shadow, Strict};
use vegalith_abi::{CurveId, FieldId};
use vegalith_hdl::presets::{self, PresetKind};

use crate::args::{BackendArgs, BackendName, Policy};
use crate::error::{one_line, CliError};
use crate::hardware;
use crate::progress::Progress;

/// A backend, or why there is none.
pub type Opened = Result<Arc<dyn Backend>, CliError>;

/// Opens the backend that the arguments name and wraps it in their policy. Failures that the CPU
/// covers up are told on stderr, between the frames of `progress`.
pub fn open(args: &BackendArgs, progress: &Progress) -> Opened {
    let device = open_device(&args.backend, args.trace.as_deref(), args.image.as_deref())?;
    if args.backend == BackendName::Cpu {
        return Ok(device);
    }
    let reference = Arc::new(CpuBackend::new());
    Ok(match args.policy {
        Policy::Strict => Arc::new(Strict::new(device)),
        Policy::Fallback => {
            let notes = progress.notes();
            Arc::new(Fallback::new(device, reference, move |event| {
                notes.print(format_args!("warning: {}", one_line(event)));
            }))
        }
        Policy::Shadow => Arc::new(Shadow::new(
            device,
            reference,
            args.shadow_rate,
            args.shadow_seed,
        )?),
    })
}

/// When the work has to be done.
pub fn deadline(args: &BackendArgs) -> Instant {
    Instant::now() + args.deadline
}

fn open_device(name: &BackendName, trace: Option<&Path>, image: Option<&Path>) -> Opened {
    if let Some(trace) = trace {
        if !matches!(name, BackendName::Sim(_)) {
            return Err(CliError::Input(format!(
                "--trace records simulated kernels; {name} has none"
            )));
        }
        // Several kernels write beside it.
        check_writable(trace)?;
        // The trace's writer removes what stands there.
        if trace.exists() && !trace.is_file() {
            return Err(CliError::Environment(format!(
                "{}: cannot write: it is a device or pipe, expected a regular file or none",
                trace.display()
            )));
        }
    }
    if let (Some(_), BackendName::Cpu | BackendName::Sim(_)) = (image, name) {
        return Err(CliError::Input(format!(
            "--image is of a card or board; {name} has none"
        )));
    }
    match name {
        BackendName::Cpu => Ok(Arc::new(CpuBackend::new())),
        BackendName::Sim(preset) => {
            if let Some(preset) = preset {
                presets::find(preset)?;
            }
            open_simulator(preset.as_deref(), trace)
        }
        BackendName::Xrt(index) => hardware::xrt(*index, image),
        BackendName::Pcie(address) => hardware::pcie(address, image),
        BackendName::Serial(port) => hardware::serial(port, image),
    }
}

#[cfg(feature = "sim")]
fn open_simulator(preset: Option<&str>, trace: Option<&Path>) -> Opened {
    let selection = vegalith::SimSelection {
        preset: preset.map(Into::into),
        options: vegalith::simulator::Options {
            trace: trace.map(Into::into),
            ..Default::default()
        },
    };
    Ok(Arc::new(vegalith::DeviceBackend::simulator(&selection)?))
}

#[cfg(not(feature = "sim"))]
fn open_simulator(preset: Option<&str>, _trace: Option<&Path>) -> Opened {
    Err(not_built_in(
        &BackendName::Sim(preset.map(Into::into)),
        "sim",
    ))
}

/// What a program says that was built without support for a backend.
pub fn not_built_in(name: &BackendName, feature: &str) -> CliError {
    CliError::Environment(format!(
        "backend {name}: support for {feature} is not built into this program; build it with cargo's \
         feature {feature}"
    ))
}

/// A backend that can be named here.
pub struct Available {
    /// Its name.
    pub name: String,
    /// What it is, if it is hardware.
    pub hardware: Option<String>,
    /// The backend; `None` for one that is there but cannot be opened without an image.
    pub opened: Result<Option<Arc<dyn Backend>>, CliError>,
}

impl Available {
    /// Opens a backend.
    pub fn open(name: &BackendName, hardware: Option<String>) -> Self {
        Available {
            name: name.to_string(),
            hardware,
            opened: open_device(name, None, None).map(Some),
        }
    }
}

/// The backends that can be named here, opened if possible; of serial ports those that are given.
pub fn available(serial: &[PathBuf]) -> Vec<Available> {
    let built_in = [BackendName::Cpu, BackendName::Sim(None)];
    let built_in = built_in.iter().map(|name| Available::open(name, None));
    let ports = serial.iter().map(|port| {
        let name = BackendName::Serial(port.clone());
        Available::open(&name, Some("serial port".into()))
    });
    let cards = hardware::pcie_cards()
        .into_iter()
        .chain(hardware::xrt_cards());
    built_in.chain(cards).chain(ports).collect()
}

/// What a preset's kernel computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// MSM in G1.
    Msm(Curve),
    /// NTT.
    Ntt(Field),
}

/// What the kernels of a preset compute.
pub fn preset_operation(kind: &PresetKind) -> Operation {
    match kind {
        PresetKind::Msm(config) => Operation::Msm(match config.curve {
            CurveId::Bn254G1 => Curve::Bn254,
            CurveId::Bls12_381G1 => Curve::Bls12_381,
            CurveId::Bls12_377G1 => Curve::Bls12_377,
        }),
        PresetKind::Ntt(config) => Operation::Ntt(match config.field {
            FieldId::Bn254Fr => Field::Bn254Fr,
            FieldId::Bls12_381Fr => Field::Bls12_381Fr,
            FieldId::Bls12_377Fr => Field::Bls12_377Fr,
            FieldId::Goldilocks => Field::Goldilocks,
        }),
        PresetKind::FoldedNtt(_) => Operation::Ntt(Field::Goldilocks),
    }
}

/// Name of the preset that does a backend's MSMs of a group; `None` on the CPU.
pub fn msm_preset(info: &BackendInfo, curve: Curve, group: Group) -> Option<String> {
    match group {
        Group::G1 => serving(info, Operation::Msm(curve)),
        Group::G2 => None,
    }
}

/// Name of the preset that does a backend's NTTs over a field; `None` on the CPU.
pub fn ntt_preset(info: &BackendInfo, field: Field) -> Option<String> {
    serving(info, Operation::Ntt(field))
}

fn serving(info: &BackendInfo, operation: Operation) -> Option<String> {
    info.presets
        .iter()
        .map(|(name, _)| name)
        .find(|name| {
            presets::find(name).is_ok_and(|preset| preset_operation(&preset.kind) == operation)
        })
        .cloned()
}
