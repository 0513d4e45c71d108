//! Nodes of the graph, their construction with folding and sharing, and alignment in time.

use super::{ArithModule, Target};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use std::collections::HashMap;

/// A value in a graph. It belongs to the graph that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signal(pub(super) u32);

impl Signal {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node does. Operands of a combinational operation share a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Input(usize),
    Constant(BigUint),
    /// Low part first.
    Concat(Vec<Signal>),
    Slice {
        source: Signal,
        low: usize,
    },
    Not(Signal),
    And(Signal, Signal),
    Or(Signal, Signal),
    Xor(Signal, Signal),
    Xor3(Signal, Signal, Signal),
    Majority(Signal, Signal, Signal),
    /// a + b + carry mod 2^width.
    Add {
        a: Signal,
        b: Signal,
        carry: Option<Signal>,
    },
    /// a − b mod 2^width.
    Sub(Signal, Signal),
    Mul(Signal, Signal),
    Mux {
        select: Signal,
        one: Signal,
        zero: Signal,
    },
    /// `value` if `bit`, else 0.
    Mask {
        value: Signal,
        bit: Signal,
    },
    AnyBit(Signal),
    AllBits(Signal),
    /// `source` of `cycles` cycles ago; `source` is no delay itself.
    Delay {
        source: Signal,
        cycles: usize,
    },
    Instance {
        instance: usize,
        output: usize,
    },
}

impl Op {
    pub(super) fn operands(&self) -> Vec<Signal> {
        match self {
            Op::Input(_) | Op::Constant(_) | Op::Instance { .. } => Vec::new(),
            Op::Concat(parts) => parts.clone(),
            Op::Slice { source, .. } | Op::Delay { source, .. } => vec![*source],
            Op::Not(a) | Op::AnyBit(a) | Op::AllBits(a) => vec![*a],
            Op::And(a, b) | Op::Or(a, b) | Op::Xor(a, b) | Op::Sub(a, b) | Op::Mul(a, b) => {
                vec![*a, *b]
            }
            Op::Xor3(a, b, c) | Op::Majority(a, b, c) => vec![*a, *b, *c],
            Op::Add { a, b, carry } => [*a, *b].into_iter().chain(*carry).collect(),
            Op::Mux { select, one, zero } => vec![*select, *one, *zero],
            Op::Mask { value, bit } => vec![*value, *bit],
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) op: Op,
    pub(super) width: usize,
    pub(super) max: BigUint,
    /// Meaningless for constants, which are always there.
    pub(super) cycle: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) module: ArithModule,
    pub(super) inputs: Vec<Signal>,
}

#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) signal: Signal,
}

/// A pipeline under construction.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(super) target: Target,
    pub(super) nodes: Vec<Node>,
    pub(super) inputs: Vec<Input>,
    pub(super) instances: Vec<Instance>,
    shared: HashMap<(Op, usize), Signal>,
}

/// 2^bits − 1.
pub(crate) fn ones(bits: usize) -> BigUint {
    (BigUint::one() << bits) - 1u32
}

impl Graph {
    /// An empty graph.
    pub fn new(target: Target) -> Self {
        Graph {
            target,
            nodes: Vec::new(),
            inputs: Vec::new(),
            instances: Vec::new(),
            shared: HashMap::new(),
        }
    }

    /// Technology that this graph is cut for.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Width in bits.
    pub fn width(&self, signal: Signal) -> usize {
        self.nodes[signal.index()].width
    }

    /// Largest possible value.
    pub fn max(&self, signal: Signal) -> &BigUint {
        &self.nodes[signal.index()].max
    }

    /// Cycle in which the value is there, inputs being there in cycle 0.
    pub fn cycle(&self, signal: Signal) -> usize {
        self.nodes[signal.index()].cycle
    }

    pub(super) fn node(&self, signal: Signal) -> &Node {
        &self.nodes[signal.index()]
    }

    pub(super) fn constant_value(&self, signal: Signal) -> Option<&BigUint> {
        match &self.node(signal).op {
            Op::Constant(value) => Some(value),
            _ => None,
        }
    }

    fn is_zero(&self, signal: Signal) -> bool {
        self.constant_value(signal).is_some_and(Zero::is_zero)
    }

