//! How a card is laid out and how long it may take.

use std::path::PathBuf;
use std::time::Duration;

/// Bytes of a beat on the device's memory bus: what transfers are aligned to.
pub(super) const BEAT_BYTES: u64 = vegalith_abi::memory::BEAT_BYTES as u64;

/// Where the operating system shows devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcieRoots {
    /// `/sys`.
    pub sysfs: PathBuf,
    /// `/dev`.
    pub dev: PathBuf,
}

impl Default for PcieRoots {
    fn default() -> Self {
        PcieRoots {
            sysfs: PathBuf::from("/sys"),
            dev: PathBuf::from("/dev"),
        }
    }
}

/// How a card is laid out and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcieOptions {
    /// Device memory that the kernel and the DMA engines both reach; a multiple of 64 bytes.
    pub memory_bytes: u64,
    /// Address of that memory's first byte on the DMA engines' bus; a multiple of 64. The kernel
    /// sees that byte at address 0.
    pub memory_base: u64,
    /// Offset of the kernel's registers in the BAR behind `PREFIX_user`; a multiple of 4.
    pub register_base: u64,
    /// DMA channel: the number at the end of `PREFIX_h2c_0` and `PREFIX_c2h_0`.
    pub channel: u32,
    /// User interrupt that the end of a job raises: the number at the end of `PREFIX_events_0`. It
    /// only shortens waiting; without such a node, or when it does not fire, the kernel is polled.
    pub event: u32,
    /// Longest register access.
    pub register_limit: Duration,
    /// Longest reset of the kernel, which first ends the transfers that it has under way.
    pub reset_limit: Duration,
    /// Largest piece in which memory is copied; a multiple of 64.
    pub chunk_bytes: usize,
    /// Longest copy of one piece. More than the driver's own limit, which gives a better error.
    pub chunk_limit: Duration,
    /// Where the operating system shows devices.
    pub roots: PcieRoots,
}

impl Default for PcieOptions {
    /// One bank of 16 GiB, the kernel at the start of the BAR. The driver gives up a transfer after
    /// 10 s unless told otherwise when it is loaded.
    fn default() -> Self {
        PcieOptions {
            memory_bytes: 16 << 30,
            memory_base: 0,
            register_base: 0,
            channel: 0,
            event: 0,
            register_limit: Duration::from_secs(5),
            reset_limit: Duration::from_secs(10),
            chunk_bytes: 4 << 20,
            chunk_limit: Duration::from_secs(15),
            roots: PcieRoots::default(),
        }
    }
}

impl PcieOptions {
    /// What is wrong with them.
    pub(super) fn fault(&self) -> Option<String> {
        let positions_end = i64::MAX as u64;
        let multiple = |name, value: u64, of: u64| {
            let wrong = !value.is_multiple_of(of);
            wrong.then(|| format!("{name} is {value:#x}, expected a multiple of {of}"))
        };
        let positive = |name, is_zero: bool| is_zero.then(|| format!("{name} is 0"));
        let within = |name, start: u64, bytes: u64| {
            let end = start.checked_add(bytes);
            let outside = end.is_none_or(|end| end > positions_end);
            outside.then(|| format!("{name} is {start:#x}, beyond what a file position can be"))
        };
        multiple("memory_bytes", self.memory_bytes, BEAT_BYTES)
            .or_else(|| multiple("memory_base", self.memory_base, BEAT_BYTES))
            .or_else(|| multiple("register_base", self.register_base, 4))
            .or_else(|| multiple("chunk_bytes", self.chunk_bytes as u64, BEAT_BYTES))
            .or_else(|| positive("memory_bytes", self.memory_bytes == 0))
            .or_else(|| positive("chunk_bytes", self.chunk_bytes == 0))
            .or_else(|| positive("register_limit", self.register_limit.is_zero()))
            .or_else(|| positive("reset_limit", self.reset_limit.is_zero()))
            .or_else(|| positive("chunk_limit", self.chunk_limit.is_zero()))
            .or_else(|| within("memory_base", self.memory_base, self.memory_bytes))
            .or_else(|| {
                let space = u64::from(vegalith_abi::registers::SPACE_BYTES);
                within("register_base", self.register_base, space)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_named() {
        assert_eq!(PcieOptions::default().fault(), None);
        let changed = |change: fn(&mut PcieOptions)| {
            let mut options = PcieOptions::default();
            change(&mut options);
            options.fault().unwrap()
        };
        for (name, fault) in [
            ("memory_bytes", changed(|o| o.memory_bytes = 4100)),
            ("memory_bytes", changed(|o| o.memory_bytes = 0)),
            ("memory_base", changed(|o| o.memory_base = 32)),
            ("memory_base", changed(|o| o.memory_base = 1 << 63)),
            ("register_base", changed(|o| o.register_base = 2)),
            ("register_base", changed(|o| o.register_base = u64::MAX - 3)),
            ("chunk_bytes", changed(|o| o.chunk_bytes = 100)),
            ("chunk_bytes", changed(|o| o.chunk_bytes = 0)),
            ("chunk_limit", changed(|o| o.chunk_limit = Duration::ZERO)),
            (
                "register_limit",
                changed(|o| o.register_limit = Duration::ZERO),
            ),
            ("reset_limit", changed(|o| o.reset_limit = Duration::ZERO)),
        ] {
            assert!(fault.starts_with(name), "{fault}");
        }
    }
}
