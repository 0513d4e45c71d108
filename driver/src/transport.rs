//! How a kernel and its memory are reached.

use std::time::Instant;

use crate::Result;

/// One kernel with its device memory. The same calls serve a simulator and a card.
///
/// Every call ends. A job's deadline bounds only [`wait_control`](Transport::wait_control), which is
/// given it; all other calls are bounded by a time limit of the transport's own, in the order of
/// seconds for a register or a reset and in proportion to its size for a copy, and return
/// [`Error::LinkDown`](crate::Error::LinkDown) when it passes. Callers rely on that: whoever closes
/// a device waits for the call under way.
pub trait Transport: Send {
    /// Name for people: `sim:PRESET`, `xrt:INDEX`.
    fn name(&self) -> String;

    /// Reads the 32-bit register at a byte offset.
    fn read_register(&mut self, offset: u32) -> Result<u32>;

    /// Writes the 32-bit register at a byte offset.
    fn write_register(&mut self, offset: u32, value: u32) -> Result<()>;

    /// Bytes of device memory, from address 0.
    fn memory_bytes(&self) -> u64;

    /// Copies device memory from `address` on to `data`.
    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()>;

    /// Copies `data` to device memory from `address` on.
    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()>;

    /// Waits for the control register to show one of `control_bits`; false if `until` passes first.
    /// Returns soon after `until` even if the device does not answer.
    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool>;

    /// Resets the kernel and whatever it has under way. Memory keeps its contents, except where
    /// the kernel was just writing.
    fn reset(&mut self) -> Result<()>;

    /// Counts how often device memory may have lost its contents since the transport was opened.
    fn memory_generation(&self) -> u64 {
        0
    }

    /// Whether the registers that the kernel fills in during a job can be read: counters and error
    /// bits. If not they read as zero, and whoever needs certainty has to check the result.
    fn has_counters(&self) -> bool {
        true
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn name(&self) -> String {
        (**self).name()
    }
    fn read_register(&mut self, offset: u32) -> Result<u32> {
        (**self).read_register(offset)
    }
    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        (**self).write_register(offset, value)
    }
    fn memory_bytes(&self) -> u64 {
        (**self).memory_bytes()
    }
    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        (**self).read_memory(address, data)
    }
    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        (**self).write_memory(address, data)
    }
    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        (**self).wait_control(control_bits, until)
    }
    fn reset(&mut self) -> Result<()> {
        (**self).reset()
    }
    fn memory_generation(&self) -> u64 {
        (**self).memory_generation()
    }
    fn has_counters(&self) -> bool {
        (**self).has_counters()
    }
}
