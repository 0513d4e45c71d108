//! What the commands print: one JSON object, or lines for people.

use serde::Serialize;
use vegalith::{DeviceStatistics, HexCoordinates, Outcome};

use crate::error::CliError;

/// Prints `value` as one line of JSON on stdout.
pub fn print_json(value: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(value)
        .map_err(|error| CliError::Environment(format!("cannot encode the result: {error}")))?;
    print_line(&text)
}

/// Prints a line on stdout; a closed pipe is an error, not a panic.
pub fn print_line(text: &str) -> Result<(), CliError> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}")
        .map_err(|error| CliError::Environment(format!("cannot write to stdout: {error}")))
}

/// A coordinate: a number in G1, a pair in G2.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Coordinate {
    One(String),
    Pair([String; 2]),
}

impl From<Vec<String>> for Coordinate {
    fn from(mut numbers: Vec<String>) -> Self {
        match (numbers.pop(), numbers.pop()) {
            (Some(c1), Some(c0)) => Coordinate::Pair([c0, c1]),
            (last, _) => Coordinate::One(last.unwrap_or_default()),
        }
    }
}

impl std::fmt::Display for Coordinate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Coordinate::One(number) => f.write_str(number),
            Coordinate::Pair([c0, c1]) => write!(f, "{c0} + {c1}·u"),
        }
    }
}

/// An affine point.
#[derive(Debug, Serialize)]
pub struct PointRecord {
    pub x: Coordinate,
    pub y: Coordinate,
}

impl From<HexCoordinates> for PointRecord {
    fn from(point: HexCoordinates) -> Self {
        PointRecord {
            x: point.x.into(),
            y: point.y.into(),
        }
    }
}

/// Counters of an MSM kernel.
#[derive(Debug, Serialize)]
pub struct MsmDevice {
    pub cycles: u64,
    pub adder_busy_cycles: u64,
    pub adder_slots: u64,
    pub bytes_read: u64,
    pub bytes_written: u64,
    pub clock_mhz: Option<u32>,
}

impl MsmDevice {
    pub fn new(statistics: &DeviceStatistics, clock_mhz: Option<u32>) -> Self {
        MsmDevice {
            cycles: statistics.cycles,
            adder_busy_cycles: statistics.busy_cycles,
            adder_slots: statistics.slots,
            bytes_read: statistics.bytes_read,
            bytes_written: statistics.bytes_written,
            clock_mhz,
        }
    }
}

/// Counters of an NTT kernel.
#[derive(Debug, Serialize)]
pub struct NttDevice {
    pub cycles: u64,
    pub butterfly_busy_cycles: u64,
    pub butterfly_slots: u64,
    pub bytes_read: u64,
    pub bytes_written: u64,
    pub clock_mhz: Option<u32>,
}

impl NttDevice {
    pub fn new(statistics: &DeviceStatistics, clock_mhz: Option<u32>) -> Self {
        NttDevice {
            cycles: statistics.cycles,
            butterfly_busy_cycles: statistics.busy_cycles,
            butterfly_slots: statistics.slots,
            bytes_read: statistics.bytes_read,
            bytes_written: statistics.bytes_written,
            clock_mhz,
        }
    }
}

/// The lines for people that an MSM and an NTT have in common.
pub fn outcome_lines(outcome: &Outcome, unit: &str, clock_mhz: Option<u32>) -> Vec<String> {
    let mut lines = vec![format!("time      {:.3} s", outcome.elapsed.as_secs_f64())];
    if let Some(device) = &outcome.device {
        let at_clock = clock_mhz.map_or_else(String::new, |mhz| {
            let seconds = device.cycles as f64 / (f64::from(mhz) * 1e6);
            format!(", {seconds:.6} s at {mhz} MHz")
        });
        lines.push(format!(
            "cycles    {}{at_clock}",
            group_digits(device.cycles)
        ));
        lines.push(format!(
            "busy      {} of {} slots of the {unit} ({})",
            group_digits(device.busy_cycles),
            group_digits(device.slots),
            percent(device.busy_cycles, device.slots)
        ));
        lines.push(format!(
            "memory    {} bytes read, {} written",
            group_digits(device.bytes_read),
            group_digits(device.bytes_written)
        ));
    }
    if let Some(error) = &outcome.fallback {
        lines.push(format!("fallback  done by the cpu, because: {error}"));
    }
    lines
}

/// `part` of `whole`; a dash for a part of nothing.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        "–".into()
    } else {
        format!("{:.1} %", 100.0 * part as f64 / whole as f64)
    }
}

/// 1234567 as `1,234,567`.
pub fn group_digits(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(group_digits(0), "0");
        assert_eq!(group_digits(999), "999");
        assert_eq!(group_digits(1000), "1,000");
        assert_eq!(group_digits(1234567), "1,234,567");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(0, 0), "–");
    }

    #[test]
    fn coordinates_are_numbers_or_pairs() {
        let one = Coordinate::from(vec!["0x1".to_owned()]);
        assert_eq!(serde_json::to_string(&one).unwrap(), r#""0x1""#);
        let pair = Coordinate::from(vec!["0x1".to_owned(), "0x2".to_owned()]);
        assert_eq!(serde_json::to_string(&pair).unwrap(), r#"["0x1","0x2"]"#);
    }
}
