//! Files of points, scalars and field elements: plain concatenated little-endian canonical values.
//!
//! | item | bytes |
//! |---|---|
//! | scalar or field element | 32 (Goldilocks 8) |
//! | G1 point | x‖y, 32 bytes each (BN254) or 48 (BLS12) |
//! | G2 point | x.c0‖x.c1‖y.c0‖y.c1 |
//! | infinity | all zero |
//!
//! What is read is checked completely, so that bases from a file may be loaded as trusted; the
//! first fault is reported with the file's name and the item's index. What is written appears under
//! its name only when it is complete; [`write_atomically`] and [`write_new`] do so for any content;
//! [`check_writable`] foretells whether they can.

mod error;
mod publish;
mod read;
mod write;

pub use error::FileError;
pub use publish::{check_writable, write_atomically, write_new};
pub use read::{read_bases, read_elements, read_scalars};
pub use write::{write_bases, write_elements, write_scalars};

#[cfg(test)]
mod tests;
