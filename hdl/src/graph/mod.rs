//! The timed signal graph: wide arithmetic as pipelines.
//!
//! A [`Signal`] knows its width, its largest possible value and the cycle it is valid in.
//! Operations on signals of different cycles insert the balancing registers, carries longer than
//! the [`Target`]'s limit are cut over several cycles, and a value that could exceed its bounds is
//! an error when the graph is built; so latency and width are results and are never typed.
//!
//! A finished graph has three readers: Verilog text, an exact evaluator and a census of operators
//! ([`ArithModule`]). Pipelines run freely: one operand set a cycle, no reset, no stall.
//!
//! Sums are carry-save until a binary value is needed (`rows`); then one addition of any
//! width takes three cycles (`adder`).

mod adder;
mod chunks;
mod delay_line;
mod error;
mod evaluate;
mod finish;
mod module;
mod node;
mod product;
mod rows;
mod target;
mod tile;
mod verilog;

pub use error::GraphError;
pub use module::{
    ArithModule, Census, Evaluator, ModuleSet, NameClash, Port, PortDirection, VerilogModule,
};
pub use node::{Graph, Signal};
pub use target::Target;

pub(crate) use finish::FastBody;
pub(crate) use module::merge_files;
pub(crate) use product::{best_window, karatsuba_levels};
pub(crate) use rows::Rows;
