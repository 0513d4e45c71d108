//! What only the machine can do, instructions and advice on memory: the only `unsafe` code of this crate.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
pub mod avx512;
pub mod huge_pages;
