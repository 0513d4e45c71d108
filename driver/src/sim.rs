//! The simulator as a transport.

use std::time::Instant;

use vegalith_abi::registers;
use vegalith_sim::{Options, Simulator};

use crate::{Error, Result, Transport};

/// Cycles simulated between two looks at the clock on the wall: a few tens of milliseconds.
const CYCLES_PER_SLICE: u64 = 4096;

/// A simulated kernel and its memory.
#[derive(Debug)]
pub struct SimTransport {
    simulator: Simulator,
}

impl SimTransport {
    /// Opens the model of a preset.
    ///
    /// # Errors
    /// [`Error::Open`] for a preset without a model or options that make no sense.
    pub fn open(preset: &str, options: &Options) -> Result<Self> {
        let simulator = Simulator::open(preset, options).map_err(|error| Error::Open {
            device: device_name(preset),
            reason: error.to_string(),
        })?;
        Ok(SimTransport { simulator })
    }

    fn check<T>(&self, result: Result<T, vegalith_sim::Error>) -> Result<T> {
        result.map_err(|error| Error::Fault {
            device: self.name(),
            reason: error.to_string(),
        })
    }
}

fn device_name(preset: &str) -> String {
    format!("sim:{preset}")
}

impl Transport for SimTransport {
    fn name(&self) -> String {
        device_name(self.simulator.model().preset)
    }

    fn read_register(&mut self, offset: u32) -> Result<u32> {
        let value = self.simulator.read_register(offset);
        self.check(value)
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        if offset == registers::CONTROL && value & registers::CONTROL_START != 0 {
            self.simulator.start_job();
        }
        let written = self.simulator.write_register(offset, value);
        self.check(written)
    }

    fn memory_bytes(&self) -> u64 {
        self.simulator.memory_bytes()
    }

    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        self.check(self.simulator.read_memory(address, data))
    }

    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        let written = self.simulator.write_memory(address, data);
        self.check(written)
    }

    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        loop {
            let seen = self.simulator.run_until(control_bits, CYCLES_PER_SLICE);
            if self.check(seen)? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    fn reset(&mut self) -> Result<()> {
        let reset = self.simulator.reset();
        self.check(reset)
    }
}
