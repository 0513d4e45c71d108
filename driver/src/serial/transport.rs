//! A board behind a serial line as a transport.

use std::path::Path;
use std::time::{Duration, Instant};

use vegalith_abi::registers;
use vegalith_abi::serial::{self, encode_frame, FrameDecoder};

use super::line::{line_time, Line};
use super::{BoardIdentification, SerialOptions, SerialStatistics};
use crate::{Error, Result, Transport, Unavailability};

/// Rest between two looks at the control register.
const POLL_REST: Duration = Duration::from_millis(1);
/// Bytes of a request or reply beside its payload, with its flags.
const FRAME_BYTES: usize = serial::REQUEST_HEADER_BYTES + serial::CRC_BYTES + 2;

/// One kernel on a board behind a serial line.
///
/// Calls are bounded by [`SerialOptions::attempts`] times [`SerialOptions::longest_reply_timeout`], and the
/// time on the line, for each [`serial::MAX_PAYLOAD_BYTES`] bytes.
#[derive(Debug)]
pub struct SerialTransport {
    line: Line,
    name: String,
    options: SerialOptions,
    board: BoardIdentification,
    decoder: FrameDecoder,
    statistics: SerialStatistics,
    /// Number of the last request.
    number: u8,
    /// Whether the last request may or may not have been executed.
    in_doubt: bool,
    /// Why nothing known of the board holds any more.
    lost: Option<String>,
}

/// What came of a request.
enum Answer {
    /// Status and payload.
    Reply(u8, Vec<u8>),
    /// Nothing, however often it was sent.
    Silence,
}

impl SerialTransport {
    /// Opens the board at the end of a terminal and identifies it.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the terminal is missing, not to be used or none, no board answers, or
    /// one of another protocol.
    pub fn open(path: &Path, options: &SerialOptions) -> Result<Self> {
        let name = format!("serial:{}", path.display());
        let mut transport = SerialTransport {
            line: Line::open(path, options.baud, &name)?,
            name,
            options: *options,
            board: BoardIdentification::default(),
            decoder: FrameDecoder::new(),
            statistics: SerialStatistics::default(),
            // Any number will do: an identification sets it.
            number: 0,
            in_doubt: false,
            lost: None,
        };
        transport.identify()?;
        Ok(transport)
    }

    /// What the board said of itself when it was asked last.
    pub fn board(&self) -> &BoardIdentification {
        &self.board
    }

    /// What has happened on the line.
    pub fn statistics(&self) -> SerialStatistics {
        SerialStatistics {
            dropped_frames: self.decoder.dropped(),
            ..self.statistics
        }
    }

    /// Asks the board what it is, which also sets the number of its requests.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if none of ours answers.
    pub fn identify(&mut self) -> Result<BoardIdentification> {
        let unavailable = |expected: String, found: String, remedy: &str| Error::Unavailable {
            device: self.name.clone(),
            cause: Unavailability::Failed,
            expected,
            found,
            remedy: remedy.to_owned(),
        };
        let baud = self.options.baud;
        let silent = unavailable(
            format!("a board that answers at {baud} baud"),
            format!(
                "no reply to {} requests, the last of {:?}",
                self.options.attempts, self.options.longest_reply_timeout
            ),
            "load its image (`vegalith flash`), press its reset button, and see that the line is \
             its second USB channel",
        );
        let strange = unavailable(
            "a board of Vegalith's".to_owned(),
            "another device's reply".to_owned(),
            "name the board's serial line",
        );
        self.line.discard()?;
        self.number = self.number.wrapping_add(1);
        let (status, payload) = match self.exchange(serial::IDENTIFY, 0, 0, &[], None)? {
            Answer::Reply(status, payload) => (status, payload),
            Answer::Silence => return Err(silent),
        };
        if status != serial::STATUS_OK {
            return Err(strange);
        }
        let board = BoardIdentification::parse(&payload).ok_or(strange)?;
        let major = |version: u16| version >> 8;
        if major(board.protocol_version) != major(serial::PROTOCOL_VERSION) {
            let shown = |version: u16| format!("{}.{}", version >> 8, version & 0xff);
            return Err(Error::Unavailable {
                device: self.name.clone(),
                cause: Unavailability::Failed,
                expected: format!("serial protocol {}", shown(serial::PROTOCOL_VERSION)),
                found: format!("serial protocol {}", shown(board.protocol_version)),
                remedy: "load an image built with this version (`vegalith flash`), or use the \
                         version that the image was built with"
                    .to_owned(),
            });
        }
        self.board = board;
        self.in_doubt = false;
        Ok(board)
    }

