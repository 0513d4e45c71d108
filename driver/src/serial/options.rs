//! How a line is used, and what the board at its end says of itself.

use std::time::Duration;

use vegalith_abi::serial::{self, identification as field};

/// How a serial line is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialOptions {
    /// Bits a second; the board's manifest has the number.
    pub baud: u32,
    /// How long a first reply is waited for beyond the time that it takes on the line.
    pub reply_timeout: Duration,
    /// Each repeat waits twice as long as the one before it, up to this: a board or a machine that is
    /// slow is not buried under repeats.
    pub longest_reply_timeout: Duration,
    /// How often a request is sent before the link is given up; at least 1.
    pub attempts: u32,
}

impl Default for SerialOptions {
    /// What an image for an LFE5UM5G-85F-EVN needs. A USB adapter may keep a reply for 16 ms.
    fn default() -> Self {
        SerialOptions {
            baud: 2_000_000,
            reply_timeout: Duration::from_millis(100),
            longest_reply_timeout: Duration::from_millis(800),
            attempts: 12,
        }
    }
}

/// What has happened on a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SerialStatistics {
    /// Requests made.
    pub requests: u64,
    /// Requests sent again because no reply came in time.
    pub repeats: u64,
    /// Damaged frames that arrived here.
    pub dropped_frames: u64,
    /// Good frames that answered nothing that was asked: late or doubled replies.
    pub stray_frames: u64,
}

/// What a board says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoardIdentification {
    /// Version of its protocol: major in the high byte.
    pub protocol_version: u16,
    /// Longest payload that it takes.
    pub max_payload_bytes: u16,
    /// Size of its memory.
    pub memory_bytes: u32,
    /// Clock of its kernel.
    pub clock_khz: u32,
    /// Cycles from an address to its first beat in its memory.
    pub latency_cycles: u16,
    /// Damaged frames since its power-up, at most 65,535.
    pub dropped_frames: u16,
    /// Bits of [`vegalith_abi::serial::identification`].
    pub faults: u32,
}

impl BoardIdentification {
    /// Takes the reply's payload apart; `None` if no board of ours wrote it.
    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        let two = |at: usize| {
            Some(u16::from_le_bytes(
                payload.get(at..at + 2)?.try_into().ok()?,
            ))
        };
        let four = |at: usize| {
            Some(u32::from_le_bytes(
                payload.get(at..at + 4)?.try_into().ok()?,
            ))
        };
        if payload.get(field::MAGIC..field::MAGIC + 4)? != field::MAGIC_VALUE {
            return None;
        }
        Some(BoardIdentification {
            protocol_version: two(field::VERSION)?,
            max_payload_bytes: two(field::MAX_PAYLOAD)?,
            memory_bytes: four(field::MEMORY_BYTES)?,
            clock_khz: four(field::CLOCK_KHZ)?,
            latency_cycles: two(field::LATENCY_CYCLES)?,
            dropped_frames: two(field::DROPPED_FRAMES)?,
            faults: four(field::FAULTS)?,
        })
    }

    /// Bytes that a request may carry.
    pub(super) fn payload_bytes(&self) -> usize {
        usize::from(self.max_payload_bytes).clamp(1, serial::MAX_PAYLOAD_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_boards_are_identified() {
        let mut payload = vec![0; field::BYTES];
        assert_eq!(BoardIdentification::parse(&payload), None);
        payload[..4].copy_from_slice(&field::MAGIC_VALUE);
        payload[field::MEMORY_BYTES + 2] = 2;
        payload[field::MAX_PAYLOAD + 1] = 1;
        let found = BoardIdentification::parse(&payload).expect("is one");
        assert_eq!((found.memory_bytes, found.payload_bytes()), (2 << 16, 256));
        assert_eq!(BoardIdentification::parse(&payload[..20]), None);
    }
}
