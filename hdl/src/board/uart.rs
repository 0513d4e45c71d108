//! The serial line: 8 data bits, no parity, 1 stop bit, lowest bit first.

use rust_hdl::prelude::*;

use crate::rtl::leaf_block;

/// Bits of the number of clocks in a bit.
pub(super) const BIT_CLOCKS_BITS: usize = 12;

/// A serial line has nothing to configure when it is built.
#[derive(Clone, Debug)]
pub(super) struct UartConfig;

leaf_block! {
    /// `valid` pulses with each byte. A bit is sampled in its middle, counted from the falling edge of
    /// its byte's start bit; `bit_clocks` is at least 4. A byte without a stop bit is passed on: the
    /// frame's check finds it.
    UartReceiver(_config: UartConfig) = receiver_body;
    In clock: 1;
    In reset: 1;
    In bit_clocks: BIT_CLOCKS_BITS;
    In line: 1;
    Out valid: 1;
    Out data: 8;
}

fn receiver_body(_: &UartConfig) -> String {
    format!(
        "// Two stages against metastability; an idle line is high.
reg [1:0] synchronised;
reg active;
reg [3:0] bits_left;
reg [{top}:0] clocks_left;
wire level = synchronised[1];
always @(posedge clock) begin
  if (clocks_left == {n}'d0) data <= {{level, data[7:1]}};
  if (reset) begin
    synchronised <= 2'b11;
    active <= 1'b0;
    valid <= 1'b0;
    clocks_left <= {n}'d0;
    bits_left <= 4'd0;
  end else begin
    synchronised <= {{synchronised[0], line}};
    valid <= 1'b0;
    if (!active) begin
      active <= !level;
      bits_left <= 4'd9;
      clocks_left <= {{1'b0, bit_clocks[{top}:1]}} - {n}'d1;
    end else if (clocks_left != {n}'d0) clocks_left <= clocks_left - {n}'d1;
    else begin
      clocks_left <= bit_clocks - {n}'d1;
      bits_left <= bits_left - 4'd1;
      // In the middle of the start bit a spike is told from a byte. The last data bit shifts in when
      // one bit, the stop bit, is to follow.
      if (bits_left == 4'd9) active <= !level;
      if (bits_left == 4'd1) valid <= 1'b1;
      if (bits_left == 4'd0) active <= 1'b0;
    end
  end
end",
        n = BIT_CLOCKS_BITS,
        top = BIT_CLOCKS_BITS - 1,
    )
}

leaf_block! {
    /// Sends `data` when `valid` and `ready`.
    UartTransmitter(_config: UartConfig) = transmitter_body;
    In clock: 1;
    In reset: 1;
    In bit_clocks: BIT_CLOCKS_BITS;
    In valid: 1;
    Out ready: 1;
    In data: 8;
    Out line: 1;
}

fn transmitter_body(_: &UartConfig) -> String {
    format!(
        "reg [8:0] shifted;
reg [3:0] bits_left;
reg [{top}:0] clocks_left;
always @(*) ready = bits_left == 4'd0;
always @(posedge clock) begin
  if (reset) begin
    line <= 1'b1;
    bits_left <= 4'd0;
    clocks_left <= {n}'d0;
  end else if (ready) begin
    line <= !valid;
    shifted <= {{1'b1, data}};
    clocks_left <= bit_clocks - {n}'d1;
    // Eight bits and the stop bit are to follow the start bit.
    if (valid) bits_left <= 4'd10;
  end else if (clocks_left != {n}'d0) clocks_left <= clocks_left - {n}'d1;
  else begin
    line <= shifted[0];
    shifted <= {{1'b1, shifted[8:1]}};
    clocks_left <= bit_clocks - {n}'d1;
    bits_left <= bits_left - 4'd1;
  end
end",
        n = BIT_CLOCKS_BITS,
        top = BIT_CLOCKS_BITS - 1,
    )
}
