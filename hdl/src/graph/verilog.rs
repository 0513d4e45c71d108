//! The graph as Verilog-2001 text.

use super::finish::FastBody;
use super::node::Op;
use super::{delay_line, Graph, Port, PortDirection, Signal};
use std::collections::BTreeMap;
use std::fmt::Write as _;

struct Writer<'a> {
    graph: &'a Graph,
    live: &'a [bool],
    names: BTreeMap<Signal, String>,
    /// Whether every bit of a named signal is read.
    fully_read: Vec<bool>,
    /// Bits read through slices.
    read: BTreeMap<Signal, Vec<(usize, usize)>>,
    text: String,
    registers: String,
}

/// Complete text of a module.
pub(super) fn module_text(
    graph: &Graph,
    name: &str,
    head: &str,
    ports: &[Port],
    live: &[bool],
    outputs: &[Signal],
    fast: Option<&FastBody>,
) -> String {
    let mut writer = Writer {
        graph,
        live,
        names: BTreeMap::new(),
        fully_read: vec![false; graph.nodes.len()],
        read: BTreeMap::new(),
        text: String::new(),
        registers: String::new(),
    };
    let mut text: String = head
        .lines()
        .map(|line| format!("// {line}").trim_end().to_owned() + "\n")
        .collect();
    let _ = writeln!(text, "module {name} (");
    let mut list = vec!["  input  wire clk".to_owned()];
    for port in ports {
        let direction = match port.direction {
            PortDirection::Input => "input  wire",
            PortDirection::Output => "output wire",
        };
        list.push(format!("  {direction} {}{}", range(port.width), port.name));
    }
    let _ = writeln!(text, "{}\n);", list.join(",\n"));
    writer.body(ports, outputs);
    match fast {
        None => text += &writer.text,
        Some(fast) => {
            let _ = write!(
                text,
                "`ifdef VEGALITH_FAST_LEAF\n{}`else\n{}`endif\n",
                fast.verilog, writer.text
            );
        }
    }
    text + "endmodule\n"
}

fn range(width: usize) -> String {
    if width == 1 {
        String::new()
    } else {
        format!("[{}:0] ", width - 1)
    }
}

