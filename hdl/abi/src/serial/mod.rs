//! The board's serial link: registers and device memory over a UART (8 data bits, no parity, 1 stop
//! bit), as framed requests and replies. `docs/serial.md` is its description for people.
//!
//! A frame stands between two [`FLAG`] bytes; a byte of it that equals [`FLAG`] or [`ESCAPE`] is sent
//! as [`ESCAPE`] and the byte exclusive-or [`ESCAPE_XOR`] (RFC 1662). Its last four bytes are the
//! [`crc32`] of those before. All numbers are little-endian.
//!
//! ```text
//! request  sequence, opcode, address (4), length (2), payload, CRC (4)
//! reply    sequence, opcode | REPLY, status, payload, CRC (4)
//! ```
//!
//! The host sends one request at a time and repeats it, with the same sequence number, until its reply
//! comes. A new request has the next number. The device answers a repeated one without executing
//! it again, except that a read is read again, and refuses every other number; [`IDENTIFY`] is
//! always accepted and sets the number. Frames that are damaged are dropped and counted.

mod frame;

pub use frame::{encode_frame, FrameDecoder};

/// Version of this protocol: major in the high byte. The host refuses another major version.
pub const PROTOCOL_VERSION: u16 = 0x0100;

/// Stands before and after every frame.
pub const FLAG: u8 = 0x7e;
/// Announces that the next byte was altered by [`ESCAPE_XOR`].
pub const ESCAPE: u8 = 0x7d;
/// What an escaped byte is altered by.
pub const ESCAPE_XOR: u8 = 0x20;

/// Bytes of a request before its payload.
pub const REQUEST_HEADER_BYTES: usize = 8;
/// Bytes of a reply before its payload.
pub const REPLY_HEADER_BYTES: usize = 3;
/// Bytes of the check behind the payload.
pub const CRC_BYTES: usize = 4;
/// Longest payload in either direction.
pub const MAX_PAYLOAD_BYTES: usize = 256;

/// Opcode: says what the board is, see [`identification`]. Address and length are 0.
pub const IDENTIFY: u8 = 0x01;
/// Opcode: reads the kernel's register at `address`; `length` is 4.
pub const READ_REGISTER: u8 = 0x02;
/// Opcode: writes the kernel's register at `address`; `length` is 4.
pub const WRITE_REGISTER: u8 = 0x03;
/// Opcode: reads `length` bytes of device memory, 1 to [`MAX_PAYLOAD_BYTES`].
pub const READ_MEMORY: u8 = 0x04;
/// Opcode: writes `length` bytes of device memory, 1 to [`MAX_PAYLOAD_BYTES`].
pub const WRITE_MEMORY: u8 = 0x05;
/// Opcode: resets the kernel and cancels its memory accesses. Address and length are 0.
pub const RESET_KERNEL: u8 = 0x06;
/// Set in the opcode of every reply.
pub const REPLY: u8 = 0x80;

/// Status: done.
pub const STATUS_OK: u8 = 0;
/// Status: no such opcode.
pub const STATUS_OPCODE: u8 = 1;
/// Status: the length does not fit the opcode or the payload.
pub const STATUS_LENGTH: u8 = 2;
/// Status: the address is out of range or not aligned.
pub const STATUS_ADDRESS: u8 = 3;
/// Status: the kernel's register slave did not answer, or not with OKAY; the kernel needs a reset.
pub const STATUS_BUS: u8 = 4;
/// Status: neither the last sequence number nor the next, or no [`IDENTIFY`] since power-up.
pub const STATUS_SEQUENCE: u8 = 5;

/// Payload of the reply to [`IDENTIFY`]: byte offsets of its fields.
pub mod identification {
    /// Four bytes: [`MAGIC_VALUE`].
    pub const MAGIC: usize = 0;
    /// What stands at [`MAGIC`].
    pub const MAGIC_VALUE: [u8; 4] = *b"VGLS";
    /// Two bytes: [`PROTOCOL_VERSION`](super::PROTOCOL_VERSION) of the board.
    pub const VERSION: usize = 4;
    /// Two bytes: longest payload.
    pub const MAX_PAYLOAD: usize = 6;
    /// Four bytes: size of the device memory.
    pub const MEMORY_BYTES: usize = 8;
    /// Four bytes: clock of the kernel in kHz.
    pub const CLOCK_KHZ: usize = 12;
    /// Two bytes: cycles from an address to its first beat in the board's memory.
    pub const LATENCY_CYCLES: usize = 16;
    /// Two bytes: damaged frames since power-up, at most 65,535.
    pub const DROPPED_FRAMES: usize = 18;
    /// Four bytes: [`FAULT_UNREADY`].
    pub const FAULTS: usize = 20;
    /// Bytes in all.
    pub const BYTES: usize = 24;
    /// A master did not take a read beat in its cycle, against the memory's contract: the beat was
    /// lost. Stays until the kernel is reset.
    pub const FAULT_UNREADY: u32 = 1 << 0;
}

/// CRC-32 of IEEE 802.3: reflected polynomial 0xedb88320, all ones before and inverted after.
pub const CRC_POLYNOMIAL: u32 = 0xedb8_8320;
/// What the check's register holds, before the inversion, behind every good frame with its CRC.
pub const CRC_RESIDUE: u32 = 0xdebb_20e3;

/// The check of some bytes.
pub const fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    let mut index = 0;
    while index < bytes.len() {
        crc = crc32_step(crc, bytes[index]);
        index += 1;
    }
    !crc
}

/// The check's register after one byte more.
const fn crc32_step(mut crc: u32, byte: u8) -> u32 {
    crc ^= byte as u32;
    let mut bit = 0;
    while bit < 8 {
        crc = (crc >> 1) ^ (CRC_POLYNOMIAL & (crc & 1).wrapping_neg());
        bit += 1;
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Check value of the catalogue of parametrised CRC algorithms, CRC-32/ISO-HDLC.
    #[test]
    fn the_check_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn every_good_frame_leaves_the_residue() {
        for body in [&b""[..], b"a", b"some bytes"] {
            let mut frame = body.to_vec();
            frame.extend(crc32(body).to_le_bytes());
            assert_eq!(!crc32(&frame), CRC_RESIDUE);
        }
    }
}
