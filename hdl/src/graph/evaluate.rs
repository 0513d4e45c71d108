//! The graph as a function: exact values, without time.

use super::node::{ones, Instance, Node, Op};
use super::Signal;
use num_bigint::BigUint;
use num_traits::{One, Zero};

/// What is needed of a finished graph to compute its outputs.
pub(super) struct Program {
    pub(super) nodes: Vec<Node>,
    pub(super) instances: Vec<Instance>,
    /// Whether a node contributes to an output.
    pub(super) live: Vec<bool>,
    pub(super) outputs: Vec<Signal>,
}

impl Program {
    pub(super) fn run(&self, inputs: &[BigUint]) -> Vec<BigUint> {
        let mut values: Vec<BigUint> = vec![BigUint::zero(); self.nodes.len()];
        let mut answers: Vec<Option<Vec<BigUint>>> = vec![None; self.instances.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            if self.live[index] {
                values[index] = match &node.op {
                    Op::Input(input) => inputs.get(*input).cloned().unwrap_or_default(),
                    Op::Instance { instance, output } => {
                        let answer = answers[*instance].get_or_insert_with(|| {
                            let instance = &self.instances[*instance];
                            let operands: Vec<_> = instance
                                .inputs
                                .iter()
                                .map(|operand| values[operand.index()].clone())
                                .collect();
                            instance.module.evaluate(&operands)
                        });
                        answer.get(*output).cloned().unwrap_or_default()
                    }
                    op => self.combine(op, node.width, &values),
                };
            }
        }
        self.outputs
            .iter()
            .map(|output| values[output.index()].clone())
            .collect()
    }

    fn combine(&self, op: &Op, width: usize, values: &[BigUint]) -> BigUint {
        let value = |signal: &Signal| &values[signal.index()];
        let set = |signal: &Signal| !value(signal).is_zero();
        let bit = |set: bool| if set { BigUint::one() } else { BigUint::zero() };
        match op {
            Op::Input(_) | Op::Instance { .. } => BigUint::zero(),
            Op::Constant(constant) => constant.clone(),
            Op::Concat(parts) => {
                let (mut joined, mut place) = (BigUint::zero(), 0);
                for part in parts {
                    joined |= value(part) << place;
                    place += self.nodes[part.index()].width;
                }
                joined
            }
            Op::Slice { source, low } => (value(source) >> *low) & ones(width),
            Op::Not(a) => ones(width) - value(a),
            Op::And(a, b) => value(a) & value(b),
            Op::Or(a, b) => value(a) | value(b),
            Op::Xor(a, b) => value(a) ^ value(b),
            Op::Xor3(a, b, c) => value(a) ^ value(b) ^ value(c),
            Op::Majority(a, b, c) => {
                let (a, b, c) = (value(a), value(b), value(c));
                (a & b) | (c & (a ^ b))
            }
            Op::Add { a, b, carry } => {
                let mut sum = value(a) + value(b);
                if let Some(carry) = carry {
                    sum += value(carry);
                }
                sum & ones(width)
            }
            Op::Sub(a, b) => (value(a) + (BigUint::one() << width) - value(b)) & ones(width),
            Op::Mul(a, b) => value(a) * value(b),
            Op::Mux { select, one, zero } => value(if set(select) { one } else { zero }).clone(),
            Op::Mask { value: a, bit } => {
                if set(bit) {
                    value(a).clone()
                } else {
                    BigUint::zero()
                }
            }
            Op::AnyBit(a) => bit(set(a)),
            Op::AllBits(a) => bit(*value(a) == ones(self.nodes[a.index()].width)),
            Op::Delay { source, .. } => value(source).clone(),
        }
    }
}
