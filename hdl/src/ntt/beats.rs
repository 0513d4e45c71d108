//! Between beats of device memory and pairs of neighbouring elements.

use rust_hdl::prelude::*;

use super::config::Shape;
use crate::rtl::leaf_block;

leaf_block! {
    /// Gives the pairs of a beat one after the other, lowest first.
    BeatToPairs(shape: Shape) = beat_to_pairs_body;
    In clock: 1;
    In reset: 1;
    In valid: 1;
    Out ready: 1;
    In beat: 512;
    Out pair_valid: 1;
    In pair_ready: 1;
    Out first: shape.element_bits;
    Out second: shape.element_bits;
}

fn beat_to_pairs_body(shape: &Shape) -> String {
    let bits = shape.element_bits;
    let slot = 8 << shape.log_element_bytes;
    let log = shape.log_beat_pairs();
    let (state, pair, last, clocked) = if log == 0 {
        (
            "wire unused_clock = &{1'b0, clock, reset};\nwire [511:0] pair = beat;\n".to_owned(),
            "pair",
            "1'b1".to_owned(),
            String::new(),
        )
    } else {
        (
            format!(
                "reg [{}:0] index;\nwire [{}:0] pair = beat[{{index, {}'d0}} +: {}];\n",
                log - 1,
                2 * slot - 1,
                9 - log,
                2 * slot
            ),
            "pair",
            "(&index)".to_owned(),
            format!(
                "always @(posedge clock) begin
  if (reset) index <= {log}'d0;
  else if (valid && pair_ready) index <= index + {log}'d1;
end
"
            ),
        )
    };
    format!(
        "{state}wire unused = &{{1'b0, {pair}}};
always @(*) begin
  pair_valid = valid;
  ready = pair_ready && {last};
  first = {pair}[{top}:0];
  second = {pair}[{second_top}:{slot}];
end
{clocked}",
        top = bits - 1,
        second_top = slot + bits - 1,
    )
}

leaf_block! {
    /// Collects pairs into beats, lowest first. `push` pulses with a complete beat.
    PairsToBeat(shape: Shape) = pairs_to_beat_body;
    In clock: 1;
    In reset: 1;
    In pair_valid: 1;
    In first: shape.element_bits;
    In second: shape.element_bits;
    Out push: 1;
    Out beat: 512;
}

fn pairs_to_beat_body(shape: &Shape) -> String {
    let slot = 8 << shape.log_element_bytes;
    let log = shape.log_beat_pairs();
    let extended = |name: &str| {
        if slot == shape.element_bits {
            name.to_owned()
        } else {
            format!("{}'d0, {name}", slot - shape.element_bits)
        }
    };
    let pair = format!("{{{}, {}}}", extended("second"), extended("first"));
    if log == 0 {
        return format!(
            "wire unused = &{{1'b0, clock, reset}};
always @(*) begin
  push = pair_valid;
  beat = {pair};
end"
        );
    }
    let held = 512 - 2 * slot;
    format!(
        "reg [{log_top}:0] index;
reg [{held_top}:0] held;
always @(*) begin
  push = pair_valid && (&index);
  beat = {{{pair}, held}};
end
always @(posedge clock) begin
  if (pair_valid) held <= beat[511:{low}];
  if (reset) index <= {log}'d0;
  else if (pair_valid) index <= index + {log}'d1;
end",
        log_top = log - 1,
        held_top = held - 1,
        low = 2 * slot,
    )
}
