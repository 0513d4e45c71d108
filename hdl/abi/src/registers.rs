//! Register map of `s_axi_control`: byte offsets of 32-bit words. Offsets not named here read as
//! zero and ignore writes.

/// Bytes of address space that the slave decodes.
pub const SPACE_BYTES: u32 = 0x1000;
/// Width of `s_axi_control_awaddr` and `_araddr`.
pub const ADDRESS_BITS: u32 = 12;

/// Control word with the `ap_ctrl_chain` bits below.
pub const CONTROL: u32 = 0x00;
/// Control bit 0: write 1 to start; reads 1 until the job is done.
pub const CONTROL_START: u32 = 1 << 0;
/// Control bit 1: the job is done; stays until [`CONTROL_CONTINUE`] is written.
pub const CONTROL_DONE: u32 = 1 << 1;
/// Control bit 2: no job is running and none waits to be continued.
pub const CONTROL_IDLE: u32 = 1 << 2;
/// Control bit 3: the kernel can take a start.
pub const CONTROL_READY: u32 = 1 << 3;
/// Control bit 4: write 1 to acknowledge [`CONTROL_DONE`].
pub const CONTROL_CONTINUE: u32 = 1 << 4;
/// Control bit 8: write 1 to reset the kernel: what is under way on its memory ports is brought to an
/// end, then everything but this slave starts anew; reads 1 until then. [`CONTROL_IDLE`] follows.
pub const CONTROL_RESET: u32 = 1 << 8;

/// First argument word; arguments end before [`ARGUMENTS_END`]. All are read/write.
pub const ARGUMENTS: u32 = 0x10;
/// Argument word that no job has: a driver keeps a word of its own there, by which it knows that the
/// kernel is still the one it opened. Resets by [`CONTROL_RESET`] leave it alone, loading does not.
pub const SESSION: u32 = 0x6c;
/// First offset behind the arguments.
pub const ARGUMENTS_END: u32 = 0x70;

/// Arguments of an MSM job.
pub mod msm {
    /// Device address of the points (64 bit), see [`crate::memory::PointLayout`]; 4096-byte aligned.
    pub const POINTS: u32 = 0x10;
    /// Device address of the scalars (64 bit), 32 bytes each; 4096-byte aligned.
    pub const SCALARS: u32 = 0x18;
    /// Device address of the partial sums (64 bit); 4096-byte aligned.
    pub const RESULT: u32 = 0x20;
    /// Number of points (32 bit), at least 1.
    pub const NUM_POINTS: u32 = 0x28;
}

/// Arguments of an NTT job.
pub mod ntt {
    /// Device address of the input (64 bit); 4096-byte aligned.
    pub const SOURCE: u32 = 0x10;
    /// Device address of the output (64 bit), may equal the input; 4096-byte aligned.
    pub const DESTINATION: u32 = 0x18;
    /// Device address of a scratch area as large as the input (64 bit); 4096-byte aligned.
    pub const SCRATCH: u32 = 0x20;
    /// log2 of the transform's size (32 bit).
    pub const LOG_SIZE: u32 = 0x28;
    /// Flag bits (32 bit): [`FLAG_INVERSE`], [`FLAG_COSET`].
    pub const FLAGS: u32 = 0x2c;
    /// Factor that an inverse transform is scaled by (32 bytes, Montgomery form): N⁻¹·R.
    pub const SCALE: u32 = 0x30;
    /// Inverse transform.
    pub const FLAG_INVERSE: u32 = 1 << 0;
    /// Transform over the coset g·⟨ω⟩ instead of ⟨ω⟩.
    pub const FLAG_COSET: u32 = 1 << 1;
}

/// First offset of the identification block; all of it is read only.
pub const IDENTIFICATION: u32 = 0x800;
/// Reads [`MAGIC_VALUE`].
pub const MAGIC: u32 = 0x800;
/// "VGLT" in ASCII, first letter in the lowest byte.
pub const MAGIC_VALUE: u32 = u32::from_le_bytes(*b"VGLT");
/// [`crate::BlockType`].
pub const BLOCK_TYPE: u32 = 0x804;
/// [`crate::AbiVersion::to_word`].
pub const ABI_VERSION: u32 = 0x808;
/// Number of the build; 0 in simulation.
pub const BUILD_ID: u32 = 0x80c;
/// SHA-256 of the preset's canonical configuration (32 bytes in hash order).
pub const PRESET_DIGEST: u32 = 0x810;
/// [`crate::CurveId`] or [`crate::FieldId`].
pub const CAP_KIND: u32 = 0x830;
/// MSM: window width c in bits. NTT: log2 of the largest single-pass size.
pub const CAP_WINDOW: u32 = 0x834;
/// MSM: number of adders. NTT: butterflies that can work in the same cycle.
pub const CAP_UNITS: u32 = 0x838;
/// log2 of the largest job, in points or elements.
pub const CAP_LOG_MAX_SIZE: u32 = 0x83c;
/// Exponent r of the Montgomery radix R = 2^r that the kernel's operands use.
pub const CAP_MONT_BITS: u32 = 0x840;
/// MSM: number of partial sums that a job writes. NTT: 0.
pub const CAP_NUM_PARTIAL_SUMS: u32 = 0x844;
/// Flag bits: [`CAP_FLAG_SHIFTS_IN_PASS`].
pub const CAP_FLAGS: u32 = 0x848;
/// NTT: an inverse transform over a coset is shifted in its last pass. Without this flag the shift is a
/// pass of its own, which reads and writes the output again.
pub const CAP_FLAG_SHIFTS_IN_PASS: u32 = 1 << 0;

/// First offset of the counters; each is 64 bit, read only and cleared when a job starts.
pub const COUNTERS: u32 = 0x880;
/// Cycles from taking a job to its end.
pub const CYCLES: u32 = 0x880;
/// Unit-cycles that an adder or butterfly is taken up by operands that a result depends on.
pub const BUSY: u32 = 0x888;
/// Cycles between the first and the last busy cycle, both included.
pub const ACTIVE_CYCLES: u32 = 0x890;
/// Cycles in which input was held back because the units could not take it.
pub const STALL: u32 = 0x898;
/// Bytes that the masters read.
pub const BYTES_READ: u32 = 0x8a0;
/// Bytes that the masters wrote.
pub const BYTES_WRITTEN: u32 = 0x8a8;

/// Sticky error bits of the job, cleared when a job starts.
pub const ERRORS: u32 = 0x8c0;
/// A read or write response was not OKAY.
pub const ERROR_BUS: u32 = 1 << 0;
/// An argument is out of range; the job ended without touching memory.
pub const ERROR_ARGUMENT: u32 = 1 << 1;
/// An internal queue overflowed: a fault of the design, the result is not to be used.
pub const ERROR_OVERFLOW: u32 = 1 << 2;
