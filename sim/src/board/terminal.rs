//! A simulated board at the end of a pseudo-terminal.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::fs::{fcntl_getfl, fcntl_setfl, OFlags};
use rustix::pty::{grantpt, openpt, ptsname, unlockpt, OpenptFlags};
use rustix::termios::{tcgetattr, tcsetattr, OptionalActions};

use super::{BoardSimulator, LineReader, LineWriter, Noise, NoiseCounts, NoiseRates};
use crate::Error;

/// Clocks between two looks at the terminal: a few bytes of the line.
const SLICE_CLOCKS: usize = 256;
/// How long a restarted board's button is held.
const BUTTON_CLOCKS: u32 = 100;
/// Without any byte for so long, the board's clock runs in short bursts, so that the machine rests.
const BUSY_TIME: Duration = Duration::from_secs(2);
/// Rest between two such bursts.
const REST: Duration = Duration::from_millis(2);
/// Bytes that may wait for the line before no more are taken from the terminal.
const WAITING_BYTES: usize = 4096;

/// How the line behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerminalOptions {
    /// What goes wrong on the way to the board.
    pub to_board: NoiseRates,
    /// What goes wrong on the way from it.
    pub from_board: NoiseRates,
    /// Seed of both.
    pub seed: u64,
}

/// Why a terminal could not be made or served.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// The operating system refused.
    #[error("pseudo-terminal: cannot {action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// Its answer.
        source: io::Error,
    },
    /// The simulation failed.
    #[error(transparent)]
    Simulation(#[from] Error),
}

fn system<E: Into<io::Error>>(action: &'static str) -> impl Fn(E) -> TerminalError {
    move |source| TerminalError::System {
        action,
        source: source.into(),
    }
}

/// A board whose serial line is a pseudo-terminal.
#[derive(Debug)]
pub struct BoardTerminal {
    board: BoardSimulator,
    master: File,
    /// Held open, so that the terminal stays when its user leaves.
    _slave: OwnedFd,
    path: PathBuf,
    writer: LineWriter,
    reader: LineReader,
    to_board: Noise,
    from_board: Noise,
    /// Bytes from the board that the terminal has not taken.
    outgoing: Vec<u8>,
}

impl BoardTerminal {
    /// Makes a terminal for a board.
    ///
    /// # Errors
    /// [`TerminalError::System`] if there is none to be had.
    pub fn open(board: BoardSimulator, options: TerminalOptions) -> Result<Self, TerminalError> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let master = openpt(flags).map_err(system("open one"))?;
        grantpt(&master).map_err(system("grant it"))?;
        unlockpt(&master).map_err(system("unlock it"))?;
        let name = ptsname(&master, Vec::new()).map_err(system("name it"))?;
        let path = PathBuf::from(name.to_string_lossy().into_owned());
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let slave = rustix::fs::open(&path, flags, rustix::fs::Mode::empty())
            .map_err(system("open its other end"))?;
        // No echo and no translation, from the first byte on.
        let mut attributes = tcgetattr(&slave).map_err(system("read its attributes"))?;
        attributes.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &attributes)
            .map_err(system("set its attributes"))?;
        let status = fcntl_getfl(&master).map_err(system("read its flags"))?;
        fcntl_setfl(&master, status | OFlags::NONBLOCK).map_err(system("set its flags"))?;
        let bit_clocks = board.model().bit_clocks;
        Ok(BoardTerminal {
            board,
            master: File::from(master),
            _slave: slave,
            path,
            writer: LineWriter::new(bit_clocks),
            reader: LineReader::new(bit_clocks),
            to_board: Noise::new(options.to_board, options.seed),
            // Another seed: both directions are not to be struck alike.
            from_board: Noise::new(options.from_board, !options.seed),
            outgoing: Vec::new(),
        })
    }

    /// Where the board's users find it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The board.
    pub fn board(&mut self) -> &mut BoardSimulator {
        &mut self.board
    }

    /// What has gone wrong on the line so far, in both directions.
    pub fn noise(&self) -> NoiseCounts {
        self.to_board.counts().and(&self.from_board.counts())
    }

    /// Other rates of what goes wrong from now on. The counts go on.
    pub fn set_noise(&mut self, to_board: NoiseRates, from_board: NoiseRates) {
        self.to_board.set_rates(to_board);
        self.from_board.set_rates(from_board);
    }

    /// Runs the board until `stop` is set.
    ///
    /// # Errors
    /// [`TerminalError`] if terminal or simulation fail.
    pub fn serve(&mut self, stop: &AtomicBool) -> Result<(), TerminalError> {
        let mut last_byte = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            if self.slice()? {
                last_byte = Instant::now();
            } else if last_byte.elapsed() > BUSY_TIME {
                let rest = Timespec {
                    tv_sec: 0,
                    tv_nsec: REST.as_nanos() as _,
                };
                let mut watched = [PollFd::from_borrowed_fd(self.master.as_fd(), PollFlags::IN)];
                match poll(&mut watched, Some(&rest)) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(system("wait for it")(error)),
                }
            }
        }
        Ok(())
    }

    /// A few hundred clocks; whether a byte passed in either direction.
    fn slice(&mut self) -> Result<bool, TerminalError> {
        let mut active = !self.writer.is_idle() || !self.reader.is_idle();
        if self.writer.waiting() < WAITING_BYTES {
            let mut bytes = [0; 512];
            let count = match self.master.read(&mut bytes) {
                Ok(count) => count,
                Err(error) if is_passing(&error) => 0,
                Err(error) => return Err(system("read from it")(error)),
            };
            active |= count > 0;
            for &byte in &bytes[..count] {
                let writer = &mut self.writer;
                self.to_board
                    .pass(byte, |byte, pause| writer.push(byte, pause));
            }
        }
        let (mut driven, mut seen) = ([1; SLICE_CLOCKS], [1; SLICE_CLOCKS]);
        self.writer.fill(&mut driven);
        let restart = if active {
            self.to_board.restart(SLICE_CLOCKS)
        } else {
            None
        };
        match restart {
            None => self.board.exchange(&driven, &mut seen)?,
            Some(clock) => {
                self.board.exchange(&driven[..clock], &mut seen[..clock])?;
                self.board.press_button(BUTTON_CLOCKS)?;
                self.board.exchange(&driven[clock..], &mut seen[clock..])?;
            }
        }
        for level in seen {
            if let Some(byte) = self.reader.push(level) {
                active = true;
                let outgoing = &mut self.outgoing;
                // A pause on this side is a pause of the program's own machine: nothing to simulate.
                self.from_board.pass(byte, |byte, _| outgoing.push(byte));
            }
        }
        if !self.outgoing.is_empty() {
            match self.master.write(&self.outgoing) {
                Ok(count) => drop(self.outgoing.drain(..count)),
                // Nobody reads: what does not fit is lost, as on a line without flow control.
                Err(error) if is_passing(&error) => {
                    if self.outgoing.len() > WAITING_BYTES {
                        self.outgoing.clear();
                    }
                }
                Err(error) => return Err(system("write to it")(error)),
            }
        }
        Ok(active)
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
