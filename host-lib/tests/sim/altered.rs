//! A simulated kernel that says something else of itself than it is.

use std::time::Instant;

use vegalith::driver::{Expectation, Result, SimTransport, Transport};
use vegalith::simulator::Options;
use vegalith::{DeviceBackend, KernelSource};

use crate::support::Engine;

/// A simulated kernel with one register changed.
pub struct Altered {
    kernel: SimTransport,
    offset: u32,
    change: fn(u32) -> u32,
}

impl Altered {
    pub fn open<C: Engine>(offset: u32, change: fn(u32) -> u32) -> Self {
        Altered {
            kernel: SimTransport::open(C::PRESET, &Options::default()).unwrap(),
            offset,
            change,
        }
    }

    pub fn backend(self, expected: Expectation) -> vegalith::Result<DeviceBackend> {
        let source = KernelSource {
            preset: "altered".to_owned(),
            transport: Box::new(self),
            expected,
        };
        DeviceBackend::open("altered", vec![source])
    }
}

impl Transport for Altered {
    fn name(&self) -> String {
        self.kernel.name()
    }
    fn read_register(&mut self, offset: u32) -> Result<u32> {
        let value = self.kernel.read_register(offset)?;
        Ok(if offset == self.offset {
            (self.change)(value)
        } else {
            value
        })
    }
    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        self.kernel.write_register(offset, value)
    }
    fn memory_bytes(&self) -> u64 {
        self.kernel.memory_bytes()
    }
    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        self.kernel.read_memory(address, data)
    }
    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.kernel.write_memory(address, data)
    }
    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        self.kernel.wait_control(control_bits, until)
    }
    fn reset(&mut self) -> Result<()> {
        self.kernel.reset()
    }
}
