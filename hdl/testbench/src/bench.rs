//! A running simulation.

use crate::program::{ports_of, record_bytes, words};
use crate::{build, BenchError, Direction, Source};
use num_bigint::BigUint;
use std::collections::HashMap;
use std::io::{BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const SETTLE: u32 = 0;
const ROWS: u32 = 1;
const HOLD: u32 = 2;
/// Rows of one exchange: both pipes together must not fill up while neither side reads.
const ROWS_PER_EXCHANGE: usize = 4096;

/// Values of all input or all output ports in one cycle, in the order of [`Source::ports`].
pub type Row = Vec<BigUint>;

#[derive(Clone, Copy)]
struct Place {
    /// Bytes from the start of the record.
    offset: usize,
    width: usize,
}

/// A running simulation. Dropping it ends the program.
pub struct Bench {
    top: String,
    child: Child,
    requests: Option<BufWriter<ChildStdin>>,
    answers: BufReader<ChildStdout>,
    inputs: HashMap<String, Place>,
    outputs: HashMap<String, Place>,
    input_order: Vec<(String, Place)>,
    output_order: Vec<Place>,
    driven: Vec<u8>,
    seen: Vec<u8>,
    /// Inputs changed since `seen` was taken.
    stale: bool,
    cycle: u64,
}

fn places(source: &Source, direction: Direction) -> Vec<(String, Place)> {
    let mut offset = 0;
    ports_of(source, direction)
        .into_iter()
        .map(|port| {
            let place = Place {
                offset,
                width: port.width,
            };
            offset += 4 * words(port.width);
            (port.name.clone(), place)
        })
        .collect()
}

fn put(record: &mut [u8], name: &str, place: Place, value: &BigUint) -> Result<(), BenchError> {
    if value.bits() > place.width as u64 {
        return Err(BenchError::TooWide {
            port: name.to_owned(),
            width: place.width,
            found: value.bits(),
        });
    }
    let bytes = value.to_bytes_le();
    let slot = &mut record[place.offset..place.offset + 4 * words(place.width)];
    slot.fill(0);
    let used = bytes.len().min(slot.len());
    slot[..used].copy_from_slice(&bytes[..used]);
    Ok(())
}

fn take(record: &[u8], place: Place) -> BigUint {
    BigUint::from_bytes_le(&record[place.offset..place.offset + 4 * words(place.width)])
}

impl Bench {
    /// Builds (or finds in the cache) and starts the simulation, all inputs 0, settled, before
    /// the first edge.
    ///
    /// Fails with [`BenchError::Unavailable`] without Verilator or a C++ compiler.
    pub fn start(source: &Source) -> Result<Self, BenchError> {
        let program = build::program(source)?;
        let mut child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(BenchError::io(format!("start {}", program.display())))?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(BenchError::Unavailable("pipes to the program".to_owned()));
        };
        let input_order = places(source, Direction::Input);
        let outputs = places(source, Direction::Output);
        Ok(Bench {
            top: source.top.clone(),
            child,
            requests: Some(BufWriter::with_capacity(1 << 16, requests)),
            answers: BufReader::with_capacity(1 << 16, answers),
            inputs: input_order.iter().cloned().collect(),
            output_order: outputs.iter().map(|(_, place)| *place).collect(),
            outputs: outputs.into_iter().collect(),
            input_order,
            driven: vec![0; record_bytes(&ports_of(source, Direction::Input))],
            seen: vec![0; record_bytes(&ports_of(source, Direction::Output))],
            stale: true,
            cycle: 0,
        })
    }

    /// Rising edges so far.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// Drives an input from now on.
    pub fn set(&mut self, port: &str, value: &BigUint) -> Result<(), BenchError> {
        let place = *self
            .inputs
            .get(port)
            .ok_or_else(|| self.no_such_port("input", port))?;
        self.stale = true;
        put(&mut self.driven, port, place, value)
    }

    /// Drives an input of up to 64 bits from now on.
    pub fn set_u64(&mut self, port: &str, value: u64) -> Result<(), BenchError> {
        self.set(port, &BigUint::from(value))
    }

    /// Value of an output, settled with the present inputs.
    pub fn get(&mut self, port: &str) -> Result<BigUint, BenchError> {
        let place = *self
            .outputs
            .get(port)
            .ok_or_else(|| self.no_such_port("output", port))?;
        if self.stale {
            let driven = std::mem::take(&mut self.driven);
            let answer = self.exchange(SETTLE, 1, &driven, 1);
            self.driven = driven;
            self.seen = answer?;
            self.stale = false;
        }
        Ok(take(&self.seen, place))
    }

    /// The low 64 bits of an output.
    pub fn get_u64(&mut self, port: &str) -> Result<u64, BenchError> {
        Ok(self.get(port)?.iter_u64_digits().next().unwrap_or(0))
    }

    /// One clock cycle.
    pub fn step(&mut self) -> Result<(), BenchError> {
        self.steps(1)
    }

    /// `count` clock cycles with the inputs held.
    pub fn steps(&mut self, count: u32) -> Result<(), BenchError> {
        let driven = std::mem::take(&mut self.driven);
        let answer = self.exchange(HOLD, count, &driven, 1);
        self.driven = driven;
        self.seen = answer?;
        self.stale = false;
        self.cycle += u64::from(count);
        Ok(())
    }

    /// One cycle per row: drives row i, notes the settled outputs as row i of the answer, applies
    /// the edge. What a block of latency L makes of row i stands in row i + L of the answer.
    ///
    /// Rows hold the inputs, and the outputs, in the order of [`Source::ports`].
    pub fn run(&mut self, rows: &[Row]) -> Result<Vec<Row>, BenchError> {
        let mut answer = Vec::with_capacity(rows.len());
        for part in rows.chunks(ROWS_PER_EXCHANGE) {
            let mut records = Vec::with_capacity(part.len() * self.driven.len());
            for row in part {
                for ((name, place), value) in self.input_order.iter().zip(row) {
                    put(&mut self.driven, name, *place, value)?;
                }
                records.extend_from_slice(&self.driven);
            }
            let count = part.len() as u32;
            let seen = self.exchange(ROWS, count, &records, part.len())?;
            let bytes = self.seen.len();
            answer.extend((0..part.len()).map(|row| {
                let record = &seen[row * bytes..(row + 1) * bytes];
                self.output_order
                    .iter()
                    .map(|place| take(record, *place))
                    .collect::<Row>()
            }));
            self.cycle += u64::from(count);
        }
        self.stale = true;
        Ok(answer)
    }

    /// Feeds `rows` back to back at full rate into a pipeline and returns its answers, one per
    /// row, skipping the first `latency` cycles.
    pub fn run_pipeline(&mut self, rows: &[Row], latency: usize) -> Result<Vec<Row>, BenchError> {
        let Some(last) = rows.last() else {
            return Ok(Vec::new());
        };
        let mut padded = rows.to_vec();
        padded.extend(std::iter::repeat_n(last.clone(), latency));
        Ok(self.run(&padded)?.split_off(latency))
    }

    fn no_such_port(&self, direction: &'static str, port: &str) -> BenchError {
        BenchError::NoSuchPort {
            top: self.top.clone(),
            direction,
            port: port.to_owned(),
        }
    }

    fn exchange(
        &mut self,
        command: u32,
        count: u32,
        records: &[u8],
        rows_out: usize,
    ) -> Result<Vec<u8>, BenchError> {
        let context = || format!("{} ended at cycle {}", self.top, self.cycle);
        let mut answer = vec![0; rows_out * self.seen.len() + 4];
        let Some(requests) = self.requests.as_mut() else {
            return Err(BenchError::Unavailable(context()));
        };
        let mut send = || {
            requests.write_all(&command.to_le_bytes())?;
            requests.write_all(&count.to_le_bytes())?;
            requests.write_all(records)?;
            requests.flush()
        };
        send().map_err(BenchError::io(context()))?;
        self.answers
            .read_exact(&mut answer)
            .map_err(BenchError::io(context()))?;
        answer.truncate(answer.len() - 4);
        Ok(answer)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // End of input ends the program.
        self.requests = None;
        if self.child.wait().is_err() {
            let _ = self.child.kill();
        }
    }
}

impl Source {
    /// Runs `verilator --lint-only -Wall` over the source; any warning is an error.
    pub fn lint(&self) -> Result<(), BenchError> {
        build::lint(self)
    }
}
