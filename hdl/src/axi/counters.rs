//! Performance counters, in the order of `vegalith_abi::registers`.

use rust_hdl::prelude::*;

use super::control::COUNTER_WORDS;
use crate::rtl::leaf_block;

/// Shape of [`Counters`].
#[derive(Clone, Debug)]
pub(crate) struct CounterConfig {
    /// Width of the number of units busy in a cycle.
    pub(crate) busy_bits: usize,
}

leaf_block! {
    /// Counts from `start` to `done`: cycles, busy units, cycles from the first busy one to the
    /// last, stalled cycles, bytes read and written. `reads` and `writes` are beats of this cycle.
    Counters(config: CounterConfig) = counters_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In done: 1;
    In busy: config.busy_bits;
    In stalled: 1;
    In reads: 2;
    In written: 1;
    Out values: 32 * COUNTER_WORDS;
}

fn counters_body(config: &CounterConfig) -> String {
    format!(
        "reg running;
reg seen;
reg [63:0] cycles;
reg [63:0] busy_units;
reg [63:0] active;
reg [63:0] since_first;
reg [63:0] stalls;
reg [57:0] beats_read;
reg [57:0] beats_written;
// What is counted comes from all over the kernel: a register on the way.
reg [{top}:0] busy_1;
reg stalled_1;
reg [1:0] reads_1;
reg written_1;
wire any = busy_1 != {bits}'d0;
always @(*) values = {{beats_written, 6'd0, beats_read, 6'd0, stalls, active, busy_units, cycles}};
always @(posedge clock) begin
  busy_1 <= busy;
  stalled_1 <= stalled;
  reads_1 <= reads;
  written_1 <= written;
  if (reset || start) begin
    running <= start && !reset;
    seen <= 1'b0;
    cycles <= 64'd0;
    busy_units <= 64'd0;
    active <= 64'd0;
    since_first <= 64'd0;
    stalls <= 64'd0;
    beats_read <= 58'd0;
    beats_written <= 58'd0;
  end else if (running) begin
    if (done) running <= 1'b0;
    cycles <= cycles + 64'd1;
    busy_units <= busy_units + {{{pad}'d0, busy_1}};
    seen <= seen || any;
    if (seen || any) since_first <= since_first + 64'd1;
    if (any) active <= since_first + 64'd1;
    if (stalled_1) stalls <= stalls + 64'd1;
    beats_read <= beats_read + {{56'd0, reads_1}};
    if (written_1) beats_written <= beats_written + 58'd1;
  end
end",
        bits = config.busy_bits,
        top = config.busy_bits - 1,
        pad = 64 - config.busy_bits,
    )
}
