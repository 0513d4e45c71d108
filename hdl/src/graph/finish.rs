//! From a graph under construction to a module: outputs, liveness, census.

use super::evaluate::Program;
use super::module::{merge_files, merge_sources};
use super::node::{Input, Instance, Op};
use super::{
    delay_line, verilog, ArithModule, Census, Graph, GraphError, Port, PortDirection, Signal,
    VerilogModule,
};
use num_bigint::BigUint;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Body used instead of the generated one under `VEGALITH_FAST_LEAF`.
#[derive(Clone, Debug)]
pub(crate) struct FastBody {
    /// Statements of the module.
    pub(crate) verilog: String,
    /// Name and C++ text of the DPI-C function.
    pub(crate) dpi_source: (String, String),
}

fn too_wide(name: &str, port: &str, width: usize, found: &BigUint) -> GraphError {
    GraphError::Overflow {
        what: format!("{name}.{port}"),
        expected: super::node::ones(width),
        found: found.clone(),
    }
}

impl Graph {
    /// Declares an operand of values up to `max`.
    pub fn input(&mut self, name: &str, max: &BigUint) -> Signal {
        self.input_at(name, max, 0)
    }

    /// [`Self::input`] that comes `cycle` cycles after the others: for results that are fed back.
    pub(crate) fn input_at(&mut self, name: &str, max: &BigUint, cycle: usize) -> Signal {
        let width = (max.bits() as usize).max(1);
        let signal = self.push(Op::Input(self.inputs.len()), width, max.clone(), cycle);
        self.inputs.push(Input {
            name: name.to_owned(),
            signal,
        });
        signal
    }

    /// Instantiates a module; the operands are aligned and must be within its ports' bounds.
    pub fn instance(
        &mut self,
        module: &ArithModule,
        operands: &[Signal],
    ) -> Result<Vec<Signal>, GraphError> {
        let expected = module.inputs().count();
        if expected != operands.len() {
            return Err(GraphError::Operands {
                module: module.name.clone(),
                expected,
                found: operands.len(),
            });
        }
        for (port, &operand) in module.inputs().zip(operands) {
            if *self.max(operand) > port.max {
                return Err(GraphError::Overflow {
                    what: format!("{}.{}", module.name, port.name),
                    expected: port.max.clone(),
                    found: self.max(operand).clone(),
                });
            }
        }
        Ok(self.place(module, operands))
    }

    /// [`Self::instance`] of operands known to fit.
    pub(super) fn place(&mut self, module: &ArithModule, operands: &[Signal]) -> Vec<Signal> {
        let cycle = self.latest(operands);
        let mut inputs = Vec::new();
        for (port, &operand) in module.inputs().zip(operands) {
            let operand = self.resize(operand, port.width);
            inputs.push(self.at(operand, cycle));
        }
        let instance = self.instances.len();
        self.instances.push(Instance {
            module: module.clone(),
            inputs,
        });
        let cycle = cycle + module.latency_cycles;
        module
            .outputs()
            .enumerate()
            .map(|(output, port)| {
                self.push(
                    Op::Instance { instance, output },
                    port.width,
                    port.max.clone(),
                    cycle,
                )
            })
            .collect()
    }

