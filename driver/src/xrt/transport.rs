//! The registers of the contract on top of a session.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use vegalith_abi::registers;

use super::discovery::OpenClDevice;
use super::image::XrtImage;
use super::interface;
use super::metadata::{Argument, ArgumentKind, KernelMetadata};
use super::opening::{Opened, Plan};
use super::options::{RegisterAccess, XrtOptions};
use super::runtime;
use super::session::{Passed, Session};
use super::watchdog::{Pending, Silence, Watchdog};
use super::words::IdentityWords;
use super::xclbin::{wrong, XclbinError};
use crate::{Error, Result, Transport};

/// Longest time for a call that moves no data.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// Longest time for finding the device and loading an image: configuring a large card takes up to
/// a minute.
const OPEN_LIMIT: Duration = Duration::from_secs(180);
/// Longest time for releasing everything.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);
/// How long a job that was given up may take to end before the device is reported down.
const RESET_LIMIT: Duration = Duration::from_secs(1);
/// What the answering thread may take beyond the time that a call of its own has.
const GRACE: Duration = Duration::from_secs(2);
/// Slowest copy that still counts as one.
const SLOWEST_BYTES_PER_SECOND: u64 = 20 << 20;
/// Bytes that are copied in one command.
const CHUNK_BYTES: usize = 8 << 20;
/// Commands of a copy that are under way at a time.
const CHUNKS_AHEAD: usize = 2;
/// Sleep of a wait that nothing will end.
const IDLE_NAP: Duration = Duration::from_millis(1);

/// A compute unit behind OpenCL.
#[derive(Debug)]
pub struct XrtTransport {
    name: String,
    device: OpenClDevice,
    session: Watchdog<Session>,
    kernel: KernelMetadata,
    identity: IdentityWords,
    registers: RegisterAccess,
    arguments: BTreeMap<u32, u32>,
    job: Job,
    memory_bytes: u64,
    /// Why the runtime is not asked any more.
    silent: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    None,
    Running,
    Done,
}

impl XrtTransport {
    /// Opens device `index` (see [`xrt_devices`](super::xrt_devices)) with an image.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and [`Error::Open`], which say what is missing and what to do;
    /// [`Error::Busy`] while a job that was given up is still running on the device;
    /// [`Error::ImageMismatch`] for an image of another board; [`Error::OutOfMemory`];
    /// [`Error::LinkDown`] if the runtime does not answer; [`Error::InvalidArgument`] for OpenCL C
    /// with [`RegisterAccess::Card`].
    pub fn open(index: usize, image: &XrtImage, options: &XrtOptions) -> Result<Self> {
        let name = format!("xrt:{index}");
        let refused = |error: XclbinError| Error::Open {
            device: name.clone(),
            reason: error.to_string(),
        };
        if options.registers == RegisterAccess::Card && !image.is_xclbin() {
            return Err(Error::InvalidArgument(
                "a program in OpenCL C has no registers to read".to_owned(),
            ));
        }
        // A card says itself what it is.
        let identity = match options.registers {
            RegisterAccess::Card => None,
            RegisterAccess::Image => options
                .identity
                .or_else(|| image.contents().and_then(|contents| contents.identity)),
        };
        if options.registers == RegisterAccess::Image && identity.is_none() {
            return Err(refused(wrong(
                "the section USER_METADATA",
                "the kernel's identification block",
                "without",
            )));
        }
        let target = image
            .target(
                options.kernel.as_deref(),
                options.instance.as_deref(),
                identity.as_ref(),
            )
            .map_err(refused)?;
        runtime::check(&name)?;
        let kernel = target.kernel.clone();
        let plan = Plan {
            name: name.clone(),
            index,
            image: image.clone(),
            target,
            memory_bytes: options.memory_bytes,
            needs_port: options.registers == RegisterAccess::Card,
            copy_limit: CALL_LIMIT,
        };
        let (send, opened) = std::sync::mpsc::channel::<Opened>();
        let session = Watchdog::start(OPEN_LIMIT, CLOSE_LIMIT, move || {
            let (session, opened) = Session::open(plan)?;
            drop(send.send(opened));
            Ok::<_, Error>(session)
        });
        let down = |reason: String| Error::LinkDown {
            device: name.clone(),
            reason,
        };
        let session = session.map_err(|silence| down(silence.to_string()))??;
        let opened = opened.recv().map_err(|error| down(error.to_string()))?;
        let mut transport = XrtTransport {
            name,
            device: opened.device,
            session,
            kernel,
            identity: identity.unwrap_or_default(),
            registers: options.registers,
            arguments: BTreeMap::new(),
            job: Job::None,
            memory_bytes: opened.memory_bytes,
            silent: None,
        };
        if options.registers == RegisterAccess::Card {
            transport.identity = transport.read_identity()?;
            transport.check_interface()?;
        }
        Ok(transport)
    }

