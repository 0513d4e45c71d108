//! Cycle-accurate models of the generated kernels.
//!
//! The build generates every simulated preset's Verilog, compiles it with Verilator and links it
//! here. A [`Simulator`] is one such kernel with a memory behind its AXI4 masters and a master on
//! its registers; the clock runs on the C++ side of a `cxx` bridge. A [`BoardSimulator`] is a whole board
//! at its pins, and a [`BoardTerminal`] puts its serial line where programs find it.

mod board;
mod bridge;
mod simulator;

pub use board::{
    boards, BoardSimulator, BoardTerminal, LineReader, LineWriter, ModelOnBoard, Noise,
    NoiseCounts, NoiseRates, TerminalError, TerminalOptions,
};
pub use simulator::{models, Error, Faults, Leaf, Model, Options, Simulator};
