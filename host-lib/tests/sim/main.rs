//! The device backend on simulated kernels: results, bad input, device memory, limits, faults and
//! counters.

mod counters;
mod faults;
mod input;
mod limits;
mod memory;
mod results;
mod support;
