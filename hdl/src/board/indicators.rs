//! The board's lights and the kernel's share of the reset.

use rust_hdl::prelude::*;

use super::uart::UartConfig;
use crate::rtl::leaf_block;

/// Log2 of the cycles of a heartbeat: about a second.
const LOG_BEAT: usize = 27;

/// Log2 of the cycles that a light stays on: about a twentieth of a second.
const LOG_LIGHT: usize = 23;

leaf_block! {
    /// `lights`: 0 heartbeat, 1 the kernel uses memory, 2 a frame was damaged or a beat lost, 3 a request
    /// is served; the others are dark. `reset_n` and `memory_reset` are the kernel's and its memory
    /// ports' reset, in the same cycle.
    Indicators(_config: UartConfig) = indicators_body;
    In clock: 1;
    In reset: 1;
    In kernel_reset_n: 1;
    In busy0: 1;
    In busy1: 1;
    In busy2: 1;
    In dropped: 1;
    In unready0: 1;
    In unready1: 1;
    In frame: 1;
    Out lights: 8;
    Out reset_n: 1;
    Out memory_reset: 1;
    Out never: 1;
}

fn indicators_body(_: &UartConfig) -> String {
    format!(
        "reg [{beat_top}:0] beat;
reg [{light_top}:0] busy_left;
reg [{light_top}:0] error_left;
reg [{light_top}:0] frame_left;
always @(*) begin
  reset_n = kernel_reset_n;
  memory_reset = !kernel_reset_n;
end
always @(posedge clock) begin
  never <= 1'b0;
  lights <= {{4'd0, frame_left != {light}'d0, error_left != {light}'d0, busy_left != {light}'d0, beat[{beat_top}]}};
  if (reset) begin
    beat <= {beat}'d0;
    busy_left <= {light}'d0;
    error_left <= {light}'d0;
    frame_left <= {light}'d0;
  end else begin
    beat <= beat + {beat}'d1;
    if (busy0 || busy1 || busy2) busy_left <= {{{light}{{1'b1}}}};
    else if (busy_left != {light}'d0) busy_left <= busy_left - {light}'d1;
    if (dropped || unready0 || unready1) error_left <= {{{light}{{1'b1}}}};
    else if (error_left != {light}'d0) error_left <= error_left - {light}'d1;
    if (frame) frame_left <= {{{light}{{1'b1}}}};
    else if (frame_left != {light}'d0) frame_left <= frame_left - {light}'d1;
  end
end",
        beat = LOG_BEAT,
        beat_top = LOG_BEAT - 1,
        light = LOG_LIGHT,
        light_top = LOG_LIGHT - 1,
    )
}