    pub(super) fn push(&mut self, op: Op, width: usize, max: BigUint, cycle: usize) -> Signal {
        let key = (op, width);
        if let Some(&known) = self.shared.get(&key) {
            self.tighten(known, max);
            return known;
        }
        let signal = Signal(self.nodes.len() as u32);
        self.nodes.push(Node {
            op: key.0.clone(),
            width,
            max: max.min(ones(width)),
            cycle,
        });
        self.shared.insert(key, signal);
        signal
    }

    /// Notes that a value is known never to exceed `max`.
    pub(crate) fn tighten(&mut self, signal: Signal, max: BigUint) {
        let node = &mut self.nodes[signal.index()];
        if max < node.max {
            node.max = max;
        }
    }

    /// Latest cycle of some values; constants do not count.
    pub(super) fn latest(&self, signals: &[Signal]) -> usize {
        signals
            .iter()
            .filter(|&&signal| self.constant_value(signal).is_none())
            .map(|&signal| self.cycle(signal))
            .max()
            .unwrap_or(0)
    }

    /// The value `cycles` cycles later.
    pub fn delay(&mut self, signal: Signal, cycles: usize) -> Signal {
        let cycle = self.cycle(signal) + cycles;
        self.at(signal, cycle)
    }

    /// The value as it is there in `cycle`, which must not lie before the value's own.
    pub(super) fn at(&mut self, signal: Signal, cycle: usize) -> Signal {
        let node = self.node(signal).clone();
        if node.cycle >= cycle && !matches!(node.op, Op::Constant(_)) {
            debug_assert_eq!(node.cycle, cycle);
            return signal;
        }
        let more = cycle.saturating_sub(node.cycle);
        match node.op {
            Op::Constant(_) => signal,
            Op::Concat(parts) => {
                let parts: Vec<_> = parts.iter().map(|&part| self.at(part, cycle)).collect();
                let moved = self.concat(&parts);
                self.tighten(moved, node.max);
                moved
            }
            Op::Not(source) => {
                let source = self.at(source, cycle);
                self.not(source)
            }
            Op::Delay { source, cycles } => self.push(
                Op::Delay {
                    source,
                    cycles: cycles + more,
                },
                node.width,
                node.max,
                cycle,
            ),
            _ => self.push(
                Op::Delay {
                    source: signal,
                    cycles: more,
                },
                node.width,
                node.max,
                cycle,
            ),
        }
    }

    pub(super) fn align<const N: usize>(&mut self, signals: [Signal; N]) -> [Signal; N] {
        let cycle = self.latest(&signals);
        signals.map(|signal| self.at(signal, cycle))
    }

    /// A constant of the given width.
    pub(crate) fn constant_of(&mut self, value: BigUint, width: usize) -> Signal {
        let max = value.clone();
        self.push(Op::Constant(value), width, max, 0)
    }

    pub(crate) fn zeros(&mut self, width: usize) -> Signal {
        self.constant_of(BigUint::zero(), width)
    }

    /// Parts joined, low part first.
    pub fn concat(&mut self, parts: &[Signal]) -> Signal {
        let cycle = self.latest(parts);
        let mut flat: Vec<Signal> = Vec::new();
        for &part in parts {
            if self.width(part) == 0 {
                continue;
            }
            let part = self.at(part, cycle);
            match self.node(part).op.clone() {
                Op::Concat(inner) => flat.extend(inner),
                _ => flat.push(part),
            }
        }
        let mut joined: Vec<Signal> = Vec::new();
        for part in flat {
            if let Some(&last) = joined.last() {
                if let Some(merged) = self.join_two(last, part) {
                    joined.pop();
                    joined.push(merged);
                    continue;
                }
            }
            joined.push(part);
        }
        match joined[..] {
            [] => return self.zeros(0),
            [only] => return only,
            _ => {}
        }
        let (mut width, mut max) = (0, BigUint::zero());
        for &part in &joined {
            max += self.max(part) << width;
            width += self.width(part);
        }
        self.push(Op::Concat(joined), width, max, cycle)
    }

