//! When each operation of a [`Program`] runs on hardware that has one unit of a kind.
//!
//! Additions start `interval_cycles` apart, so that what runs in cycle c of one runs in cycle
//! c + interval of the next: no two operations of a kind may be in cycles that are equal modulo the
//! interval. Lam, "Software pipelining", 1988; the longest way to the end goes first.
//!
//! ```text
//!  cycle  read            ...               read + adder_cycles, or + multiplier_cycles
//!         operands' addresses               result and its address at the register file
//! ```

use super::program::{Operation, Program, Value};
use crate::arith::FoldedMultiplier;
use crate::graph::GraphError;

/// Cycles that operations take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// From the operands' addresses to the sum at the register file.
    pub(super) adder_cycles: usize,
    /// From the operands' addresses for the first digit to the product at the register file.
    pub(super) multiplier_cycles: usize,
    /// From one digit to the next.
    pub(super) ring_cycles: usize,
    pub(super) num_digits: usize,
    /// First cycle, after the one in which points are taken, in which operands can be addressed.
    pub(super) first_read: usize,
    /// First cycle in which an input can be at the register file.
    pub(super) first_write: usize,
}

impl Timing {
    pub(super) fn new(multiplier: &FoldedMultiplier, adder_cycles: usize, around: usize) -> Self {
        Timing {
            adder_cycles,
            multiplier_cycles: multiplier.latency_cycles + around,
            ring_cycles: multiplier.ring_cycles,
            num_digits: multiplier.num_digits,
            first_read: 3,
            first_write: 5,
        }
    }

    /// Cycles from an operation's start to its result.
    fn latency(&self, operation: Operation) -> usize {
        match operation {
            Operation::Input(_) => 0,
            Operation::Add { .. } | Operation::Complement(_) => self.adder_cycles,
            Operation::Product(..) => self.multiplier_cycles,
        }
    }
}

/// Cycles of all operations, counted from that in which the points are taken.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub(super) interval_cycles: usize,
    /// When the operands of each operation are addressed (of an input: when it is written).
    pub(super) read: Vec<usize>,
    /// When the result of each is at the register file.
    pub(super) write: Vec<usize>,
}

/// What is taken modulo the interval.
struct Reservations {
    adder: Vec<bool>,
    multiplier: Vec<bool>,
    write: Vec<bool>,
}

impl Reservations {
    /// Takes what an operation needs if it starts in `cycle`; whether all was free.
    fn take(&mut self, operation: Operation, cycle: usize, timing: &Timing) -> bool {
        let interval = self.write.len();
        let write = (cycle + timing.latency(operation)) % interval;
        let (unit, phases) = match operation {
            Operation::Input(_) => (None, Vec::new()),
            Operation::Add { .. } | Operation::Complement(_) => {
                (Some(&mut self.adder), vec![cycle % interval])
            }
            Operation::Product(..) => {
                let digits = 0..timing.num_digits;
                let phase = |digit| (cycle + digit * timing.ring_cycles) % interval;
                (Some(&mut self.multiplier), digits.map(phase).collect())
            }
        };
        let free = |table: &Vec<bool>| phases.iter().all(|&phase| !table[phase]);
        if self.write[write] || unit.as_ref().is_some_and(|table| !free(table)) {
            return false;
        }
        if let Some(table) = unit {
            phases.iter().for_each(|&phase| table[phase] = true);
        }
        self.write[write] = true;
        true
    }
}

impl Schedule {
    /// The shortest found; the multiplier is never idle at full rate.
    pub(super) fn new(program: &Program, timing: &Timing) -> Result<Self, GraphError> {
        (0..timing.num_digits)
            .filter_map(|class| Self::with_class(program, timing, class))
            .min_by_key(|schedule| schedule.write.iter().max().copied())
            .ok_or(GraphError::Parameter {
                what: "cycles between two additions",
                expected: "enough for all operations".to_owned(),
                found: Self::interval(program, timing).to_string(),
            })
    }

    fn interval(program: &Program, timing: &Timing) -> usize {
        let products = program.operations.iter();
        let products = products.filter(|op| matches!(op, Operation::Product(..)));
        products.count() * timing.num_digits
    }

