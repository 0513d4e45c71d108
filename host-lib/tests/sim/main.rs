//! The device backend on simulated kernels: results, bad input, handshake, device memory, limits,
//! faults and counters.

mod altered;
mod counters;
mod faults;
mod handshake;
mod input;
mod limits;
mod memory;
mod ntt;
mod results;
mod support;
