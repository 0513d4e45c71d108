//! The thread that makes the system calls of one device.

use std::fs::File;
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::io::{pread, pwrite, Errno};
use vegalith_abi::registers;

use super::aligned::Aligned;
use super::failure::Failure;
use super::nodes::Nodes;
use super::options::BEAT_BYTES;

/// For this long the kernel is polled without a pause: many jobs of small kernels end by then.
const POLL_AT_ONCE: Duration = Duration::from_micros(50);
const FIRST_PAUSE: Duration = Duration::from_micros(10);
/// Longest pause without an interrupt: what a wait may be too long at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(1);
/// The same once the device has shown that it raises interrupts.
const LONGEST_PAUSE_WITH_EVENTS: Duration = Duration::from_millis(20);
/// How often in a row a copy may move less than a beat.
const ATTEMPTS_WITHOUT_PROGRESS: u32 = 16;
/// How often a register is read until it shows what was written.
const READS_BACK: u32 = 3;

/// What the thread is asked for. Buffers travel along, since whoever asked may have given up when
/// the system call ends.
pub(super) enum Request {
    ReadRegister {
        offset: u32,
    },
    WriteRegister {
        offset: u32,
        value: u32,
    },
    /// Waits for one of `bits` in the control register.
    WaitControl {
        bits: u32,
        until: Instant,
    },
    /// Fills the first `bytes` of the buffer from the device's memory.
    ReadMemory {
        position: u64,
        buffer: Aligned,
        bytes: usize,
    },
    /// Copies the first `bytes` of the buffer to the device's memory.
    WriteMemory {
        position: u64,
        buffer: Aligned,
        bytes: usize,
    },
}

/// A request with what is needed to answer it in time.
pub(super) struct Order {
    pub(super) request: Request,
    pub(super) started: Instant,
    pub(super) limit: Duration,
    /// Word that the device must hold behind a copy.
    pub(super) session: Option<u32>,
}

/// Answer to a request.
pub(super) enum Reply {
    Done,
    Word(u32),
    Seen(bool),
    Buffer(Aligned),
}

/// Serves orders until nobody is left to give any.
pub(super) fn serve(
    nodes: Nodes,
    register_base: u64,
    orders: &Receiver<Order>,
    replies: &Sender<Result<Reply, Failure>>,
) {
    let mut worker = Worker {
        nodes,
        register_base,
        events_seen: false,
    };
    while let Ok(order) = orders.recv() {
        let reply = worker.execute(order);
        if replies.send(reply).is_err() {
            return;
        }
    }
}

struct Worker {
    nodes: Nodes,
    register_base: u64,
    events_seen: bool,
}

/// Limit of an order and what it is about, for loops around system calls.
struct Bound<'a> {
    started: Instant,
    limit: Duration,
    action: &'a dyn Fn() -> String,
}

impl Bound<'_> {
    fn check(&self) -> Result<(), Failure> {
        match self.started.elapsed() < self.limit {
            true => Ok(()),
            false => Err(Failure::Late {
                action: (self.action)(),
                limit: self.limit,
            }),
        }
    }

    /// Makes a system call again as long as it is interrupted.
    fn call(&self, mut call: impl FnMut() -> Result<usize, Errno>) -> Result<usize, Failure> {
        loop {
            match call() {
                Ok(bytes) => return Ok(bytes),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => std::thread::sleep(LONGEST_PAUSE),
                Err(errno) => return Err(Failure::of_call((self.action)(), errno)),
            }
            self.check()?;
        }
    }
}

impl Request {
    /// In the words of an error.
    pub(super) fn action(&self) -> String {
        match self {
            Request::ReadRegister { offset } => format!("reading register {offset:#x}"),
            Request::WriteRegister { offset, .. } => format!("writing register {offset:#x}"),
            Request::WaitControl { .. } => "waiting for the kernel".to_owned(),
            Request::ReadMemory {
                position, bytes, ..
            } => memory_action("reading", *bytes, *position),
            Request::WriteMemory {
                position, bytes, ..
            } => memory_action("writing", *bytes, *position),
        }
    }
}

