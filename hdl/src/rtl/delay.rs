//! Delay by a fixed number of cycles.

use super::leaf_block;
use rust_hdl::prelude::*;

/// Width and length of a [`Delay`].
#[derive(Clone, Debug)]
pub(crate) struct DelayConfig {
    pub(crate) width: usize,
    /// At least 1.
    pub(crate) cycles: usize,
    /// Whether reset clears what is under way: wanted for valid bits, costly for data.
    pub(crate) cleared: bool,
}

leaf_block! {
    /// `delayed` is `data` of `cycles` cycles ago.
    ///
    /// Without clearing, the fast simulation body keeps a circular buffer instead of shifting.
    Delay(config: DelayConfig) = delay_body;
    In clock: 1;
    In reset: 1;
    In data: config.width;
    Out delayed: config.width;
}

fn delay_body(config: &DelayConfig) -> String {
    let (top, last) = (config.width - 1, config.cycles - 1);
    let shift = |reset: &str| {
        let zero = format!("{{{}{{1'b0}}}}", config.width);
        let (clear, clear_rest) = if reset.is_empty() {
            (String::new(), String::new())
        } else {
            (
                format!("if (reset) line[0] <= {zero}; else "),
                format!("if (reset) line[i] <= {zero}; else "),
            )
        };
        format!(
            "reg [{top}:0] line [0:{last}];
integer i;
always @(posedge clock) begin
  {clear}line[0] <= data;
  for (i = 1; i <= {last}; i = i + 1) {clear_rest}line[i] <= line[i-1];
end
always @(*) delayed = line[{last}];"
        )
    };
    if config.cleared {
        return shift("reset");
    }
    let unused = "wire unused = &{1'b0, reset};\n";
    if config.cycles < 4 {
        return format!("{unused}{}", shift(""));
    }
    let bits = usize::BITS - (config.cycles - 2).leading_zeros();
    format!(
        "{unused}`ifdef VEGALITH_FAST_LEAF
reg [{top}:0] ring [0:{ring_top}];
reg [{position_top}:0] position = {bits}'d0;
always @(posedge clock) begin
  delayed <= ring[position];
  ring[position] <= data;
  position <= (position == {bits}'d{ring_top}) ? {bits}'d0 : position + {bits}'d1;
end
`else
{shift}
`endif",
        ring_top = config.cycles - 2,
        position_top = bits - 1,
        shift = shift("")
    )
}