    /// The device that is used.
    pub fn device(&self) -> &OpenClDevice {
        &self.device
    }

    fn read_identity(&mut self) -> Result<IdentityWords> {
        let mut words = [0; IdentityWords::NUM];
        for (word, offset) in words
            .iter_mut()
            .zip((registers::IDENTIFICATION..).step_by(4))
        {
            *word = self.card_register(offset)?;
        }
        Ok(IdentityWords(words))
    }

    /// An image without an identity could not be checked before the card said what it is.
    fn check_interface(&self) -> Result<()> {
        let block = self.identity.get(registers::BLOCK_TYPE);
        // An unknown block is the handshake's to refuse.
        let Some(block) = vegalith_abi::BlockType::from_word(block) else {
            return Ok(());
        };
        self.kernel.check(block).map_err(|error| Error::Open {
            device: self.name.clone(),
            reason: error.to_string(),
        })
    }

    fn link_down(&self, reason: &str) -> Error {
        Error::LinkDown {
            device: self.name.clone(),
            reason: reason.to_owned(),
        }
    }

    /// Remembers that the runtime is silent: what is sent to it now would wait behind that call.
    fn silenced(&mut self, silence: Silence) -> Error {
        let reason = silence.to_string();
        let error = self.link_down(&reason);
        self.silent = Some(reason);
        error
    }

    fn check_silence(&self) -> Result<()> {
        match &self.silent {
            Some(reason) => Err(self.link_down(reason)),
            None => Ok(()),
        }
    }

    fn call<T: Send + 'static>(
        &mut self,
        limit: Duration,
        call: impl FnOnce(&mut Session) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.check_silence()?;
        let answer = self.session.call(limit + GRACE, call);
        answer.map_err(|silence| self.silenced(silence))?
    }

    fn card_register(&mut self, offset: u32) -> Result<u32> {
        self.call(CALL_LIMIT, move |session| session.read_register(offset))
    }

    fn control(&self) -> u32 {
        match self.job {
            Job::None => registers::CONTROL_IDLE | registers::CONTROL_READY,
            Job::Running => registers::CONTROL_START,
            Job::Done => registers::CONTROL_DONE,
        }
    }

    fn argument_word(&self, offset: u32) -> u32 {
        self.arguments.get(&offset).copied().unwrap_or(0)
    }

    fn start(&mut self) -> Result<()> {
        let arguments = self.kernel.arguments.iter();
        let passed = arguments.map(|argument| self.pass(argument));
        let passed: Vec<Passed> = passed.collect::<Result<_>>()?;
        self.call(CALL_LIMIT, move |session| session.start(&passed))?;
        self.job = Job::Running;
        Ok(())
    }

    fn pass(&self, argument: &Argument) -> Result<Passed> {
        let words = (argument.offset..argument.offset.saturating_add(argument.bytes)).step_by(4);
        let words = words.map(|offset| self.argument_word(offset));
        let value: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        if argument.kind == ArgumentKind::Value {
            return Ok(Passed::Value(value));
        }
        let address = value.iter().rev().fold(0, |a, &b| a << 8 | u64::from(b));
        let extent = interface::extent(&self.identity, argument.offset, |offset| {
            self.argument_word(offset)
        });
        let fits = |bytes: &u64| {
            let end = address.checked_add(*bytes);
            end.is_some_and(|end| end <= self.memory_bytes)
        };
        match extent.filter(fits) {
            Some(bytes) => Ok(Passed::Buffer { address, bytes }),
            None => Err(Error::InvalidArgument(format!(
                "{} at {address:#x} reaches beyond the {} bytes of {}",
                argument.name, self.memory_bytes, self.name
            ))),
        }
    }

    fn check_range(&self, address: u64, bytes: usize) -> Result<()> {
        match address.checked_add(bytes as u64) {
            Some(end) if end <= self.memory_bytes => Ok(()),
            _ => Err(Error::InvalidArgument(format!(
                "{bytes} bytes at {address:#x} reach beyond the {} bytes of {}",
                self.memory_bytes, self.name
            ))),
        }
    }

    fn finish<T>(&mut self, pending: Pending<Result<T>>) -> Result<T> {
        let answer = pending.wait();
        answer.map_err(|silence| self.silenced(silence))?
    }
}

