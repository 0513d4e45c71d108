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
    delay_text(config, ["line", "data", "delayed"])
}

/// The statements of a delay from `data` to `delayed`, through a register called `line`; `delayed`
/// is a `reg` of the surrounding text.
pub(crate) fn delay_text(config: &DelayConfig, [line, data, delayed]: [&str; 3]) -> String {
    let (width, cycles) = (config.width, config.cycles);
    let total = width * cycles;
    let shifted = if cycles == 1 {
        data.to_owned()
    } else {
        format!("{{{line}[{}:0], {data}}}", total - width - 1)
    };
    let shift = |clear: &str| {
        format!(
            "reg [{}:0] {line};
always @(posedge clock) {clear}{line} <= {shifted};
always @(*) {delayed} = {line}[{}:{}];",
            total - 1,
            total - 1,
            total - width,
        )
    };
    if config.cleared {
        return shift(&format!("if (reset) {line} <= {total}'d0; else "));
    }
    let unused = format!("wire unused_{line} = &{{1'b0, reset}};\n");
    if cycles < 4 {
        return format!("{unused}{}", shift(""));
    }
    let bits = usize::BITS - (cycles - 2).leading_zeros();
    format!(
        "{unused}`ifdef VEGALITH_FAST_LEAF
reg [{top}:0] {line}_ring [0:{ring_top}];
reg [{position_top}:0] {line}_position = {bits}'d0;
always @(posedge clock) begin
  {delayed} <= {line}_ring[{line}_position];
  {line}_ring[{line}_position] <= {data};
  {line}_position <= ({line}_position == {bits}'d{ring_top}) ? {bits}'d0 : {line}_position + {bits}'d1;
end
`else
{shift}
`endif",
        top = width - 1,
        ring_top = cycles - 2,
        position_top = bits - 1,
        shift = shift("")
    )
}