impl Writer<'_> {
    fn body(&mut self, ports: &[Port], outputs: &[Signal]) {
        let graph = self.graph;
        for input in &graph.inputs {
            self.names.insert(input.signal, input.name.clone());
        }
        let taps = graph.taps(self.live);
        for index in 0..graph.nodes.len() {
            let signal = Signal(index as u32);
            if !self.live[index] {
                continue;
            }
            self.node(signal);
            if let Some(cycles) = taps.get(&signal) {
                self.delays(signal, cycles);
            }
        }
        for instance in graph.live_instances(self.live) {
            self.instance(instance);
        }
        let output_ports = ports
            .iter()
            .filter(|port| port.direction == PortDirection::Output);
        for (port, &signal) in output_ports.zip(outputs) {
            let value = self.read_all(signal);
            let _ = writeln!(self.text, "  assign {} = {value};", port.name);
        }
        if !self.registers.is_empty() {
            let _ = writeln!(
                self.text,
                "  always @(posedge clk) begin\n{}  end",
                self.registers
            );
        } else if !self.text.contains("(clk)") {
            self.text += "  wire unused_clk = &{1'b0, clk};\n";
        }
        self.unused();
    }

    /// Collects what is declared but not read to the last bit, so that lint knows it is meant.
    fn unused(&mut self) {
        let mut sink = Vec::new();
        for (&signal, name) in &self.names {
            if self.fully_read[signal.index()] || self.graph.constant_value(signal).is_some() {
                continue;
            }
            let width = self.graph.width(signal);
            let mut ranges = self.read.get(&signal).cloned().unwrap_or_default();
            ranges.sort_unstable();
            let mut place = 0;
            for (low, high) in ranges {
                if low > place {
                    break;
                }
                place = place.max(high);
            }
            if place < width {
                sink.push(name.clone());
            }
        }
        if !sink.is_empty() {
            let _ = writeln!(
                self.text,
                "  // Bits that the bounds or the modulus show to be needless.\n  \
                 wire unused = &{{1'b0, {}}};",
                sink.join(", ")
            );
        }
    }

    /// Expression of a whole value; notes that all its bits are read.
    fn read_all(&mut self, signal: Signal) -> String {
        let node = self.graph.node(signal);
        match &node.op {
            Op::Constant(value) => format!("{}'h{value:x}", node.width),
            Op::Slice { source, low } => {
                let (low, high) = (*low, *low + node.width);
                self.read.entry(*source).or_default().push((low, high));
                let name = self.name_of(*source);
                if node.width == 1 && self.graph.width(*source) == 1 {
                    name
                } else if node.width == 1 {
                    format!("{name}[{low}]")
                } else {
                    format!("{name}[{}:{low}]", high - 1)
                }
            }
            _ => {
                self.fully_read[signal.index()] = true;
                self.name_of(signal)
            }
        }
    }

    fn name_of(&self, signal: Signal) -> String {
        self.names
            .get(&signal)
            .cloned()
            .unwrap_or_else(|| format!("n{}", signal.0))
    }

    /// The value with zeros on top.
    fn extended(&mut self, signal: Signal, width: usize) -> String {
        let own = self.graph.width(signal);
        let value = self.read_all(signal);
        if own == width {
            value
        } else {
            format!("{{{}'d0, {value}}}", width - own)
        }
    }

    fn node(&mut self, signal: Signal) {
        let node = self.graph.node(signal);
        let width = node.width;
        let expression = match &node.op {
            // Constants and slices stand where they are used; delays are made by their source.
            Op::Input(_) | Op::Constant(_) | Op::Slice { .. } | Op::Delay { .. } => return,
            Op::Instance { .. } => {
                let name = format!("n{}", signal.0);
                let _ = writeln!(self.text, "  wire {}{name};", range(width));
                self.names.insert(signal, name);
                return;
            }
            Op::Concat(parts) => {
                let parts: Vec<_> = parts
                    .iter()
                    .rev()
                    .map(|&part| self.read_all(part))
                    .collect();
                format!("{{{}}}", parts.join(", "))
            }
            Op::Not(a) => format!("~{}", self.read_all(*a)),
            Op::And(a, b) => format!("{} & {}", self.read_all(*a), self.read_all(*b)),
            Op::Or(a, b) => format!("{} | {}", self.read_all(*a), self.read_all(*b)),
            Op::Xor(a, b) => format!("{} ^ {}", self.read_all(*a), self.read_all(*b)),
            Op::Xor3(a, b, c) => format!(
                "{} ^ {} ^ {}",
                self.read_all(*a),
                self.read_all(*b),
                self.read_all(*c)
            ),
            Op::Majority(a, b, c) => {
                let (a, b, c) = (self.read_all(*a), self.read_all(*b), self.read_all(*c));
                format!("({a} & {b}) | ({c} & ({a} ^ {b}))")
            }
            Op::Add { a, b, carry } => {
                let mut sum = format!("{} + {}", self.read_all(*a), self.read_all(*b));
                if let Some(carry) = carry {
                    sum += &format!(" + {}", self.extended(*carry, width));
                }
                sum
            }
            Op::Sub(a, b) => format!("{} - {}", self.read_all(*a), self.read_all(*b)),
            Op::Mul(a, b) => {
                format!(
                    "{} * {}",
                    self.extended(*a, width),
                    self.extended(*b, width)
                )
            }
            Op::Mux { select, one, zero } => format!(
                "{} ? {} : {}",
                self.read_all(*select),
                self.read_all(*one),
                self.read_all(*zero)
            ),
            Op::Mask { value, bit } => format!(
                "{} & {{{width}{{{}}}}}",
                self.read_all(*value),
                self.read_all(*bit)
            ),
            Op::AnyBit(a) => format!("|{}", self.read_all(*a)),
            Op::AllBits(a) => format!("&{}", self.read_all(*a)),
        };
        let name = format!("n{}", signal.0);
        let _ = writeln!(self.text, "  wire {}{name} = {expression};", range(width));
        self.names.insert(signal, name);
    }

    /// One chain of registers and delay lines with all taps that are wanted of a value.
    fn delays(&mut self, source: Signal, taps: &[usize]) {
        let width = self.graph.width(source);
        let base = match self.graph.node(source).op {
            Op::Slice { .. } => format!("n{}", source.0),
            _ => self.name_of(source),
        };
        let mut previous = self.read_all(source);
        let mut from = 0;
        for &tap in taps {
            let name = format!("{base}_d{tap}");
            if tap - from < delay_line::SHORTEST {
                for step in from + 1..=tap {
                    let name = format!("{base}_d{step}");
                    let _ = writeln!(self.text, "  reg {}{name};", range(width));
                    let _ = writeln!(self.registers, "    {name} <= {previous};");
                    previous = name;
                }
            } else {
                let _ = writeln!(
                    self.text,
                    "  wire {}{name};\n  {} #(.WIDTH({width}), .CYCLES({})) {name}_line \
                     (.clk(clk), .data({previous}), .delayed({name}));",
                    range(width),
                    delay_line::NAME,
                    tap - from
                );
                previous = name.clone();
            }
            // The node of this tap, if it is there, goes by the register's name.
            let delayed = self.graph.delayed(source, tap);
            if let Some(delayed) = delayed {
                self.names.insert(delayed, name);
            }
            from = tap;
        }
    }

    fn instance(&mut self, index: usize) {
        let graph = self.graph;
        let instance = &graph.instances[index];
        let module = &instance.module;
        let mut list = vec![".clk(clk)".to_owned()];
        for (port, &operand) in module.inputs().zip(&instance.inputs) {
            list.push(format!(".{}({})", port.name, self.read_all(operand)));
        }
        for (output, port) in module.outputs().enumerate() {
            let name = graph
                .instance_output(index, output, port.width)
                .filter(|signal| self.live[signal.index()])
                .map(|signal| self.name_of(signal))
                .unwrap_or_default();
            list.push(format!(".{}({name})", port.name));
        }
        let _ = writeln!(
            self.text,
            "  {} unit_{index} (\n    {}\n  );",
            module.name,
            list.join(",\n    ")
        );
    }
}
