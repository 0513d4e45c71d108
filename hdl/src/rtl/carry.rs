//! Pipelined addition of a constant, as text for leaf blocks.

use num_bigint::BigUint;

/// A registered ripple over chunks: one chunk a cycle, so that no carry is longer than
/// `carry_bits`.
pub(crate) struct ConstantAdder {
    /// Prefix of the names that the text declares.
    pub(crate) name: &'static str,
    /// Expression of the operand, `bits` wide.
    pub(crate) operand: String,
    pub(crate) bits: usize,
    pub(crate) constant: BigUint,
    pub(crate) carry_bits: usize,
}

impl ConstantAdder {
    /// Cycles from operand to result.
    pub(crate) fn latency(&self) -> usize {
        self.bits.div_ceil(self.carry_bits)
    }

    /// Name of the signal that holds (operand + constant) mod 2^bits, `latency` cycles later.
    pub(crate) fn result(&self) -> String {
        format!("{}_{}", self.name, self.latency())
    }

    /// Declarations and the clocked block.
    pub(crate) fn text(&self) -> String {
        let (name, top) = (self.name, self.bits - 1);
        let mut text = format!("wire [{top}:0] {name}_0 = {};\n", self.operand);
        for stage in 1..=self.latency() {
            let low = (stage - 1) * self.carry_bits;
            let high = (low + self.carry_bits).min(self.bits);
            let chunk = high - low;
            let digits = (&self.constant >> low) % (BigUint::from(1u32) << chunk);
            let last = high == self.bits;
            let carry_in = if stage == 1 {
                String::new()
            } else {
                format!(
                    " + {{{}'d0, {name}_carry_{}}}",
                    chunk - usize::from(last),
                    stage - 1
                )
            };
            let before = format!("{name}_{}", stage - 1);
            text += &format!("reg [{top}:0] {name}_{stage};\n");
            if !last {
                text += &format!("reg {name}_carry_{stage};\n");
            }
            let mut rest = String::new();
            if low > 0 {
                rest += &format!(
                    "  {name}_{stage}[{}:0] <= {before}[{}:0];\n",
                    low - 1,
                    low - 1
                );
            }
            if !last {
                rest += &format!("  {name}_{stage}[{top}:{high}] <= {before}[{top}:{high}];\n");
            }
            let sum = if last {
                format!("{name}_{stage}[{}:{low}] <= {before}[{}:{low}] + {chunk}'h{digits:x}{carry_in};", high - 1, high - 1)
            } else {
                format!(
                    "{{{name}_carry_{stage}, {name}_{stage}[{}:{low}]}} <= {{1'b0, {before}[{}:{low}]}} + {}'h{digits:x}{carry_in};",
                    high - 1, high - 1, chunk + 1
                )
            };
            text += &format!("always @(posedge clock) begin\n{rest}  {sum}\nend\n");
        }
        text
    }
}
