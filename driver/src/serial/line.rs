//! A terminal as a pipe of bytes with time limits.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::fs::{open, Mode, OFlags};
use rustix::io::{read, write, Errno};
use rustix::termios::{
    isatty, tcflush, tcgetattr, tcsetattr, ControlModes, OptionalActions, QueueSelector,
    SpecialCodeIndex,
};

use crate::{Error, Result, Unavailability};

/// An open terminal in raw mode.
#[derive(Debug)]
pub(super) struct Line {
    descriptor: OwnedFd,
    name: String,
}

impl Line {
    /// Opens the terminal `path` at a speed: 8 data bits, no parity, 1 stop bit, no flow control.
    pub(super) fn open(path: &Path, baud: u32, name: &str) -> Result<Self> {
        let refuse = |cause, expected: &str, found: String, remedy: String| Error::Unavailable {
            device: name.to_owned(),
            cause,
            expected: expected.to_owned(),
            found,
            remedy,
        };
        let shown = path.display();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let descriptor = open(path, flags, Mode::empty()).map_err(|errno| match errno {
            Errno::ACCESS | Errno::PERM => refuse(
                Unavailability::PermissionDenied,
                "a terminal that may be read and written",
                format!("{shown}: {errno}"),
                "add the user to the group of the device file (`ls -l` shows it; often dialout) \
                 and log in again"
                    .to_owned(),
            ),
            Errno::NOENT | Errno::NXIO | Errno::NODEV | Errno::IO => refuse(
                Unavailability::Missing,
                "a serial device",
                format!("{shown}: {errno}"),
                "plug in the board; `ls /dev/ttyUSB*` shows adapters, and a board with two \
                 channels has its serial line on the second"
                    .to_owned(),
            ),
            Errno::BUSY => refuse(
                Unavailability::Busy,
                "a serial device that nobody uses",
                format!("{shown}: {errno}"),
                "end the program that uses it; `fuser` names it".to_owned(),
            ),
            errno => refuse(
                Unavailability::Failed,
                "a serial device",
                format!("{shown}: {errno}"),
                "see the kernel's messages in `dmesg`".to_owned(),
            ),
        })?;
        if !isatty(&descriptor) {
            return Err(refuse(
                Unavailability::NoDriver,
                "a terminal",
                format!("{shown} is none"),
                "name the device file of a serial line, such as /dev/ttyUSB1".to_owned(),
            ));
        }
        set_raw(&descriptor, baud).map_err(|errno| {
            refuse(
                Unavailability::Failed,
                "a terminal of that speed",
                format!("{shown} at {baud} baud: {errno}"),
                "use an adapter that has it".to_owned(),
            )
        })?;
        Ok(Line {
            descriptor,
            name: name.to_owned(),
        })
    }

    fn down(&self, action: &str, reason: &str) -> Error {
        Error::LinkDown {
            device: self.name.clone(),
            reason: format!("{action}: {reason}; plug the board in again if it was removed"),
        }
    }

    /// Whether the line can be read, or written, before `until`.
    fn wait(&self, flags: PollFlags, until: Instant) -> Result<bool> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let timeout = Timespec {
                tv_sec: left.as_secs() as _,
                tv_nsec: left.subsec_nanos().into(),
            };
            let mut watched = [PollFd::from_borrowed_fd(self.descriptor.as_fd(), flags)];
            match poll(&mut watched, Some(&timeout)) {
                Ok(0) if left.is_zero() => return Ok(false),
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(true),
                Err(errno) => return Err(self.down("waiting", &errno.to_string())),
            }
        }
    }

    /// Sends all bytes; false if the line takes them too slowly.
    pub(super) fn send(&self, mut bytes: &[u8], until: Instant) -> Result<bool> {
        while !bytes.is_empty() {
            match write(&self.descriptor, bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    if !self.wait(PollFlags::OUT, until)? {
                        return Ok(false);
                    }
                }
                Err(errno) => return Err(self.down("sending", &errno.to_string())),
            }
        }
        Ok(true)
    }

    /// What has arrived, as soon as there is anything; nothing if that is not before `until`.
    pub(super) fn receive<'a>(&self, buffer: &'a mut [u8], until: Instant) -> Result<&'a [u8]> {
        loop {
            match read(&self.descriptor, &mut *buffer) {
                // A terminal that is gone reads as its end.
                Ok(0) => return Err(self.down("receiving", "the device is gone")),
                Ok(count) => return Ok(&buffer[..count]),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    if !self.wait(PollFlags::IN, until)? {
                        return Ok(&[]);
                    }
                }
                Err(errno) => return Err(self.down("receiving", &errno.to_string())),
            }
        }
    }

    /// Forgets what has arrived.
    pub(super) fn discard(&self) -> Result<()> {
        tcflush(&self.descriptor, QueueSelector::IFlush)
            .map_err(|errno| self.down("emptying the line", &errno.to_string()))
    }
}

fn set_raw(descriptor: &OwnedFd, baud: u32) -> rustix::io::Result<()> {
    let mut attributes = tcgetattr(descriptor)?;
    attributes.make_raw();
    attributes.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
    attributes.control_modes -= ControlModes::CSTOPB | ControlModes::CRTSCTS;
    // A read that finds nothing says so instead of ending the file.
    attributes.special_codes[SpecialCodeIndex::VMIN] = 1;
    attributes.special_codes[SpecialCodeIndex::VTIME] = 0;
    attributes.set_speed(baud)?;
    tcsetattr(descriptor, OptionalActions::Now, &attributes)?;
    tcflush(descriptor, QueueSelector::IOFlush)
}

/// Time that bytes take on a line, each with start and stop bit.
pub(super) fn line_time(bytes: usize, baud: u32) -> Duration {
    Duration::from_secs_f64(bytes as f64 * 10.0 / f64::from(baud.max(1)))
}