impl Worker {
    fn execute(&mut self, order: Order) -> Result<Reply, Failure> {
        let Order {
            request,
            started,
            limit,
            session,
        } = order;
        let bound = |action| Bound {
            started,
            limit,
            action,
        };
        match request {
            Request::ReadRegister { offset } => {
                let action = || Request::ReadRegister { offset }.action();
                self.read(offset, &bound(&action)).map(Reply::Word)
            }
            Request::WriteRegister { offset, value } => {
                let action = || Request::WriteRegister { offset, value }.action();
                self.write(offset, value, &bound(&action))
            }
            Request::WaitControl { bits, until } => {
                let action = || Request::WaitControl { bits, until }.action();
                self.wait(bits, until, &bound(&action)).map(Reply::Seen)
            }
            Request::ReadMemory {
                position,
                mut buffer,
                bytes,
            } => {
                let action = || memory_action("reading", bytes, position);
                let bound = bound(&action);
                let data = &mut buffer.bytes_mut()[..bytes];
                let card_to_host = &self.nodes.card_to_host;
                transfer(bytes, &bound, |done| {
                    pread(card_to_host, &mut data[done..], position + done as u64)
                })?;
                self.is_there(session, &bound)?;
                Ok(Reply::Buffer(buffer))
            }
            Request::WriteMemory {
                position,
                buffer,
                bytes,
            } => {
                let action = || memory_action("writing", bytes, position);
                let bound = bound(&action);
                let data = &buffer.bytes()[..bytes];
                let host_to_card = &self.nodes.host_to_card;
                transfer(bytes, &bound, |done| {
                    pwrite(host_to_card, &data[done..], position + done as u64)
                })?;
                self.is_there(session, &bound)?;
                Ok(Reply::Buffer(buffer))
            }
        }
    }

    /// One word. All ones are believed only if the register still reads so after another one read
    /// otherwise: a link may be down for a single access.
    fn read(&self, offset: u32, bound: &Bound<'_>) -> Result<u32, Failure> {
        let word = self.read_raw(offset, bound)?;
        let is_dead = word == u32::MAX
            && (offset == registers::MAGIC
                || self.read_raw(registers::MAGIC, bound)? == u32::MAX
                || self.read_raw(offset, bound)? != u32::MAX);
        match is_dead {
            true => Err(Failure::AllOnes {
                action: (bound.action)(),
            }),
            false => Ok(word),
        }
    }

    fn read_raw(&self, offset: u32, bound: &Bound<'_>) -> Result<u32, Failure> {
        let position = self.register_base + u64::from(offset);
        let mut word = [0; 4];
        let moved = bound.call(|| pread(&self.nodes.user, &mut word, position))?;
        whole_word(moved, bound)?;
        Ok(u32::from_le_bytes(word))
    }

    /// What a wrong result could come from is read back: a lost argument makes another job, and a
    /// lost acknowledgement makes the next job look done before it has begun.
    fn write(&self, offset: u32, value: u32, bound: &Bound<'_>) -> Result<Reply, Failure> {
        let position = self.register_base + u64::from(offset);
        let word = value.to_le_bytes();
        let moved = bound.call(|| pwrite(&self.nodes.user, &word, position))?;
        whole_word(moved, bound)?;
        let is_argument = (registers::ARGUMENTS..registers::ARGUMENTS_END).contains(&offset);
        let is_acknowledgement =
            offset == registers::CONTROL && value & registers::CONTROL_CONTINUE != 0;
        if is_argument {
            self.read_back(offset, value, |found| found == value, bound)?;
        } else if is_acknowledgement {
            let is_taken = |found| found & registers::CONTROL_DONE == 0;
            self.read_back(offset, value, is_taken, bound)?;
        }
        Ok(Reply::Done)
    }

    /// A bridge may have the read served while the slave still takes the write, hence more than one
    /// look.
    fn read_back(
        &self,
        offset: u32,
        expected: u32,
        is_taken: impl Fn(u32) -> bool,
        bound: &Bound<'_>,
    ) -> Result<(), Failure> {
        let mut found = 0;
        for _ in 0..READS_BACK {
            found = self.read(offset, bound)?;
            if is_taken(found) {
                return Ok(());
            }
        }
        Err(Failure::NotTaken {
            offset,
            expected,
            found,
        })
    }

