//! A card made of files: a simulated kernel behind nodes that behave like those of the XDMA driver,
//! in a file system of this process.
#![allow(dead_code, reason = "each test uses a part")]

pub mod faults;
pub mod fuse;
pub mod job;
pub mod nodes;