    /// Neighbouring constants, or neighbouring slices of one source, as one signal.
    fn join_two(&mut self, low: Signal, high: Signal) -> Option<Signal> {
        let (low_width, high_width) = (self.width(low), self.width(high));
        match (self.node(low).op.clone(), self.node(high).op.clone()) {
            (Op::Constant(a), Op::Constant(b)) => {
                Some(self.constant_of(a + (b << low_width), low_width + high_width))
            }
            (
                Op::Slice { source, low: from },
                Op::Slice {
                    source: other,
                    low: next,
                },
            ) if source == other && from + low_width == next => {
                Some(self.slice(source, from, low_width + high_width))
            }
            _ => None,
        }
    }

    /// `width` bits of `source` from bit `low` on.
    pub fn slice(&mut self, source: Signal, low: usize, width: usize) -> Signal {
        let node = self.node(source).clone();
        if low == 0 && width == node.width {
            return source;
        }
        if width == 0 || low >= node.width {
            return self.zeros(width);
        }
        if low + width > node.width {
            let body = self.slice(source, low, node.width - low);
            let pad = self.zeros(low + width - node.width);
            return self.concat(&[body, pad]);
        }
        match node.op {
            Op::Constant(value) => self.constant_of((value >> low) & ones(width), width),
            Op::Slice {
                source: inner,
                low: base,
            } => self.slice(inner, base + low, width),
            Op::Not(inner) => {
                let inner = self.slice(inner, low, width);
                self.not(inner)
            }
            Op::Concat(parts) => {
                let (mut place, mut kept) = (0, Vec::new());
                for part in parts {
                    let end = place + self.width(part);
                    let (from, to) = (low.max(place), (low + width).min(end));
                    if from < to {
                        kept.push(self.slice(part, from - place, to - from));
                    }
                    place = end;
                }
                self.concat(&kept)
            }
            _ => {
                let max = (node.max >> low).min(ones(width));
                self.push(Op::Slice { source, low }, width, max, node.cycle)
            }
        }
    }

    /// The value with zeros on top, or without top bits that its bound shows to be zero.
    pub(super) fn resize(&mut self, signal: Signal, width: usize) -> Signal {
        self.slice(signal, 0, width)
    }

    /// All bits inverted.
    pub fn not(&mut self, signal: Signal) -> Signal {
        let node = self.node(signal).clone();
        match node.op {
            Op::Constant(value) => self.constant_of(ones(node.width) - value, node.width),
            Op::Not(inner) => inner,
            _ => self.push(Op::Not(signal), node.width, ones(node.width), node.cycle),
        }
    }

    fn bitwise(&mut self, op: fn(Signal, Signal) -> Op, a: Signal, b: Signal) -> Signal {
        let [a, b] = self.align([a, b]);
        let (a, b) = (a.min(b), a.max(b));
        let (width, cycle) = (self.width(a), self.latest(&[a, b]));
        self.push(op(a, b), width, ones(width), cycle)
    }

    /// Bitwise and of equally wide values.
    pub(crate) fn and(&mut self, a: Signal, b: Signal) -> Signal {
        if self.is_zero(a) || self.is_zero(b) {
            return self.zeros(self.width(a));
        }
        self.bitwise(Op::And, a, b)
    }

    /// Bitwise or of equally wide values.
    pub(crate) fn or(&mut self, a: Signal, b: Signal) -> Signal {
        match (self.is_zero(a), self.is_zero(b)) {
            (true, _) => b,
            (_, true) => a,
            _ => self.bitwise(Op::Or, a, b),
        }
    }

    /// Bitwise exclusive or of equally wide values.
    pub(crate) fn xor(&mut self, a: Signal, b: Signal) -> Signal {
        match (self.is_zero(a), self.is_zero(b)) {
            (true, _) => b,
            (_, true) => a,
            _ => self.bitwise(Op::Xor, a, b),
        }
    }

