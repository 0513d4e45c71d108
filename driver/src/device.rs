//! One kernel behind a transport: buffers, and the life of a job.

use std::time::{Duration, Instant};

use vegalith_abi::registers;

use crate::job::Limits;
use crate::memory::Allocator;
use crate::{Buffer, Error, Expectation, Identity, KernelErrors, Result, Statistics, Transport};

/// Longest wait between two looks at the cancellation flag.
const WAIT_SLICE: Duration = Duration::from_millis(50);
/// A kernel empties its memories after a reset: a cycle a slot, less than a million cycles. Even in
/// simulation that is over long before.
const RESET_LIMIT: Duration = Duration::from_secs(60);

/// A kernel that has passed the handshake.
pub struct Device {
    pub(crate) transport: Box<dyn Transport>,
    identity: Identity,
    memory: Allocator,
    name: String,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("name", &self.name)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Device {
    /// Opens the kernel behind a transport.
    ///
    /// # Errors
    /// [`Error::ImageMismatch`] and [`Error::AbiMismatch`] if it is not the one expected.
    pub fn open(mut transport: Box<dyn Transport>, expected: &Expectation) -> Result<Self> {
        let identity = Identity::read(&mut *transport, expected)?;
        let memory = Allocator::new(transport.memory_bytes());
        let name = transport.name();
        let mut device = Device {
            transport,
            identity,
            memory,
            name,
        };
        // Whoever used the kernel before may have left a job behind.
        device.reset()?;
        Ok(device)
    }

    /// Name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the kernel says of itself.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Bytes of device memory.
    pub fn memory_bytes(&self) -> u64 {
        self.transport.memory_bytes()
    }

    /// Counts how often device memory may have lost its contents: buffers that were written before it
    /// last changed hold nobody knows what.
    pub fn memory_generation(&self) -> u64 {
        self.transport.memory_generation()
    }

    /// Bytes of device memory that no buffer holds.
    pub fn free_bytes(&self) -> u64 {
        self.memory.total_free()
    }

    /// Takes device memory; its contents are arbitrary.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if no free piece is large enough.
    pub fn allocate(&self, bytes: u64) -> Result<Buffer> {
        self.memory.allocate(bytes)
    }

    /// Copies `data` into a buffer from `offset` on.
    pub fn write(&mut self, buffer: &Buffer, offset: u64, data: &[u8]) -> Result<()> {
        let address = self.place(buffer, offset, data.len() as u64)?;
        self.transport.write_memory(address, data)
    }

    /// Copies a buffer's contents from `offset` on to `data`.
    pub fn read(&mut self, buffer: &Buffer, offset: u64, data: &mut [u8]) -> Result<()> {
        let address = self.place(buffer, offset, data.len() as u64)?;
        self.transport.read_memory(address, data)
    }

    /// Takes a buffer as large as `data` and copies it there.
    pub fn upload(&mut self, data: &[u8]) -> Result<Buffer> {
        let buffer = self.allocate(data.len() as u64)?;
        self.write(&buffer, 0, data)?;
        Ok(buffer)
    }

    /// Resets the kernel and waits until it is idle; buffers keep their contents.
    ///
    /// # Errors
    /// [`Error::LinkDown`] and no other, whatever failed: the kernel is in doubt until a reset
    /// succeeds.
    pub fn reset(&mut self) -> Result<()> {
        self.try_reset().map_err(|error| match error {
            Error::LinkDown { .. } => error,
            other => self.link_down(format!("its reset failed: {other}")),
        })
    }

    /// Whether the kernel answers, and is the one that was opened.
    ///
    /// # Errors
    /// [`Error::LinkDown`] and no other, as of [`reset`](Self::reset).
    pub fn check(&mut self) -> Result<()> {
        let checked = self
            .status(registers::CONTROL)
            .and_then(|_| self.identity.still_answers(&mut *self.transport));
        checked.map_err(|error| match error {
            Error::LinkDown { .. } => error,
            other => self.link_down(other.to_string()),
        })
    }

    fn try_reset(&mut self) -> Result<()> {
        self.transport.reset()?;
        let until = Instant::now() + RESET_LIMIT;
        let idle = self
            .transport
            .wait_control(registers::CONTROL_IDLE, until)?;
        // A link that is down reads as all ones, which is idle and done.
        let control = self.status(registers::CONTROL)?;
        if !idle {
            return Err(self.link_down(format!(
                "control register is {control:#x} {RESET_LIMIT:?} after a reset"
            )));
        }
        self.identity.still_answers(&mut *self.transport)
    }

    /// A status register.
    ///
    /// # Errors
    /// [`Error::LinkDown`] for all ones: no kernel shows that, a link that is down does.
    fn status(&mut self, offset: u32) -> Result<u32> {
        match self.transport.read_register(offset)? {
            u32::MAX => Err(self.link_down(format!("register {offset:#x} reads as all ones"))),
            word => Ok(word),
        }
    }

    fn link_down(&self, reason: String) -> Error {
        Error::LinkDown {
            device: self.name.clone(),
            reason,
        }
    }

    /// Address of `bytes` bytes of a buffer, all of which lie in it.
    pub(crate) fn place(&self, buffer: &Buffer, offset: u64, bytes: u64) -> Result<u64> {
        if !buffer.belongs_to(&self.memory) {
            return Err(Error::InvalidArgument(format!(
                "the buffer at {:#x} is not of {}",
                buffer.address(),
                self.name
            )));
        }
        match offset.checked_add(bytes) {
            Some(end) if end <= buffer.bytes() => Ok(buffer.address() + offset),
            _ => Err(Error::InvalidArgument(format!(
                "{bytes} bytes from {offset} on reach beyond a buffer of {}",
                buffer.bytes()
            ))),
        }
    }

    /// Runs one job with arguments `(offset, word)`, which is to write `writes_bytes`.
    ///
    /// On any error the kernel has been reset; [`Error::LinkDown`] if that failed too.
    pub(crate) fn run(
        &mut self,
        operation: &str,
        arguments: &[(u32, u32)],
        writes_bytes: u64,
        limits: Limits<'_>,
    ) -> Result<Statistics> {
        let outcome = self
            .start_and_wait(operation, arguments, limits)
            .and_then(|statistics| {
                let found = statistics.bytes_written;
                if self.transport.has_counters() && found != writes_bytes {
                    return Err(Error::BytesWritten {
                        operation: operation.to_owned(),
                        expected: writes_bytes,
                        found,
                    });
                }
                let acknowledge = registers::CONTROL_CONTINUE;
                self.transport
                    .write_register(registers::CONTROL, acknowledge)?;
                Ok(statistics)
            });
        if let Err(error) = &outcome {
            self.reset().map_err(|reset| match reset {
                Error::LinkDown { device, reason } => Error::LinkDown {
                    device,
                    reason: format!("{reason}; it was reset since {error}"),
                },
                other => other,
            })?;
        }
        outcome
    }

    fn start_and_wait(
        &mut self,
        operation: &str,
        arguments: &[(u32, u32)],
        limits: Limits<'_>,
    ) -> Result<Statistics> {
        let started = Instant::now();
        for &(offset, word) in arguments {
            self.transport.write_register(offset, word)?;
        }
        self.transport
            .write_register(registers::CONTROL, registers::CONTROL_START)?;
        loop {
            if limits.is_cancelled() {
                return Err(Error::Cancelled {
                    operation: operation.to_owned(),
                });
            }
            let until = limits.deadline.min(Instant::now() + WAIT_SLICE);
            if self
                .transport
                .wait_control(registers::CONTROL_DONE, until)?
            {
                self.status(registers::CONTROL)?;
                break;
            }
            if Instant::now() >= limits.deadline {
                return Err(Error::Timeout {
                    operation: operation.to_owned(),
                    waited: started.elapsed(),
                });
            }
        }
        let errors = KernelErrors(self.status(registers::ERRORS)?);
        if errors.any() {
            return Err(Error::Kernel {
                operation: operation.to_owned(),
                errors,
            });
        }
        Statistics::read(&mut *self.transport)
    }
}

/// The two words of a 64-bit argument.
pub(crate) fn argument_u64(offset: u32, value: u64) -> [(u32, u32); 2] {
    [(offset, value as u32), (offset + 4, (value >> 32) as u32)]
}
