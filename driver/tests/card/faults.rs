//! What can go wrong in a driver's system calls and behind them.

use std::time::Duration;

use rand::Rng;

/// What happens to a system call, or to the device when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Fewer bytes are moved than asked for: these 16ths of them.
    Short(u8),
    /// Fewer bytes are moved than asked for, and not a whole number of beats.
    Ragged,
    /// Nothing is moved, without an error.
    Nothing,
    /// A DMA engine or the bus reports an error.
    Io,
    /// The driver has taken the device offline.
    Offline,
    /// A signal came; so often in a row.
    Interrupted(u8),
    /// The link is down for so many calls: registers read as all ones, writes go nowhere, DMA fails.
    LinkDown(u8),
    /// A register write gets lost.
    LostWrite,
    /// The call takes so long, and is carried out after that.
    Stall(Duration),
    /// The device is gone: every call fails, its nodes vanish, until it is plugged in again.
    Vanish,
    /// The image is loaded anew: registers and memory are those of a kernel just loaded. Nothing
    /// tells of it.
    Reload,
    /// The card's reset line resets the kernel and its interconnect; memory keeps its contents.
    /// Nothing tells of it.
    HardReset,
}

impl Fault {
    /// Name without numbers.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Short(_) => "short transfer",
            Fault::Ragged => "ragged transfer",
            Fault::Nothing => "empty transfer",
            Fault::Io => "I/O error",
            Fault::Offline => "driver offline",
            Fault::Interrupted(_) => "interrupted call",
            Fault::LinkDown(_) => "link down",
            Fault::LostWrite => "lost write",
            Fault::Stall(_) => "stall",
            Fault::Vanish => "device vanished",
            Fault::Reload => "image reloaded",
            Fault::HardReset => "hard reset",
        }
    }

    /// Any fault; stalls, which take their time, are about one in `stalls_one_in`.
    pub fn any(rng: &mut impl Rng, longest_stall: Duration, stalls_one_in: u32) -> Self {
        if rng.gen_ratio(1, stalls_one_in) {
            return Fault::Stall(longest_stall.mul_f64(rng.gen_range(0.1..1.0)));
        }
        match rng.gen_range(0..11) {
            0 => Fault::Short(rng.gen_range(1..16)),
            1 => Fault::Ragged,
            2 => Fault::Nothing,
            3 => Fault::Io,
            4 => Fault::Offline,
            5 => Fault::Interrupted(rng.gen_range(1..5)),
            6 => Fault::LinkDown(rng.gen_range(1..30)),
            7 => Fault::LostWrite,
            8 => Fault::Vanish,
            9 => Fault::Reload,
            _ => Fault::HardReset,
        }
    }
}

/// A fault and the system call, counted from 0, that it happens to. Faults that only some calls can
/// have wait for the next of them.
#[derive(Clone, Copy, Debug)]
pub struct Armed {
    pub fault: Fault,
    pub after_calls: u32,
}
