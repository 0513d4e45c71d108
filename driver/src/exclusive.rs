//! A transport of hardware: alone on its device, and found again when the device has come back.

use std::time::Instant;

use crate::{DeviceLock, Error, Result, Transport};

/// Opens a transport; called again when the device has to be found again.
pub type OpenTransport = Box<dyn FnMut() -> Result<Box<dyn Transport>> + Send>;

/// A transport that holds its device's lock, and opens it again when it was gone.
///
/// A device whose link is down may have been plugged off, or loaded anew. A
/// [`reset`](Transport::reset) that fails closes such a transport and opens another by the same
/// address; all other calls answer [`Error::LinkDown`] until one succeeds. Nothing is known of
/// device memory then: [`memory_generation`](Transport::memory_generation) counts on, by which
/// whoever keeps data there knows that they are gone.
///
/// The lock is held throughout, so that nobody else takes the device meanwhile.
pub struct Exclusive {
    name: String,
    /// The device's name is the same for all processes.
    _lock: DeviceLock,
    open: OpenTransport,
    /// `None` while the device is gone.
    transport: Option<Box<dyn Transport>>,
    /// What was last heard of it before it was gone.
    gone: String,
    memory_bytes: u64,
    generation: u64,
}

impl std::fmt::Debug for Exclusive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exclusive")
            .field("name", &self.name)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl Exclusive {
    /// Opens a device once its lock is held.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn open(lock: DeviceLock, mut open: OpenTransport) -> Result<Self> {
        let transport = open()?;
        Ok(Exclusive {
            name: transport.name(),
            memory_bytes: transport.memory_bytes(),
            _lock: lock,
            open,
            transport: Some(transport),
            gone: String::new(),
            generation: 0,
        })
    }

    fn transport(&mut self) -> Result<&mut Box<dyn Transport>> {
        match &mut self.transport {
            Some(transport) => Ok(transport),
            None => Err(Error::LinkDown {
                device: self.name.clone(),
                reason: self.gone.clone(),
            }),
        }
    }

    fn reopen(&mut self, cause: Error) -> Result<()> {
        // Before it is opened again: its nodes are for one user.
        if self.transport.take().is_some() {
            self.gone = match cause {
                Error::LinkDown { reason, .. } => reason,
                other => other.to_string(),
            };
        }
        let down = |reason: String| Error::LinkDown {
            device: self.name.clone(),
            reason,
        };
        let opened = (self.open)().and_then(|mut transport| {
            let bytes = transport.memory_bytes();
            if bytes != self.memory_bytes {
                return Err(down(format!(
                    "it came back with {bytes} bytes of memory, expected {}; open it anew",
                    self.memory_bytes
                )));
            }
            transport.reset()?;
            Ok(transport)
        });
        match opened {
            Ok(transport) => {
                self.transport = Some(transport);
                self.generation += 1;
                Ok(())
            }
            Err(error) => Err(down(format!(
                "{}; it could not be opened again: {error}",
                self.gone
            ))),
        }
    }
}

impl Transport for Exclusive {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn read_register(&mut self, offset: u32) -> Result<u32> {
        self.transport()?.read_register(offset)
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        self.transport()?.write_register(offset, value)
    }

    fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        self.transport()?.read_memory(address, data)
    }

    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.transport()?.write_memory(address, data)
    }

    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        self.transport()?.wait_control(control_bits, until)
    }

    fn reset(&mut self) -> Result<()> {
        match self.transport().and_then(|transport| transport.reset()) {
            Err(cause @ Error::LinkDown { .. }) => self.reopen(cause),
            reset => reset,
        }
    }

    fn memory_generation(&self) -> u64 {
        let inner = self.transport.as_ref();
        self.generation + inner.map_or(0, |transport| transport.memory_generation())
    }

    fn has_counters(&self) -> bool {
        let inner = self.transport.as_ref();
        inner.is_none_or(|transport| transport.has_counters())
    }
}