    /// Whether the device is still the one that was opened.
    fn is_there(&self, session: Option<u32>, bound: &Bound<'_>) -> Result<(), Failure> {
        let Some(expected) = session else {
            return self.read(registers::MAGIC, bound).map(drop);
        };
        let found = self.read(registers::SESSION, bound)?;
        match found == expected {
            true => Ok(()),
            false => Err(Failure::OtherSession {
                action: (bound.action)(),
                expected,
                found,
            }),
        }
    }

    fn wait(&mut self, bits: u32, until: Instant, bound: &Bound<'_>) -> Result<bool, Failure> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            if self.read(registers::CONTROL, bound)? & bits != 0 {
                return Ok(true);
            }
            let now = Instant::now();
            if now >= until {
                return Ok(false);
            }
            if now - started < POLL_AT_ONCE {
                continue;
            }
            self.pause(pause.min(until - now));
            let longest = match self.events_seen {
                true => LONGEST_PAUSE_WITH_EVENTS,
                false => LONGEST_PAUSE,
            };
            pause = (pause * 2).min(longest);
        }
    }

    /// Sleeps, less long if the device raises its interrupt.
    fn pause(&mut self, duration: Duration) {
        let Some(events) = &self.nodes.events else {
            std::thread::sleep(duration);
            return;
        };
        match wait_event(events, duration) {
            Ok(seen) => self.events_seen |= seen,
            Err(_) => {
                // The registers tell whether the device is well.
                self.nodes.events = None;
                self.events_seen = false;
                std::thread::sleep(duration);
            }
        }
    }
}

/// Whether the event came within `duration`; it is cleared.
fn wait_event(events: &File, duration: Duration) -> Result<bool, Errno> {
    let timeout = Timespec {
        tv_sec: duration.as_secs() as _,
        tv_nsec: duration.subsec_nanos() as _,
    };
    let mut nodes = [PollFd::from_borrowed_fd(events.as_fd(), PollFlags::IN)];
    match poll(&mut nodes, Some(&timeout)) {
        Ok(0) | Err(Errno::INTR) => return Ok(false),
        Ok(_) => {}
        Err(errno) => return Err(errno),
    }
    if nodes[0].revents() != PollFlags::IN {
        return Err(Errno::IO);
    }
    // The number of interrupts since the last look. Does not sleep: nobody else can have read it.
    match pread(events, &mut [0; 4], 0) {
        Ok(_) | Err(Errno::INTR | Errno::AGAIN) => Ok(true),
        Err(errno) => Err(errno),
    }
}

fn memory_action(verb: &str, bytes: usize, position: u64) -> String {
    format!("{verb} {bytes} bytes of device memory at {position:#x}")
}

fn whole_word(moved: usize, bound: &Bound<'_>) -> Result<(), Failure> {
    match moved {
        4 => Ok(()),
        found => Err(Failure::NoProgress {
            action: (bound.action)(),
            expected: 4,
            found,
        }),
    }
}

/// Makes `call`, which takes the number of bytes done, until all is moved. A short transfer is gone
/// on with from the last whole beat, so that no transfer begins within one.
fn transfer(
    bytes: usize,
    bound: &Bound<'_>,
    mut call: impl FnMut(usize) -> Result<usize, Errno>,
) -> Result<(), Failure> {
    let mut done = 0;
    let mut idle_attempts = 0;
    while done < bytes {
        let moved = bound.call(|| call(done))?;
        if moved >= bytes - done {
            // More than was asked for is nothing that a system call does.
            done = bytes;
            continue;
        }
        let beats = moved - moved % BEAT_BYTES as usize;
        done += beats;
        idle_attempts = if beats == 0 { idle_attempts + 1 } else { 0 };
        if moved == 0 || idle_attempts == ATTEMPTS_WITHOUT_PROGRESS {
            return Err(Failure::NoProgress {
                action: (bound.action)(),
                expected: bytes,
                found: done,
            });
        }
        bound.check()?;
    }
    Ok(())
}
