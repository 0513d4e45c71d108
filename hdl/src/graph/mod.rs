//! The timed signal graph.

mod module;
mod target;

pub use module::{
    ArithModule, Census, Evaluator, ModuleSet, NameClash, Port, PortDirection, VerilogModule,
};
pub use target::Target;
