//! What is to be simulated.

use sha2::{Digest, Sha256};

/// Direction of a port, seen from the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Driven by the test.
    Input,
    /// Read by the test.
    Output,
}

/// A port of the top module, the clock excepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name in Verilog.
    pub name: String,
    /// Width in bits, at least 1.
    pub width: usize,
    /// Direction.
    pub direction: Direction,
}

/// Everything that goes into a simulation program.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Top module.
    pub top: String,
    /// Name of the clock input; empty for a block without one.
    pub clock: String,
    /// Ports in any order, without the clock.
    pub ports: Vec<Port>,
    /// File name and Verilog text.
    pub verilog: Vec<(String, String)>,
    /// File name and C++ text of DPI-C functions; a name without an extension gets `.cpp`.
    pub dpi_sources: Vec<(String, String)>,
    /// Preprocessor defines such as `VEGALITH_FAST_LEAF`, optionally `NAME=VALUE`.
    pub defines: Vec<String>,
    /// Compile large designs without optimisation: seconds instead of minutes, for tests of few
    /// cycles.
    pub quick_compile: bool,
}

impl Source {
    /// A source with the clock `clk` and nothing else.
    pub fn new(top: impl Into<String>) -> Self {
        Source {
            top: top.into(),
            clock: "clk".to_owned(),
            ..Source::default()
        }
    }

    /// Sets the name of the clock.
    pub fn clock(mut self, name: impl Into<String>) -> Self {
        self.clock = name.into();
        self
    }

    /// Adds a file of Verilog.
    pub fn file(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.verilog.push((name.into(), text.into()));
        self
    }

    /// Adds C++ text.
    pub fn dpi(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.dpi_sources.push((name.into(), text.into()));
        self
    }

    /// Adds a define.
    pub fn define(mut self, name: impl Into<String>) -> Self {
        self.defines.push(name.into());
        self
    }

    /// Sets [`Self::quick_compile`].
    pub fn quick_compile(mut self) -> Self {
        self.quick_compile = true;
        self
    }

    /// Adds an input port.
    pub fn input(self, name: impl Into<String>, width: usize) -> Self {
        self.port(name, width, Direction::Input)
    }

    /// Adds an output port.
    pub fn output(self, name: impl Into<String>, width: usize) -> Self {
        self.port(name, width, Direction::Output)
    }

    /// Adds a port.
    pub fn port(mut self, name: impl Into<String>, width: usize, direction: Direction) -> Self {
        self.ports.push(Port {
            name: name.into(),
            width,
            direction,
        });
        self
    }

    /// Hash of everything that decides what the program does.
    pub(crate) fn digest(&self, extra: &str) -> String {
        let mut hash = Sha256::new();
        let mut item = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        item(extra);
        item(&self.top);
        item(&self.clock);
        item(if self.quick_compile { "quick" } else { "" });
        for port in &self.ports {
            item(&format!("{port:?}"));
        }
        for (name, text) in self.verilog.iter().chain(&self.dpi_sources) {
            item(name);
            item(text);
        }
        for define in &self.defines {
            item(define);
        }
        hash.finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
