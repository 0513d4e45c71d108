//! Register-transfer level: signals of run-time width inside rust-hdl, leaf blocks, and the
//! collector that turns a rust-hdl hierarchy plus arithmetic modules into Verilog files.

mod carry;
mod count;
mod delay;
mod design;
mod fifo;
mod leaf;
mod ram;
mod wire;

pub use design::{Design, VerilogFile};

pub(crate) use carry::ConstantAdder;
pub(crate) use count::count_text;
pub(crate) use delay::{delay_text, Delay, DelayConfig};
pub(crate) use fifo::{fifo_text, Fifo, FifoConfig};
pub(crate) use leaf::leaf_block;
pub(crate) use ram::{DualPortRam, RamConfig};
pub(crate) use wire::Wire;
