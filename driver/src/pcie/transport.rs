//! A card as a transport.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

use vegalith_abi::registers;

use super::address::PcieAddress;
use super::aligned::Aligned;
use super::discovery::{device_name, resolve};
use super::failure::Failure;
use super::link::Link;
use super::nodes::NodePaths;
use super::options::{PcieOptions, BEAT_BYTES};
use super::worker::{Reply, Request};
use crate::{Error, Result, Transport};

/// A kernel on a PCIe card, behind XDMA-style character devices.
///
/// Memory is moved in whole beats of 64 bytes. A copy to device memory that begins or ends within
/// one reads that beat first and writes it back with the rest of it unchanged: whatever the kernel
/// writes to the rest meanwhile is lost. Buffers of [`Device`](crate::Device) begin at pages and
/// share no beat.
pub struct PcieTransport {
    name: String,
    options: PcieOptions,
    link: Link,
    /// Word by which the device knows this session, from the first reset on.
    session: Option<u32>,
    /// Buffer of the last copy.
    spare: Option<Aligned>,
}

impl std::fmt::Debug for PcieTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PcieTransport")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl PcieTransport {
    /// Opens a card for this user alone. By [`PcieAddress::Bdf`] a card is found again after it has
    /// been reloaded or plugged again, whatever its nodes are called then.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what to do; [`Error::InvalidArgument`] for options that make no
    /// sense.
    pub fn open(address: &PcieAddress, options: &PcieOptions) -> Result<Self> {
        if let Some(fault) = options.fault() {
            return Err(Error::InvalidArgument(fault));
        }
        let name = device_name(address);
        let prefix = resolve(address, &options.roots)?;
        let link = Link::open(
            &name,
            NodePaths::new(&prefix, options),
            options.register_base,
            options.register_limit,
        )?;
        Ok(PcieTransport {
            name,
            options: options.clone(),
            link,
            session: None,
            spare: None,
        })
    }

    fn error(&self, failure: &Failure) -> Error {
        let device = self.name.clone();
        let reason = failure.to_string();
        match failure {
            Failure::NotTaken { .. } => Error::Fault { device, reason },
            _ => Error::LinkDown { device, reason },
        }
    }

    fn request(&mut self, request: Request, limit: Duration) -> Result<Reply> {
        let reply = self.link.request(request, limit, self.session);
        reply.map_err(|failure| self.error(&failure))
    }

    /// Addresses of the whole beats around `bytes` bytes at `address`.
    fn beats(&self, address: u64, bytes: u64) -> Result<(u64, u64)> {
        let memory_bytes = self.options.memory_bytes;
        let end = address.checked_add(bytes);
        let end = end.filter(|&end| end <= memory_bytes).ok_or_else(|| {
            Error::InvalidArgument(format!(
                "{bytes} bytes at {address:#x} reach beyond {memory_bytes} bytes of memory"
            ))
        })?;
        let start = address - address % BEAT_BYTES;
        Ok((start, end.next_multiple_of(BEAT_BYTES)))
    }

    fn take_buffer(&mut self, bytes: u64) -> Aligned {
        let needed = bytes as usize;
        let spare = self.spare.take();
        spare
            .filter(|spare| spare.bytes().len() >= needed)
            .unwrap_or_else(|| Aligned::new(needed))
    }

    /// Reads whole beats.
    fn read_beats(&mut self, address: u64, bytes: u64, buffer: Aligned) -> Result<Aligned> {
        let request = Request::ReadMemory {
            position: self.options.memory_base + address,
            buffer,
            bytes: bytes as usize,
        };
        self.copy(request)
    }

    fn copy(&mut self, request: Request) -> Result<Aligned> {
        match self.request(request, self.options.chunk_limit)? {
            Reply::Buffer(buffer) => Ok(buffer),
            _ => Err(self.wrong_reply()),
        }
    }

    /// Fills the beat at `address` of the device into the buffer from `offset` on.
    fn fill_beat(&mut self, address: u64, buffer: &mut Aligned, offset: usize) -> Result<()> {
        let beat = self.read_beats(address, BEAT_BYTES, Aligned::new(BEAT_BYTES as usize))?;
        let place = &mut buffer.bytes_mut()[offset..offset + BEAT_BYTES as usize];
        place.copy_from_slice(beat.bytes());
        Ok(())
    }

    fn wrong_reply(&self) -> Error {
        Error::Fault {
            device: self.name.clone(),
            reason: "the device's thread answered another request".to_owned(),
        }
    }

    /// Checks that the device still holds this session's word.
    fn check_session(&mut self) -> Result<()> {
        let Some(expected) = self.session else {
            return Ok(());
        };
        let found = self.read_register(registers::SESSION)?;
        if found == expected {
            return Ok(());
        }
        let failure = self.link.give_up(Failure::OtherSession {
            action: "resetting the kernel".to_owned(),
            expected,
            found,
        });
        Err(self.error(&failure))
    }
}

