//! What is done to points and scalars before they are dispatched.

use num_bigint::BigUint;
use num_traits::One;
use rust_hdl::prelude::*;

use crate::rtl::{leaf_block, ConstantAdder};

/// Shape of a [`PointPrepare`].
#[derive(Clone, Debug)]
pub(crate) struct PrepareConfig {
    /// Modulus p of the base field.
    pub(crate) modulus: BigUint,
    /// Longest carry of a cycle.
    pub(crate) carry_bits: usize,
    /// Points stand at the inputs until they are taken, so that x and y need no registers.
    pub(crate) held: bool,
}

impl PrepareConfig {
    fn field_bits(&self) -> usize {
        self.modulus.bits() as usize
    }

    /// p − y = ~y + (p + 1) modulo 2^bits.
    fn negation(&self) -> ConstantAdder {
        let bits = self.field_bits();
        ConstantAdder {
            name: "negated",
            operand: "~y".to_owned(),
            bits,
            constant: (&self.modulus + 1u32) % (BigUint::one() << bits),
            carry_bits: self.carry_bits,
        }
    }

    pub(crate) fn latency(&self) -> usize {
        self.negation().latency()
    }
}

leaf_block! {
    /// minus_y = p − y and infinite = (x = y = 0), `latency` cycles after x, y < p; x and y are
    /// passed on beside them. No point of a curve used here has y = 0, so minus_y < p.
    PointPrepare(config: PrepareConfig) = prepare_body;
    In clock: 1;
    In x: config.field_bits();
    In y: config.field_bits();
    Out x_out: config.field_bits();
    Out y_out: config.field_bits();
    Out minus_y: config.field_bits();
    Out infinite: 1;
}

fn prepare_body(config: &PrepareConfig) -> String {
    let negation = config.negation();
    let (bits, cycles) = (config.field_bits(), config.latency());
    if config.held {
        return format!(
            "{text}always @(*) begin
  x_out = x;
  y_out = y;
  minus_y = {result};
end
always @(posedge clock) infinite <= {{x, y}} == {width}'d0;",
            text = negation.text(),
            result = negation.result(),
            width = 2 * bits,
        );
    }
    let width = 2 * bits;
    let kept = if cycles == 1 {
        "{x, y}".to_owned()
    } else {
        format!("{{kept[{}:0], x, y}}", (cycles - 1) * width - 1)
    };
    format!(
        "{text}reg [{kept_top}:0] kept;
always @(posedge clock) kept <= {kept};
always @(*) begin
  x_out = kept[{kept_top}:{x_low}];
  y_out = kept[{y_top}:{y_low}];
  minus_y = {result};
  infinite = kept[{kept_top}:{y_low}] == {width}'d0;
end",
        text = negation.text(),
        result = negation.result(),
        kept_top = cycles * width - 1,
        x_low = cycles * width - bits,
        y_top = cycles * width - bits - 1,
        y_low = (cycles - 1) * width,
    )
}

/// Shape of a [`Recode`].
#[derive(Clone, Debug)]
pub(crate) struct RecodeConfig {
    pub(crate) scalar_bits: usize,
    pub(crate) num_windows: usize,
    pub(crate) window_bits: usize,
    /// Σ_w 2^(c−1)·2^(cw).
    pub(crate) bias: BigUint,
    /// Longest carry of a cycle.
    pub(crate) carry_bits: usize,
}

impl RecodeConfig {
    pub(crate) fn biased_bits(&self) -> usize {
        self.num_windows * self.window_bits
    }

    fn addition(&self) -> ConstantAdder {
        let pad = self.biased_bits() - self.scalar_bits;
        ConstantAdder {
            name: "sum",
            operand: if pad == 0 {
                "scalar".to_owned()
            } else {
                format!("{{{pad}'d0, scalar}}")
            },
            bits: self.biased_bits(),
            constant: self.bias.clone(),
            carry_bits: self.carry_bits,
        }
    }

    pub(crate) fn latency(&self) -> usize {
        self.addition().latency() + 1
    }
}

leaf_block! {
    /// Signed digits by one addition: window w of `biased` = scalar + bias is the digit plus
    /// 2^(c−1); `nonzero` marks the windows whose digit is not zero.
    Recode(config: RecodeConfig) = recode_body;
    In clock: 1;
    In scalar: config.scalar_bits;
    Out biased: config.biased_bits();
    Out nonzero: config.num_windows;
}

fn recode_body(config: &RecodeConfig) -> String {
    let addition = config.addition();
    let c = config.window_bits;
    let result = addition.result();
    let marks: String = (0..config.num_windows)
        .map(|w| {
            format!(
                "  nonzero[{w}] <= {result}[{}:{}] != {c}'d{};\n",
                w * c + c - 1,
                w * c,
                1 << (c - 1)
            )
        })
        .collect();
    format!(
        "{}always @(posedge clock) begin\n  biased <= {result};\n{marks}end",
        addition.text()
    )
}
