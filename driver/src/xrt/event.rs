//! Waiting for the end of a command.
//!
//! `clWaitForEvents` has no time limit, and a callback comes on a thread of the runtime's, which may
//! be the one that hangs. So the event is asked how it is, often at first, then every millisecond.

use std::time::{Duration, Instant};

use opencl3::error_codes::ClError;
use opencl3::event::Event;

/// Longest sleep between two looks.
pub(super) const LONGEST_NAP: Duration = Duration::from_millis(1);
/// First sleep; each further one is twice as long.
const FIRST_NAP: Duration = Duration::from_micros(20);

/// Waits for the end of a command; false if `until` passes first.
pub(super) fn await_event(event: &Event, until: Instant) -> Result<bool, ClError> {
    let mut nap = FIRST_NAP;
    loop {
        match event.command_execution_status()?.0 {
            0 => return Ok(true),
            code if code < 0 => return Err(ClError(code)),
            _ => {}
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        std::thread::sleep(nap.min(left));
        nap = (nap * 2).min(LONGEST_NAP);
    }
}
