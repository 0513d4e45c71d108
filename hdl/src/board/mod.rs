//! Boards: a kernel with memory on the chip behind a serial line.

mod banks;
mod bridge;
mod core;
mod crc;
mod design;
mod ecp5;
mod indicators;
mod read_port;
mod receive;
mod socket;
#[cfg(test)]
mod tests;
mod transmit;
mod uart;
mod write_port;

pub use design::{Board, BoardDesign, BoardError};