    fn down(&self, reason: String) -> Error {
        Error::LinkDown {
            device: self.name.clone(),
            reason,
        }
    }

    /// Sends a request under the present number until its reply comes, `attempts` times at most, or
    /// until soon after `until`.
    fn exchange(
        &mut self,
        opcode: u8,
        address: u32,
        length: u16,
        payload: &[u8],
        until: Option<Instant>,
    ) -> Result<Answer> {
        let mut contents = vec![self.number, opcode];
        contents.extend(address.to_le_bytes());
        contents.extend(length.to_le_bytes());
        contents.extend(payload);
        let frame = encode_frame(&contents);
        // Every byte of the reply may be escaped.
        let reply_bytes = 2 * (FRAME_BYTES + usize::from(length));
        let on_line = line_time(frame.len() + reply_bytes, self.options.baud);
        let mut patience = self.options.reply_timeout;
        self.statistics.requests += 1;
        self.in_doubt = true;
        for attempt in 0..self.options.attempts.max(1) {
            if attempt > 0 {
                if until.is_some_and(|until| Instant::now() >= until) {
                    break;
                }
                self.statistics.repeats += 1;
                let longest = self.options.longest_reply_timeout;
                patience = (2 * patience).min(longest).max(self.options.reply_timeout);
            }
            // Never past each other: patience is at least the first one.
            let carried = Instant::now() + on_line;
            let (soonest, latest) = (carried + self.options.reply_timeout, carried + patience);
            let attempt_ends = until.map_or(latest, |until| until.clamp(soonest, latest));
            if !self.line.send(&frame, attempt_ends)? {
                continue;
            }
            if let Some((status, payload)) = self.reply(opcode, attempt_ends)? {
                self.in_doubt = false;
                return Ok(Answer::Reply(status, payload));
            }
        }
        Ok(Answer::Silence)
    }

    /// The reply to the present request, if it comes in time.
    fn reply(&mut self, opcode: u8, until: Instant) -> Result<Option<(u8, Vec<u8>)>> {
        let mut buffer = [0; 512];
        loop {
            let bytes = self.line.receive(&mut buffer, until)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            for &byte in bytes {
                let Some(frame) = self.decoder.push(byte) else {
                    continue;
                };
                let ours = [self.number, opcode | serial::REPLY];
                if frame.len() < serial::REPLY_HEADER_BYTES || frame[..2] != ours {
                    self.statistics.stray_frames += 1;
                    continue;
                }
                // What follows in the buffer can only be this reply once more.
                let payload = frame[serial::REPLY_HEADER_BYTES..].to_vec();
                return Ok(Some((frame[2], payload)));
            }
            // Strays without end do not hold a request up.
            if Instant::now() >= until {
                return Ok(None);
            }
        }
    }

    /// Makes a request: its reply's payload of `expected` bytes, or `None` if `until` passed.
    fn request(
        &mut self,
        opcode: u8,
        address: u32,
        length: u16,
        payload: &[u8],
        expected: usize,
        until: Option<Instant>,
    ) -> Result<Option<Vec<u8>>> {
        if let Some(reason) = &self.lost {
            return Err(self.down(reason.clone()));
        }
        if self.in_doubt && !self.resolve(until)? {
            return Ok(None);
        }
        self.number = self.number.wrapping_add(1);
        let answer = self.exchange(opcode, address, length, payload, until)?;
        match answer {
            Answer::Silence => self.silence(until),
            Answer::Reply(serial::STATUS_OK, payload) if payload.len() == expected => {
                Ok(Some(payload))
            }
            Answer::Reply(serial::STATUS_OK, payload) => Err(Error::Fault {
                device: self.name.clone(),
                reason: format!(
                    "request {opcode:#04x} was answered with {} bytes, expected {expected}",
                    payload.len()
                ),
            }),
            Answer::Reply(status, _) => Err(self.refused(status, opcode, address, length)),
        }
    }

