//! What a proof cost, stage by stage.
//!
//! Stages overlap: MSMs of the witness run while the quotient is computed, and the G2 MSM runs on
//! the host beside the backend. Their seconds add up to more than the whole.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use vegalith::{DeviceStatistics, Outcome};

/// Part of the work of a proof. Names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Bases are handed to the backend: `load_bases`.
    LoadBases,
    /// The witness is computed: `synthesis`.
    Synthesis,
    /// A·z, B·z and C·z: `matrices`.
    Matrices,
    /// Coefficients of the three: `ntt_inverse`.
    NttInverse,
    /// Their values on the coset: `ntt_coset`.
    NttCoset,
    /// Pointwise (a·b − c)/Z on the coset: `pointwise`.
    Pointwise,
    /// Coefficients of the quotient: `ntt_coset_inverse`.
    NttCosetInverse,
    /// Of the A query: `msm_a`.
    MsmA,
    /// Of the B query in G1: `msm_b_g1`.
    MsmBG1,
    /// Of the L query: `msm_l`.
    MsmL,
    /// Of the H query: `msm_h`.
    MsmH,
    /// Of the B query in G2, on the host: `msm_b_g2`.
    MsmBG2,
    /// The proof is put together: `assembly`.
    Assembly,
    /// And verified: `verify`.
    Verify,
}

impl Stage {
    /// Every stage, in the order of a report.
    pub const ALL: [Stage; 14] = [
        Stage::LoadBases,
        Stage::Synthesis,
        Stage::Matrices,
        Stage::NttInverse,
        Stage::NttCoset,
        Stage::Pointwise,
        Stage::NttCosetInverse,
        Stage::MsmA,
        Stage::MsmBG1,
        Stage::MsmL,
        Stage::MsmH,
        Stage::MsmBG2,
        Stage::Assembly,
        Stage::Verify,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Stage::LoadBases => "load_bases",
            Stage::Synthesis => "synthesis",
            Stage::Matrices => "matrices",
            Stage::NttInverse => "ntt_inverse",
            Stage::NttCoset => "ntt_coset",
            Stage::Pointwise => "pointwise",
            Stage::NttCosetInverse => "ntt_coset_inverse",
            Stage::MsmA => "msm_a",
            Stage::MsmBG1 => "msm_b_g1",
            Stage::MsmL => "msm_l",
            Stage::MsmH => "msm_h",
            Stage::MsmBG2 => "msm_b_g2",
            Stage::Assembly => "assembly",
            Stage::Verify => "verify",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Stage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What a listener is told. Each stage begins once and ends once, except
/// [`Stage::LoadBases`], which ends before a [`Prover`](super::Prover)'s first proof begins.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A stage begins.
    Begun(Stage),
    /// A stage has ended.
    Ended(&'a StageReport),
}

/// Cost of a stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageReport {
    /// Which.
    pub stage: Stage,
    /// Points of the MSM, elements of each transform, rows or variables; 0 where nothing is counted
    /// or nothing was to be done.
    pub n: usize,
    /// Jobs of the backend; 0 for a stage of the host.
    pub jobs: usize,
    /// Seconds of the work itself, without waiting in queues.
    pub seconds: f64,
    /// Sum of the hardware's counters; none if no kernel took part.
    pub device: Option<DeviceStatistics>,
    /// For each job that another than the backend asked for did: why.
    pub fallbacks: Vec<String>,
}

/// Cost of a proof.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProveReport {
    /// Name of the backend.
    pub backend: String,
    /// Shape of the circuit.
    pub shape: String,
    /// SHA-256 of the circuit, hexadecimal.
    pub circuit: String,
    /// Constraints.
    pub constraints: usize,
    /// Variables of the witness, without one and public input.
    pub witness: usize,
    /// Elements of a transform.
    pub domain: usize,
    /// Wall time of the whole, without loading bases.
    pub seconds: f64,
    /// Every stage once, in the order of [`Stage::ALL`].
    pub stages: Vec<StageReport>,
}

impl ProveReport {
    /// The report of a stage.
    pub fn stage(&self, stage: Stage) -> Option<&StageReport> {
        self.stages.iter().find(|report| report.stage == stage)
    }
}

impl StageReport {
    pub(super) fn new(stage: Stage, n: usize) -> Self {
        StageReport {
            stage,
            n,
            jobs: 0,
            seconds: 0.0,
            device: None,
            fallbacks: Vec::new(),
        }
    }

    fn add(&mut self, outcome: &Outcome) {
        self.jobs += 1;
        self.seconds += outcome.elapsed.as_secs_f64();
        if let Some(statistics) = outcome.device {
            *self.device.get_or_insert_default() += statistics;
        }
        self.fallbacks
            .extend(outcome.fallback.iter().map(ToString::to_string));
    }
}

/// Collects the stages of one proof and tells the listener.
pub(super) struct Recorder<'a> {
    stages: BTreeMap<Stage, StageReport>,
    listener: Option<&'a dyn Fn(&Progress<'_>)>,
}

impl<'a> Recorder<'a> {
    pub fn new(loaded: StageReport, listener: Option<&'a dyn Fn(&Progress<'_>)>) -> Self {
        Recorder {
            stages: BTreeMap::from([(loaded.stage, loaded)]),
            listener,
        }
    }

    fn tell(&self, progress: Progress<'_>) {
        if let Some(listener) = self.listener {
            listener(&progress);
        }
    }

    pub fn begin(&mut self, stage: Stage, n: usize) {
        self.stages.insert(stage, StageReport::new(stage, n));
        self.tell(Progress::Begun(stage));
    }

    /// Adds a job of a stage that has begun.
    pub fn add(&mut self, stage: Stage, outcome: &Outcome) {
        if let Some(report) = self.stages.get_mut(&stage) {
            report.add(outcome);
        }
    }

    pub fn end(&mut self, stage: Stage) {
        if let Some(report) = self.stages.get(&stage) {
            self.tell(Progress::Ended(report));
        }
    }

    /// Ends a stage of the host.
    pub fn end_after(&mut self, stage: Stage, elapsed: Duration) {
        if let Some(report) = self.stages.get_mut(&stage) {
            report.seconds = elapsed.as_secs_f64();
        }
        self.end(stage);
    }

    /// A stage of the host from beginning to end.
    pub fn host<T>(&mut self, stage: Stage, n: usize, work: impl FnOnce() -> T) -> T {
        self.begin(stage, n);
        let start = Instant::now();
        let result = work();
        self.end_after(stage, start.elapsed());
        result
    }

    pub fn into_stages(self) -> Vec<StageReport> {
        self.stages.into_values().collect()
    }
}