    fn live(&self, outputs: &[Signal]) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        let mut stack: Vec<Signal> = outputs.to_vec();
        while let Some(signal) = stack.pop() {
            if std::mem::replace(&mut live[signal.index()], true) {
                continue;
            }
            match &self.node(signal).op {
                Op::Instance { instance, .. } => {
                    stack.extend(&self.instances[*instance].inputs);
                }
                op => stack.extend(op.operands()),
            }
        }
        live
    }

    /// Instances of which an output is used.
    pub(super) fn live_instances(&self, live: &[bool]) -> BTreeSet<usize> {
        let nodes = self.nodes.iter().zip(live);
        let used = nodes.filter_map(|(node, live)| match node.op {
            Op::Instance { instance, .. } if *live => Some(instance),
            _ => None,
        });
        used.collect()
    }

    /// Closes the graph: all outputs, widened to the width given, in one cycle.
    ///
    /// `head` becomes the comment above the module.
    pub(crate) fn finish(
        mut self,
        name: &str,
        head: &str,
        outputs: &[(&str, Signal, usize)],
        fast: Option<&dyn Fn(usize) -> FastBody>,
    ) -> Result<ArithModule, GraphError> {
        let signals: Vec<_> = outputs.iter().map(|(_, signal, _)| *signal).collect();
        let cycle = self.latest(&signals);
        let mut aligned = Vec::new();
        for &(port, signal, width) in outputs {
            if self.max(signal).bits() > width as u64 {
                return Err(too_wide(name, port, width, self.max(signal)));
            }
            let signal = self.resize(signal, width);
            aligned.push((port, self.at(signal, cycle), width));
        }
        self.finish_as_timed(name, head, &aligned, fast)
    }

    /// [`Self::finish`] with every output in the cycle in which it is there.
    pub(crate) fn finish_as_timed(
        mut self,
        name: &str,
        head: &str,
        outputs: &[(&str, Signal, usize)],
        fast: Option<&dyn Fn(usize) -> FastBody>,
    ) -> Result<ArithModule, GraphError> {
        let signals: Vec<_> = outputs.iter().map(|(_, signal, _)| *signal).collect();
        let cycle = self.latest(&signals);
        let mut ports: Vec<Port> = self
            .inputs
            .iter()
            .map(|input| Port {
                name: input.name.clone(),
                width: self.width(input.signal),
                direction: PortDirection::Input,
                max: self.max(input.signal).clone(),
            })
            .collect();
        let mut last = Vec::new();
        for &(port, signal, width) in outputs {
            if self.max(signal).bits() > width as u64 {
                return Err(too_wide(name, port, width, self.max(signal)));
            }
            let max = self.max(signal).clone();
            last.push(self.resize(signal, width));
            ports.push(Port {
                name: port.to_owned(),
                width,
                direction: PortDirection::Output,
                max,
            });
        }
        let live = self.live(&last);
        let fast = fast.map(|body| body(cycle));
        let census = self.census(&live, cycle);
        let text = verilog::module_text(&self, name, head, &ports, &live, &last, fast.as_ref());
        let mut files = vec![VerilogModule {
            name: name.to_owned(),
            text,
        }];
        let mut dpi_sources: Vec<_> = fast.into_iter().map(|body| body.dpi_source).collect();
        for instance in self.live_instances(&live) {
            let instance = &self.instances[instance];
            merge_files(&mut files, &instance.module.files)?;
            merge_sources(&mut dpi_sources, &instance.module.dpi_sources)?;
        }
        if files
            .iter()
            .any(|file| file.text.contains(delay_line::NAME))
        {
            merge_files(&mut files, &[delay_line::module()])?;
        }
        let program = Program {
            nodes: self.nodes,
            instances: self.instances,
            live,
            outputs: last,
        };
        Ok(ArithModule {
            name: name.to_owned(),
            ports,
            latency_cycles: cycle,
            files,
            dpi_sources,
            census,
            evaluator: Arc::new(move |inputs| program.run(inputs)),
        })
    }

    /// Taps wanted of each delayed value, in cycles, ascending.
    pub(super) fn taps(&self, live: &[bool]) -> BTreeMap<Signal, Vec<usize>> {
        let mut taps: BTreeMap<Signal, Vec<usize>> = BTreeMap::new();
        for (node, _) in self.nodes.iter().zip(live).filter(|(_, live)| **live) {
            if let Op::Delay { source, cycles } = node.op {
                taps.entry(source).or_default().push(cycles);
            }
        }
        for cycles in taps.values_mut() {
            cycles.sort_unstable();
            cycles.dedup();
        }
        taps
    }

    fn census(&self, live: &[bool], depth_cycles: usize) -> Census {
        let mut census = Census {
            depth_cycles,
            ..Census::default()
        };
        for (node, _) in self.nodes.iter().zip(live).filter(|(_, live)| **live) {
            match &node.op {
                Op::Add { .. } | Op::Sub(..) => census.adder_bits += node.width,
                Op::Xor3(..) => census.compressor_bits += node.width,
                Op::Mul(..) => census.tiles += 1,
                Op::And(..) | Op::Or(..) | Op::Xor(..) | Op::Mux { .. } | Op::Mask { .. } => {
                    census.logic_bits += node.width;
                }
                Op::AnyBit(a) | Op::AllBits(a) => {
                    census.logic_bits += self.width(*a).div_ceil(5);
                }
                _ => {}
            }
        }
        for (source, taps) in self.taps(live) {
            let mut from = 0;
            for tap in taps {
                let bits = self.width(source) * (tap - from);
                if tap - from < delay_line::SHORTEST {
                    census.register_bits += bits;
                } else {
                    census.delay_bits += bits;
                }
                from = tap;
            }
        }
        for instance in self.live_instances(live) {
            census.add(&self.instances[instance].module.census);
        }
        census
    }
}
