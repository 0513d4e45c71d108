//! Limits and counters of a job.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use vegalith_abi::registers;

use crate::{Result, Transport};

/// How long a job may run.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// When it is given up.
    pub deadline: Instant,
    /// Set by another thread to give it up at once.
    pub cancelled: Option<&'a AtomicBool>,
}

impl Limits<'_> {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

impl From<Instant> for Limits<'static> {
    fn from(deadline: Instant) -> Self {
        Limits {
            deadline,
            cancelled: None,
        }
    }
}

/// Counters of a job, from the kernel's registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Cycles from taking the job to its end.
    pub cycles: u64,
    /// Unit-cycles in which an adder or butterfly did work that the result needs.
    pub busy_unit_cycles: u64,
    /// Cycles between the first and the last busy one, both included.
    pub active_cycles: u64,
    /// Cycles in which input was held back because the units could not take it.
    pub stall_cycles: u64,
    /// Bytes read from device memory.
    pub bytes_read: u64,
    /// Bytes written to device memory.
    pub bytes_written: u64,
}

impl Statistics {
    pub(crate) fn read(transport: &mut dyn Transport) -> Result<Self> {
        let mut counter = |offset| -> Result<u64> {
            let low = transport.read_register(offset)?;
            let high = transport.read_register(offset + 4)?;
            Ok(u64::from(high) << 32 | u64::from(low))
        };
        Ok(Statistics {
            cycles: counter(registers::CYCLES)?,
            busy_unit_cycles: counter(registers::BUSY)?,
            active_cycles: counter(registers::ACTIVE_CYCLES)?,
            stall_cycles: counter(registers::STALL)?,
            bytes_read: counter(registers::BYTES_READ)?,
            bytes_written: counter(registers::BYTES_WRITTEN)?,
        })
    }
}
