//! The binary layout of an `.xclbin`, as XRT's public header `xclbin.h` fixes it (format `xclbin2`,
//! XRT 2.8 and later). Little-endian; sections start at multiples of 8 bytes.

use bytemuck::{Pod, Zeroable};

/// First bytes of every container.
pub(super) const MAGIC: [u8; 8] = *b"xclbin2\0";
/// Largest number of sections that the format allows.
pub(super) const MAX_SECTIONS: u32 = 0x10000;
/// Value of [`Top::signature_bytes`] when there is no signature.
pub(super) const UNSIGNED: i32 = -1;

/// Kinds of sections that matter to a host program.
pub(super) mod section {
    pub const BITSTREAM: u32 = 0;
    pub const EMBEDDED_METADATA: u32 = 2;
    pub const MEM_TOPOLOGY: u32 = 6;
    pub const CONNECTIVITY: u32 = 7;
    pub const IP_LAYOUT: u32 = 8;
    pub const CLOCK_FREQ_TOPOLOGY: u32 = 11;
    pub const BUILD_METADATA: u32 = 14;
    pub const USER_METADATA: u32 = 16;
    pub const GROUP_TOPOLOGY: u32 = 26;
    pub const GROUP_CONNECTIVITY: u32 = 27;
}

/// Kinds of memory; all others (streams, host memory, …) hold no buffers of a device.
pub(super) mod memory_type {
    pub const DDR3: u8 = 0;
    pub const DDR4: u8 = 1;
    pub const DRAM: u8 = 2;
    pub const HBM: u8 = 6;
    pub const BRAM: u8 = 7;
    pub const URAM: u8 = 8;
}

/// [`IpData::kind`] of a compute unit.
pub(super) const IP_KERNEL: u32 = 1;
/// Shift of the control protocol in [`IpData::properties`].
pub(super) const IP_CONTROL_SHIFT: u32 = 8;
/// Control protocol of a kernel that keeps `ap_done` until `ap_continue`.
pub(super) const AP_CTRL_CHAIN: u32 = 1;
/// Kernel clock of the device, in [`ClockFrequency::kind`].
pub(super) const CLOCK_DATA: u8 = 1;

/// Start of the container, up to the first section header.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Top {
    pub magic: [u8; 8],
    pub signature_bytes: i32,
    /// All ones.
    pub reserved: [u8; 28],
    pub key_block: [[u8; 32]; 8],
    pub unique_id: u64,
    /// Bytes of the whole container.
    pub length: u64,
    /// Seconds since 1970.
    pub time_stamp: u64,
    pub feature_rom_time_stamp: u64,
    pub version_patch: u16,
    pub version_major: u8,
    pub version_minor: u8,
    pub mode: u16,
    pub action_mask: u16,
    /// UUID of the shell that the image was built for.
    pub interface_uuid: [u8; 16],
    /// Name of that shell, zero terminated: `xilinx_u250_gen3x16_xdma_4_1_202210_1`.
    pub platform_vbnv: [[u8; 32]; 2],
    pub uuid: [u8; 16],
    pub debug_binary: [u8; 16],
    pub num_sections: u32,
    pub padding: u32,
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct SectionHeader {
    pub kind: u32,
    pub name: [u8; 16],
    pub padding: u32,
    /// From the start of the container.
    pub offset: u64,
    pub bytes: u64,
}

/// A memory bank. The section is the number of banks (`i32`), 4 bytes of padding, and the banks.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct MemoryData {
    pub kind: u8,
    /// 0 if the bank is not present.
    pub used: u8,
    pub padding: [u8; 6],
    /// In units of 1024 bytes.
    pub kibibytes: u64,
    pub base_address: u64,
    pub tag: [u8; 16],
}

/// Which bank an argument of a compute unit reaches. The section is their number and the entries.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Connection {
    pub argument: i32,
    pub ip: i32,
    pub memory: i32,
}

/// A compute unit. The section is their number (`i32`), 4 bytes of padding, and the entries.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct IpData {
    pub kind: u32,
    pub properties: u32,
    pub base_address: u64,
    /// `kernel:instance`, zero terminated.
    pub name: [[u8; 32]; 2],
}

/// A clock. The section is their number (`i16`) and the entries.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct ClockFrequency {
    pub mhz: u16,
    pub kind: u8,
    pub unused: [u8; 5],
    pub name: [[u8; 32]; 4],
}

/// Bytes in front of the entries of `MEM_TOPOLOGY` and `IP_LAYOUT`.
pub(super) const WIDE_COUNT_BYTES: usize = 8;
/// Bytes in front of the entries of `CONNECTIVITY`.
pub(super) const CONNECTIVITY_COUNT_BYTES: usize = 4;
/// Bytes in front of the entries of `CLOCK_FREQ_TOPOLOGY`.
pub(super) const CLOCK_COUNT_BYTES: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    /// Sizes that XRT asserts of its structures (`axlf` is [`Top`] with one section header).
    #[test]
    fn layouts_are_those_of_xrt() {
        assert_eq!(size_of::<Top>() + size_of::<SectionHeader>(), 496);
        assert_eq!(offset_of!(Top, length), 304);
        assert_eq!(offset_of!(Top, interface_uuid), 336);
        assert_eq!(offset_of!(Top, platform_vbnv), 352);
        assert_eq!(offset_of!(Top, uuid), 416);
        assert_eq!(offset_of!(Top, num_sections), 448);
        assert_eq!(size_of::<SectionHeader>(), 40);
        assert_eq!(offset_of!(SectionHeader, offset), 24);
        assert_eq!(size_of::<MemoryData>(), 40);
        assert_eq!(size_of::<Connection>(), 12);
        assert_eq!(size_of::<IpData>(), 80);
        assert_eq!(size_of::<ClockFrequency>(), 136);
    }
}
