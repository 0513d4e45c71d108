//! The device backend on kernels that are made for a test: what a simulated one does not do.

mod fake;
mod hardware;
mod memory;
mod recovery;