/// A word that no other session has, and that neither a dead link nor a kernel just loaded shows.
fn new_session() -> u32 {
    let random = RandomState::new().build_hasher().finish();
    (random as u32).clamp(1, u32::MAX - 1)
}

impl Transport for PcieTransport {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn read_register(&mut self, offset: u32) -> Result<u32> {
        let limit = self.options.register_limit;
        match self.request(Request::ReadRegister { offset }, limit)? {
            Reply::Word(word) => Ok(word),
            _ => Err(self.wrong_reply()),
        }
    }

    /// Arguments are read back.
    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        let limit = self.options.register_limit;
        self.request(Request::WriteRegister { offset, value }, limit)
            .map(drop)
    }

    fn memory_bytes(&self) -> u64 {
        self.options.memory_bytes
    }

    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        let (mut from, end) = self.beats(address, data.len() as u64)?;
        let mut rest = data;
        while !rest.is_empty() {
            let to = end.min(from + self.options.chunk_bytes as u64);
            let buffer = self.take_buffer(to - from);
            let buffer = self.read_beats(from, to - from, buffer)?;
            let skipped = address.saturating_sub(from) as usize;
            let found = &buffer.bytes()[skipped..(to - from) as usize];
            let count = found.len().min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            now.copy_from_slice(&found[..count]);
            rest = later;
            from = to;
            self.spare = Some(buffer);
        }
        Ok(())
    }

    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        let (mut from, end) = self.beats(address, data.len() as u64)?;
        let mut rest = data;
        while !rest.is_empty() {
            let to = end.min(from + self.options.chunk_bytes as u64);
            let bytes = (to - from) as usize;
            let mut buffer = self.take_buffer(to - from);
            let skipped = address.saturating_sub(from) as usize;
            let count = rest.len().min(bytes - skipped);
            let (now, later) = rest.split_at(count);
            let last_beat = bytes - BEAT_BYTES as usize;
            let ends_within = skipped + count < bytes;
            if skipped > 0 || (ends_within && last_beat == 0) {
                self.fill_beat(from, &mut buffer, 0)?;
            }
            if ends_within && last_beat > 0 {
                self.fill_beat(from + last_beat as u64, &mut buffer, last_beat)?;
            }
            buffer.bytes_mut()[skipped..skipped + count].copy_from_slice(now);
            let request = Request::WriteMemory {
                position: self.options.memory_base + from,
                buffer,
                bytes,
            };
            self.spare = Some(self.copy(request)?);
            rest = later;
            from = to;
        }
        Ok(())
    }

    fn wait_control(&mut self, bits: u32, until: Instant) -> Result<bool> {
        let left = until.saturating_duration_since(Instant::now());
        let limit = left + self.options.register_limit;
        match self.request(Request::WaitControl { bits, until }, limit)? {
            Reply::Seen(seen) => Ok(seen),
            _ => Err(self.wrong_reply()),
        }
    }

    /// By register: the kernel ends the transfers that it has under way by itself, since the
    /// card's interconnect does not see its reset.
    fn reset(&mut self) -> Result<()> {
        self.link.settle().map_err(|failure| self.error(&failure))?;
        self.check_session()?;
        self.write_register(registers::CONTROL, registers::CONTROL_RESET)?;
        let limit = self.options.reset_limit;
        if !self.wait_control(registers::CONTROL_IDLE, Instant::now() + limit)? {
            let control = self.read_register(registers::CONTROL)?;
            return Err(Error::LinkDown {
                device: self.name.clone(),
                reason: format!(
                    "the control register is {control:#x} {limit:?} after a reset, expected bit \
                     {:#x}; its memory may not answer: reload the image",
                    registers::CONTROL_IDLE
                ),
            });
        }
        if self.session.is_some() {
            return self.check_session();
        }
        let session = new_session();
        self.write_register(registers::SESSION, session)?;
        self.session = Some(session);
        Ok(())
    }
}