    /// Sum and carry bits of three equally wide values.
    pub(super) fn full_adders(&mut self, a: Signal, b: Signal, c: Signal) -> (Signal, Signal) {
        let mut operands = self.align([a, b, c]);
        operands.sort();
        for (i, &operand) in operands.iter().enumerate() {
            if self.is_zero(operand) {
                let (x, y) = (operands[(i + 1) % 3], operands[(i + 2) % 3]);
                return (self.xor(x, y), self.and(x, y));
            }
        }
        let [a, b, c] = operands;
        let (width, cycle) = (self.width(a), self.latest(&operands));
        (
            self.push(Op::Xor3(a, b, c), width, ones(width), cycle),
            self.push(Op::Majority(a, b, c), width, ones(width), cycle),
        )
    }

    /// a + b + carry mod 2^width as one carry chain, without a register.
    pub(super) fn chain(
        &mut self,
        a: Signal,
        b: Signal,
        carry: Option<Signal>,
        width: usize,
    ) -> Signal {
        let cycle = self.latest(&[a, b, carry.unwrap_or(a)]);
        let a = self.resize(a, width);
        let b = self.resize(b, width);
        let (a, b) = (self.at(a, cycle), self.at(b, cycle));
        let carry = carry.map(|carry| self.at(carry, cycle));
        let mut max = self.max(a) + self.max(b);
        if let Some(carry) = carry {
            max += self.max(carry);
        }
        self.push(Op::Add { a, b, carry }, width, max, cycle)
    }

    /// a − b mod 2^width as one carry chain, without a register.
    pub(super) fn borrow_chain(&mut self, a: Signal, b: Signal, width: usize) -> Signal {
        let a = self.resize(a, width);
        let b = self.resize(b, width);
        let [a, b] = self.align([a, b]);
        let cycle = self.latest(&[a, b]);
        self.push(Op::Sub(a, b), width, ones(width), cycle)
    }

    /// a·b in one tile, without a register.
    pub(super) fn tile(&mut self, a: Signal, b: Signal) -> Signal {
        let [a, b] = self.align([a, b]);
        let (width, cycle) = (self.width(a) + self.width(b), self.latest(&[a, b]));
        let max = self.max(a) * self.max(b);
        self.push(Op::Mul(a, b), width, max, cycle)
    }

    /// `value` if `bit`, else 0.
    pub(super) fn mask(&mut self, value: Signal, bit: Signal) -> Signal {
        let [value, bit] = self.align([value, bit]);
        let (width, cycle) = (self.width(value), self.latest(&[value, bit]));
        let max = self.max(value).clone();
        self.push(Op::Mask { value, bit }, width, max, cycle)
    }

    /// `one` if `select`, else `zero`; the narrower operand is extended.
    pub(super) fn select(&mut self, select: Signal, one: Signal, zero: Signal) -> Signal {
        let width = self.width(one).max(self.width(zero));
        let one = self.resize(one, width);
        let zero = self.resize(zero, width);
        if one == zero {
            return one;
        }
        let [select, one, zero] = self.align([select, one, zero]);
        let max = self.max(one).max(self.max(zero)).clone();
        let cycle = self.latest(&[select, one, zero]);
        self.push(Op::Mux { select, one, zero }, width, max, cycle)
    }

    /// Whether any bit is set.
    pub(super) fn any_bit(&mut self, signal: Signal) -> Signal {
        if self.width(signal) == 1 {
            return signal;
        }
        let cycle = self.cycle(signal);
        self.push(Op::AnyBit(signal), 1, BigUint::one(), cycle)
    }

    /// Whether all bits are set.
    pub(super) fn all_bits(&mut self, signal: Signal) -> Signal {
        if self.width(signal) == 1 {
            return signal;
        }
        let cycle = self.cycle(signal);
        self.push(Op::AllBits(signal), 1, BigUint::one(), cycle)
    }
}

impl Graph {
    /// The node that is `source` `cycles` cycles later, if there is one.
    pub(super) fn delayed(&self, source: Signal, cycles: usize) -> Option<Signal> {
        let key = (Op::Delay { source, cycles }, self.width(source));
        self.shared.get(&key).copied()
    }

    /// The node of an instance's output, if there is one.
    pub(super) fn instance_output(
        &self,
        instance: usize,
        output: usize,
        width: usize,
    ) -> Option<Signal> {
        let key = (Op::Instance { instance, output }, width);
        self.shared.get(&key).copied()
    }
}
