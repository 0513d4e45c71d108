//! The stages of a proof: JSON, and the words and tables for people.

use serde::Serialize;
use vegalith::DeviceStatistics;
use vegalith_prover::{ProveReport, Stage};

use crate::error::one_line;
use crate::report::{group_digits, percent, MsmDevice, NttDevice};

/// A stage as JSON.
#[derive(Serialize)]
pub struct StageRecord {
    name: &'static str,
    n: usize,
    jobs: usize,
    seconds: f64,
    device: Option<DeviceRecord>,
    fallbacks: Vec<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum DeviceRecord {
    Msm(MsmDevice),
    Ntt(NttDevice),
}

/// Which engine a stage runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Msm,
    Ntt,
    Host,
}

/// Which engine a stage runs on.
pub fn engine(stage: Stage) -> Engine {
    match stage {
        Stage::MsmA | Stage::MsmBG1 | Stage::MsmL | Stage::MsmH => Engine::Msm,
        Stage::NttInverse | Stage::NttCoset | Stage::NttCosetInverse => Engine::Ntt,
        Stage::LoadBases
        | Stage::Synthesis
        | Stage::Matrices
        | Stage::Pointwise
        | Stage::MsmBG2
        | Stage::Assembly
        | Stage::Verify => Engine::Host,
    }
}

/// What people call a stage.
pub fn label(stage: Stage) -> &'static str {
    match stage {
        Stage::LoadBases => "bases to the backend",
        Stage::Synthesis => "witness",
        Stage::Matrices => "matrices × witness",
        Stage::NttInverse => "3 NTTs, inverse",
        Stage::NttCoset => "3 NTTs, coset",
        Stage::Pointwise => "quotient",
        Stage::NttCosetInverse => "NTT, coset inverse",
        Stage::MsmA => "MSM A",
        Stage::MsmBG1 => "MSM B in G1",
        Stage::MsmL => "MSM L",
        Stage::MsmH => "MSM H",
        Stage::MsmBG2 => "MSM B in G2 (host)",
        Stage::Assembly => "assembly",
        Stage::Verify => "verification",
    }
}

/// The stages of a report as JSON.
pub fn records(report: &ProveReport, clock_mhz: Option<u32>) -> Vec<StageRecord> {
    let record = |stage: &vegalith_prover::StageReport| StageRecord {
        name: stage.stage.name(),
        n: stage.n,
        jobs: stage.jobs,
        seconds: stage.seconds,
        device: stage.device.map(|counters| match engine(stage.stage) {
            Engine::Ntt => DeviceRecord::Ntt(NttDevice::new(&counters, clock_mhz)),
            _ => DeviceRecord::Msm(MsmDevice::new(&counters, clock_mhz)),
        }),
        fallbacks: stage.fallbacks.iter().map(|text| one_line(text)).collect(),
    };
    report.stages.iter().map(record).collect()
}

/// Seconds and counters of the stages of an engine together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    pub jobs: usize,
    pub seconds: f64,
    pub device: DeviceStatistics,
}

/// Over the stages of one engine.
pub fn sum(report: &ProveReport, wanted: Engine) -> Sum {
    let mut sum = Sum::default();
    for stage in report.stages.iter().filter(|s| engine(s.stage) == wanted) {
        sum.jobs += stage.jobs;
        sum.seconds += stage.seconds;
        if let Some(counters) = stage.device {
            sum.device += counters;
        }
    }
    sum
}

/// A table of right-aligned columns, the first left-aligned, with a line below the head.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .chain([head[column].chars().count()])
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let mut text = String::new();
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            if column == 0 {
                text += &format!("  {cell:<width$}");
            } else {
                text += &format!("  {cell:>width$}");
            }
        }
        text.trim_end().to_owned()
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1));
    let mut lines = vec![line(head.to_vec()), format!("  {rule}")];
    lines.extend(
        rows.iter()
            .map(|row| line(row.iter().map(String::as_str).collect())),
    );
    lines
}

/// Cycles, utilisation of adders and butterflies, and bytes; blanks where no kernel took part.
pub fn device_cells(engine: Engine, device: Option<DeviceStatistics>) -> [String; 5] {
    let Some(device) = device else {
        return Default::default();
    };
    let busy = percent(device.busy_cycles, device.slots);
    let (adders, butterflies) = match engine {
        Engine::Ntt => (String::new(), busy),
        _ => (busy, String::new()),
    };
    [
        group_digits(device.cycles),
        adders,
        butterflies,
        mebibytes(device.bytes_read),
        mebibytes(device.bytes_written),
    ]
}

/// Heads of [`device_cells`].
pub const DEVICE_HEADS: [&str; 5] = ["cycles", "adder", "butterfly", "MiB read", "written"];

/// Bytes in MiB.
pub fn mebibytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / f64::from(1 << 20))
}

/// Seconds to the millisecond.
pub fn seconds(value: f64) -> String {
    format!("{value:.3}")
}

/// A count; blank if there is none.
pub fn count(value: usize) -> String {
    match value {
        0 => String::new(),
        value => group_digits(value as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_by_characters() {
        let rows = [
            vec!["a × b".to_owned(), "1".to_owned()],
            vec!["c".to_owned(), "1,000".to_owned()],
        ];
        let lines = table(&["stage", "n"], &rows);
        assert_eq!(
            lines,
            [
                "  stage      n",
                "  ────────────",
                "  a × b      1",
                "  c      1,000"
            ]
        );
    }

    #[test]
    fn stages_of_kernels_are_those_named_so() {
        for stage in Stage::ALL {
            let expected = match stage.name() {
                "msm_b_g2" => Engine::Host,
                name if name.starts_with("msm_") => Engine::Msm,
                name if name.starts_with("ntt_") => Engine::Ntt,
                _ => Engine::Host,
            };
            assert_eq!(engine(stage), expected, "{stage}");
            assert!(label(stage).chars().count() <= 20, "{stage}");
        }
    }
}
