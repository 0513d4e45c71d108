//! What a command that was given up may still use.
//!
//! Releasing it would wait for the command, or pull memory from under it. So it is kept for the
//! rest of the process, or until the unit is asked for again and the command has ended. Until
//! then the unit is refused: its next job would wait behind that command.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use opencl3::event::Event;
use opencl3::memory::Buffer;

use super::event::await_event;
use super::opening::Objects;
use crate::{Error, Result};

/// A compute unit: whether its device is one of XRT's, the device's number, the unit's name.
pub(super) type Key = (bool, usize, String);

/// A job under way.
pub(super) struct Running {
    pub event: Event,
    /// What it reads and writes.
    pub _parts: Vec<Buffer<u8>>,
    pub since: Instant,
}

struct Straggler {
    key: Key,
    /// `None` if it is a copy, which cannot be asked how it is.
    running: Option<Running>,
    _objects: Objects,
    since: Instant,
}

// SAFETY: objects of OpenCL may be used from any thread, and so may XRT's register functions; only
// one thread at a time gets at them here.
unsafe impl Send for Straggler {}

static ALL: Mutex<Vec<Straggler>> = Mutex::new(Vec::new());

/// Keeps what the running job (or a copy) of a device may still use.
pub(super) fn keep(key: Key, objects: Objects, running: Option<Running>) {
    let since = running.as_ref().map_or_else(Instant::now, |r| r.since);
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.push(Straggler {
        key,
        running,
        _objects: objects,
        since,
    });
}

/// Releases what has ended.
///
/// # Errors
/// [`Error::Busy`] if something of the unit's has not.
pub(super) fn check(key: &Key, device: &str) -> Result<()> {
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|straggler| {
        let running = straggler.running.as_ref();
        straggler.key != *key
            || running.is_none_or(|r| matches!(await_event(&r.event, Instant::now()), Ok(false)))
    });
    match all.iter().find(|straggler| straggler.key == *key) {
        None => Ok(()),
        Some(straggler) => Err(Error::Busy {
            device: device.to_owned(),
            holder: format!(
                "a {} that this process gave up, begun {:.1?} ago, which OpenCL cannot stop",
                match straggler.running {
                    Some(_) => "job",
                    None => "copy",
                },
                straggler.since.elapsed()
            ),
        }),
    }
}