    /// Products start in cycles that are `class` modulo the number of digits: as the ring is coprime
    /// to the interval, those classes share the multiplier without a gap.
    fn with_class(program: &Program, timing: &Timing, class: usize) -> Option<Self> {
        let interval = Self::interval(program, timing);
        let operations = &program.operations;
        let urgency = urgency(operations, timing);
        let mut reservations = Reservations {
            adder: vec![false; interval],
            multiplier: vec![false; interval],
            write: vec![false; interval],
        };
        let mut read: Vec<Option<usize>> = vec![None; operations.len()];
        let written = |read: &[Option<usize>], value: Value| {
            read[value].map(|cycle| cycle + timing.latency(operations[value]))
        };
        for _ in 0..operations.len() {
            let ready = (0..operations.len()).filter(|&value| {
                let known = |operand: &Value| read[*operand].is_some();
                read[value].is_none() && operations[value].operands().iter().all(known)
            });
            let value = ready.max_by_key(|&value| (urgency[value], usize::MAX - value))?;
            let operation = operations[value];
            let mut earliest = match operation {
                Operation::Input(_) => timing.first_write,
                _ => timing.first_read,
            };
            for operand in operation.operands() {
                earliest = earliest.max(written(&read, operand)? + 1);
            }
            // Products take every start of their class, so that other results keep off those writes.
            let product = matches!(operation, Operation::Product(..));
            let in_class = |cycle: usize| match product {
                true => cycle % timing.num_digits == class,
                false => {
                    (cycle + timing.latency(operation)) % timing.num_digits
                        != (class + timing.multiplier_cycles) % timing.num_digits
                }
            };
            let cycle = (earliest..earliest + interval + timing.num_digits)
                .filter(|&cycle| in_class(cycle))
                .find(|&cycle| reservations.take(operation, cycle, timing))?;
            read[value] = Some(cycle);
        }
        let write = (0..operations.len()).map(|value| written(&read, value));
        Some(Schedule {
            interval_cycles: interval,
            write: write.collect::<Option<_>>()?,
            read: read.into_iter().collect::<Option<_>>()?,
        })
    }
}

/// Cycles from the start of each operation to the end of all that need it.
fn urgency(operations: &[Operation], timing: &Timing) -> Vec<usize> {
    let mut urgency = vec![0; operations.len()];
    for (value, operation) in operations.iter().enumerate().rev() {
        let after = urgency[value];
        let own = after + timing.latency(*operation) + 1;
        urgency[value] = own;
        for operand in operation.operands() {
            urgency[operand] = urgency[operand].max(own);
        }
    }
    urgency
}

#[cfg(test)]
mod tests {
    use super::super::CurveParams;
    use super::*;

    #[test]
    fn operands_are_there_and_units_are_taken_once() {
        let program = Program::new(&CurveParams::bn254()).unwrap();
        for (num_digits, ring_cycles) in [(4, 17), (8, 17), (4, 25)] {
            let timing = Timing {
                adder_cycles: 9,
                multiplier_cycles: num_digits * ring_cycles + 12,
                ring_cycles,
                num_digits,
                first_read: 3,
                first_write: 5,
            };
            let schedule = Schedule::new(&program, &timing).unwrap();
            let interval = schedule.interval_cycles;
            println!(
                "interval {interval}, last write {:?}",
                schedule.write.iter().max()
            );
            assert_eq!(interval, 12 * num_digits);
            let (mut writes, mut sums, mut digits) = (Vec::new(), Vec::new(), Vec::new());
            for (value, operation) in program.operations.iter().enumerate() {
                let (read, write) = (schedule.read[value], schedule.write[value]);
                for operand in operation.operands() {
                    assert!(schedule.write[operand] < read);
                }
                writes.push(write % interval);
                match operation {
                    Operation::Input(_) => assert!(write >= 5),
                    Operation::Product(..) => {
                        assert_eq!(write, read + timing.multiplier_cycles);
                        let rounds = (0..num_digits).map(|i| (read + i * ring_cycles) % interval);
                        digits.extend(rounds);
                    }
                    _ => {
                        assert_eq!(write, read + timing.adder_cycles);
                        sums.push(read % interval);
                    }
                }
            }
            for mut used in [writes, sums, digits] {
                let count = used.len();
                used.sort_unstable();
                used.dedup();
                assert_eq!(used.len(), count);
            }
        }
    }
}