fn copy_limit(bytes: usize) -> Duration {
    CALL_LIMIT + Duration::from_secs(bytes as u64 / SLOWEST_BYTES_PER_SECOND)
}

impl Transport for XrtTransport {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn read_register(&mut self, offset: u32) -> Result<u32> {
        match (offset, self.registers) {
            (registers::CONTROL, _) => Ok(self.control()),
            (registers::ARGUMENTS..registers::ARGUMENTS_END, _) => Ok(self.argument_word(offset)),
            (_, RegisterAccess::Card) => self.card_register(offset),
            (_, RegisterAccess::Image) => Ok(self.identity.get(offset)),
        }
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        match offset {
            registers::CONTROL => {
                // XRT acknowledges a job of its own accord.
                if value & registers::CONTROL_CONTINUE != 0 && self.job == Job::Done {
                    self.job = Job::None;
                }
                match value & registers::CONTROL_START {
                    0 => Ok(()),
                    _ => self.start(),
                }
            }
            registers::ARGUMENTS..registers::ARGUMENTS_END => {
                self.arguments.insert(offset, value);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        self.check_range(address, data.len())?;
        self.check_silence()?;
        let mut under_way = VecDeque::new();
        let mut at = address;
        for chunk in data.chunks_mut(CHUNK_BYTES) {
            let (bytes, from) = (chunk.len(), at);
            at += bytes as u64;
            let limit = copy_limit(bytes);
            let read = self.session.send(
                limit * CHUNKS_AHEAD as u32 + GRACE,
                move |session: &mut Session| session.read(from, bytes, limit),
            );
            under_way.push_back((chunk, read));
            if under_way.len() >= CHUNKS_AHEAD {
                if let Some((chunk, read)) = under_way.pop_front() {
                    chunk.copy_from_slice(&self.finish(read)?);
                }
            }
        }
        for (chunk, read) in under_way {
            chunk.copy_from_slice(&self.finish(read)?);
        }
        Ok(())
    }

    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.check_range(address, data.len())?;
        self.check_silence()?;
        let mut under_way = VecDeque::new();
        let mut at = address;
        for chunk in data.chunks(CHUNK_BYTES) {
            let (chunk, to) = (chunk.to_vec(), at);
            at += chunk.len() as u64;
            let limit = copy_limit(chunk.len());
            under_way.push_back(self.session.send(
                limit * CHUNKS_AHEAD as u32 + GRACE,
                move |session: &mut Session| session.write(to, chunk, limit),
            ));
            if under_way.len() >= CHUNKS_AHEAD {
                if let Some(write) = under_way.pop_front() {
                    self.finish(write)?;
                }
            }
        }
        under_way
            .into_iter()
            .try_for_each(|write| self.finish(write))
    }

    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        if self.job == Job::Running && control_bits & registers::CONTROL_DONE != 0 {
            let limit = until.saturating_duration_since(Instant::now());
            match self.call(limit, move |session| session.wait_job(until)) {
                Ok(true) => self.job = Job::Done,
                Ok(false) => return Ok(false),
                Err(error) => {
                    self.job = Job::None;
                    return Err(error);
                }
            }
        }
        loop {
            if self.control() & control_bits != 0 {
                return Ok(true);
            }
            // Only a call through this transport would change anything.
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            std::thread::sleep(left.min(IDLE_NAP));
        }
    }

    fn reset(&mut self) -> Result<()> {
        self.call(RESET_LIMIT, |session| session.reset(RESET_LIMIT))?;
        self.job = Job::None;
        Ok(())
    }

    fn has_counters(&self) -> bool {
        self.registers == RegisterAccess::Card
    }
}
