//! What a finished graph is handed out as.

use num_bigint::BigUint;
use std::fmt;
use std::sync::Arc;

/// Direction of a port, seen from the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortDirection {
    /// Operand.
    Input,
    /// Result.
    Output,
}

/// A data port; every module has the clock `clk` beside these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name in Verilog.
    pub name: String,
    /// Width in bits.
    pub width: usize,
    /// Direction.
    pub direction: PortDirection,
    /// Input: largest value allowed. Output: largest value that occurs.
    pub max: BigUint,
}

/// Text of one Verilog module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerilogModule {
    /// Module name; the file is `<name>.v`.
    pub name: String,
    /// Complete text.
    pub text: String,
}

/// Operators of a module with everything in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Multiplier tiles (DSP blocks).
    pub tiles: usize,
    /// Bits of carry-propagating adders, incrementers and comparators.
    pub adder_bits: usize,
    /// Bits of 3:2 compressors.
    pub compressor_bits: usize,
    /// Bits of multiplexers, masks and other gates.
    pub logic_bits: usize,
    /// Bits of single registers (delays of one or two cycles).
    pub register_bits: usize,
    /// Bits of longer delay lines, width times cycles: shift-register LUTs or RAM.
    pub delay_bits: usize,
    /// Cycles from inputs to outputs of the outermost module.
    pub depth_cycles: usize,
}

impl Census {
    /// Adds the operators of another block (not its depth).
    pub fn add(&mut self, other: &Census) {
        self.tiles += other.tiles;
        self.adder_bits += other.adder_bits;
        self.compressor_bits += other.compressor_bits;
        self.logic_bits += other.logic_bits;
        self.register_bits += other.register_bits;
        self.delay_bits += other.delay_bits;
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tiles, {} adder bits, {} compressor bits, {} other logic bits, \
             {} register bits, {} delay bits, {} cycles",
            self.tiles,
            self.adder_bits,
            self.compressor_bits,
            self.logic_bits,
            self.register_bits,
            self.delay_bits,
            self.depth_cycles
        )
    }
}

/// Function of a module on its inputs, in port order, without time.
pub type Evaluator = Arc<dyn Fn(&[BigUint]) -> Vec<BigUint> + Send + Sync>;

/// A free-running pipeline (initiation interval 1, no reset) and everything it instantiates.
#[derive(Clone)]
pub struct ArithModule {
    /// Verilog module name.
    pub name: String,
    /// Data ports; inputs first. The clock is `clk`.
    pub ports: Vec<Port>,
    /// Cycles from operands to results, the same for all ports.
    pub latency_cycles: usize,
    /// The module first, then what it instantiates, each name once.
    pub files: Vec<VerilogModule>,
    /// Name (without extension) and C++ text of the fast bodies' DPI-C functions, each name once.
    pub dpi_sources: Vec<(String, String)>,
    /// Operators of the synthesisable bodies, children included.
    pub census: Census,
    pub(crate) evaluator: Evaluator,
}

impl fmt::Debug for ArithModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArithModule")
            .field("name", &self.name)
            .field("ports", &self.ports)
            .field("latency_cycles", &self.latency_cycles)
            .field("census", &self.census)
            .finish_non_exhaustive()
    }
}

impl ArithModule {
    /// Input ports in order.
    pub fn inputs(&self) -> impl Iterator<Item = &Port> {
        self.of(PortDirection::Input)
    }

    /// Output ports in order.
    pub fn outputs(&self) -> impl Iterator<Item = &Port> {
        self.of(PortDirection::Output)
    }

    fn of(&self, direction: PortDirection) -> impl Iterator<Item = &Port> {
        self.ports
            .iter()
            .filter(move |port| port.direction == direction)
    }

    /// The port of a name.
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.name == name)
    }

    /// What the outputs are for given inputs, bit by bit, both in port order.
    ///
    /// Inputs beyond a port's `max` give an unspecified result.
    pub fn evaluate(&self, inputs: &[BigUint]) -> Vec<BigUint> {
        (self.evaluator)(inputs)
    }
}

/// The files of several modules, each once.
#[derive(Clone, Debug, Default)]
pub struct ModuleSet {
    /// Verilog modules in order of first use.
    pub files: Vec<VerilogModule>,
    /// Name and C++ text of DPI-C functions in order of first use.
    pub dpi_sources: Vec<(String, String)>,
    /// Sum over the modules merged; depth is the deepest.
    pub census: Census,
}

/// Two different modules want the same name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two different modules are called {name}")]
pub struct NameClash {
    /// The name.
    pub name: String,
}

impl ModuleSet {
    /// Adds a module with everything it instantiates, and `instances` times its operators.
    ///
    /// Fails if a file of the same name and other text is there already.
    pub fn merge(&mut self, module: &ArithModule, instances: usize) -> Result<(), NameClash> {
        for _ in 0..instances {
            self.census.add(&module.census);
        }
        self.census.depth_cycles = self.census.depth_cycles.max(module.latency_cycles);
        merge_files(&mut self.files, &module.files)?;
        merge_sources(&mut self.dpi_sources, &module.dpi_sources)
    }
}

pub(crate) fn merge_files(
    files: &mut Vec<VerilogModule>,
    more: &[VerilogModule],
) -> Result<(), NameClash> {
    for file in more {
        match files.iter().find(|known| known.name == file.name) {
            None => files.push(file.clone()),
            Some(known) if known.text == file.text => {}
            Some(_) => {
                return Err(NameClash {
                    name: file.name.clone(),
                })
            }
        }
    }
    Ok(())
}

pub(crate) fn merge_sources(
    sources: &mut Vec<(String, String)>,
    more: &[(String, String)],
) -> Result<(), NameClash> {
    for (name, text) in more {
        match sources.iter().find(|(known, _)| known == name) {
            None => sources.push((name.clone(), text.clone())),
            Some((_, known)) if known == text => {}
            Some(_) => return Err(NameClash { name: name.clone() }),
        }
    }
    Ok(())
}