    /// Finds out whether the request in doubt was executed: a read under its number is accepted in
    /// either case. False if `until` passed.
    fn resolve(&mut self, until: Option<Instant>) -> Result<bool> {
        let answer = self.exchange(serial::READ_REGISTER, registers::MAGIC, 4, &[], until)?;
        match answer {
            Answer::Silence => Ok(self.silence::<()>(until)?.is_some()),
            Answer::Reply(serial::STATUS_OK, _) => Ok(true),
            Answer::Reply(status, _) => {
                Err(self.refused(status, serial::READ_REGISTER, registers::MAGIC, 4))
            }
        }
    }

    /// Nothing in time for the caller, or nothing at all.
    fn silence<T>(&self, until: Option<Instant>) -> Result<Option<T>> {
        if until.is_some_and(|until| Instant::now() >= until) {
            return Ok(None);
        }
        Err(self.down(format!(
            "no reply to {} requests, the last of {:?}; see that the board has power and its cable",
            self.options.attempts, self.options.longest_reply_timeout
        )))
    }

    fn refused(&mut self, status: u8, opcode: u8, address: u32, length: u16) -> Error {
        let fault = |reason: String| Error::Fault {
            device: self.name.clone(),
            reason: format!("request {opcode:#04x} at {address:#x} of {length} bytes: {reason}"),
        };
        match status {
            serial::STATUS_SEQUENCE => {
                let reason = "the board was restarted, or another program uses it; its memory is \
                              lost, open it again"
                    .to_owned();
                self.lost = Some(reason.clone());
                self.down(reason)
            }
            serial::STATUS_BUS => fault("the kernel's registers do not answer".to_owned()),
            serial::STATUS_OPCODE => fault("the board does not know it".to_owned()),
            serial::STATUS_LENGTH => fault("its length is not accepted".to_owned()),
            serial::STATUS_ADDRESS => fault("its address is not accepted".to_owned()),
            other => fault(format!("unknown status {other}")),
        }
    }

    fn within_memory(&self, address: u64, length: usize) -> Result<()> {
        let end = address.checked_add(length as u64);
        match end.is_some_and(|end| end <= self.memory_bytes()) {
            true => Ok(()),
            false => Err(Error::InvalidArgument(format!(
                "{length} bytes at {address:#x} of {}, which has {} bytes of memory",
                self.name, self.board.memory_bytes
            ))),
        }
    }

    fn register(&mut self, offset: u32, until: Option<Instant>) -> Result<Option<u32>> {
        let value = self.request(serial::READ_REGISTER, offset, 4, &[], 4, until)?;
        let word = |bytes: Vec<u8>| bytes.try_into().ok().map(u32::from_le_bytes);
        Ok(value.and_then(word))
    }
}

impl Transport for SerialTransport {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn read_register(&mut self, offset: u32) -> Result<u32> {
        let value = self.register(offset, None)?;
        value.ok_or_else(|| self.down("no value came".to_owned()))
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        let bytes = value.to_le_bytes();
        self.request(serial::WRITE_REGISTER, offset, 4, &bytes, 0, None)?;
        Ok(())
    }

    fn memory_bytes(&self) -> u64 {
        self.board.memory_bytes.into()
    }

    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        self.within_memory(address, data.len())?;
        let mut at = address as u32;
        for part in data.chunks_mut(self.board.payload_bytes()) {
            let length = part.len() as u16;
            let read = self.request(serial::READ_MEMORY, at, length, &[], part.len(), None)?;
            let bytes = read.ok_or_else(|| self.down("no bytes came".to_owned()))?;
            part.copy_from_slice(&bytes);
            at = at.wrapping_add(part.len() as u32);
        }
        Ok(())
    }

    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.within_memory(address, data.len())?;
        let mut at = address as u32;
        for part in data.chunks(self.board.payload_bytes()) {
            self.request(serial::WRITE_MEMORY, at, part.len() as u16, part, 0, None)?;
            at = at.wrapping_add(part.len() as u32);
        }
        Ok(())
    }

    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        loop {
            match self.register(registers::CONTROL, Some(until))? {
                Some(control) if control & control_bits != 0 => return Ok(true),
                Some(_) => {}
                None => return Ok(false),
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            std::thread::sleep(POLL_REST.min(left));
        }
    }

    fn reset(&mut self) -> Result<()> {
        self.request(serial::RESET_KERNEL, 0, 0, &[], 0, None)?;
        Ok(())
    }
}
