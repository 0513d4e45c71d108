//! Which pair goes when.

use rust_hdl::prelude::*;

use super::config::{last_but_one, Shape, SIZE_WIRE};
use crate::rtl::leaf_block;

/// Cycles from the end of the stages to the first step of a beat.
const FINISHED_AHEAD: usize = 2;

leaf_block! {
    /// From `start` on sends every pair of every stage, a `step` each: pair number `pair` of stage `stage`.
    /// `path` tells that the pair's first element was never multiplied in an inverse transform; `exponent` is
    /// that of a forward twiddle, of the root of order 2^m. Inverse transforms end with `alone`: element 0
    /// is to be multiplied by the scale. `finished` pulses [`FINISHED_AHEAD`] cycles before a beat's step may read
    /// the results.
    ///
    /// Stages of at least 2^log_overlap elements follow each other without a gap; smaller ones wait until
    /// the results of the one before can be read.
    Issue(shape: Shape) = issue_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In log_size: 6;
    In inverse: 1;
    Out step: 1;
    Out alone: 1;
    Out path: 1;
    Out pair: shape.pair_bits();
    Out exponent: shape.pair_bits();
    Out stage: 4;
    Out finished: 1;
}

fn issue_body(shape: &Shape) -> String {
    let bits = shape.pair_bits();
    let hazard = shape.hazard_cycles();
    let finish = shape.finish_cycles() - FINISHED_AHEAD;
    let wait_bits = (usize::BITS - hazard.max(finish).leading_zeros()) as usize;
    format!(
        "{SIZE_WIRE}// What comes next: steps, the step alone, the end; its first after some cycles, if `waiting`.
reg in_stages;
reg in_last;
reg in_finish;
reg waiting;
reg [{wt}:0] wait_cycles;
// The last pair but one, and whether a stage has but one.
reg [{bt}:0] before_last;
reg single;
reg stage_end;
reg [{bt}:0] below;
reg [{bt}:0] exponent_step;
reg [3:0] last_stage;
reg at_last;
reg overlaps;
wire [{bt}:0] next_step = (stage == 4'd0) ? {bits}'d1 << {bt} : exponent_step >> 1;
wire go_on = waiting && (wait_cycles == {wait_bits}'d1);
// In the cycle after a stage's last step.
reg ended;
always @(*) path = (pair & below) == {bits}'d0;
always @(posedge clock) begin
  before_last <= {before_last};
  single <= size_is[1];
  last_stage <= log_size[3:0] - 4'd1;
  overlaps <= |size_is[15:{overlap}];
  at_last <= start ? single : (stage == last_stage);
  // Steps follow each other, but for the last of a stage.
  step <= start || (step ? (!stage_end || (!at_last && overlaps)) : (in_stages && go_on));
  alone <= (step && stage_end && at_last && inverse) ? overlaps : (in_last && go_on);
  finished <= in_finish && go_on;
  if (start) begin
    stage_end <= single;
    pair <= {bits}'d0;
    below <= {bits}'d0;
    stage <= 4'd0;
    exponent <= {bits}'d0;
    exponent_step <= {bits}'d0;
  end else if (step) begin
    stage_end <= stage_end ? single : pair == before_last;
    pair <= stage_end ? {bits}'d0 : pair + {bits}'d1;
    exponent <= exponent + exponent_step;
    if (stage_end) begin
      stage <= stage + 4'd1;
      below <= {{below[{bt1}:0], 1'b1}};
      exponent_step <= next_step;
    end
  end
  wait_cycles <= wait_cycles - {wait_bits}'d1;
  if (go_on) waiting <= 1'b0;
  ended <= step && stage_end && !reset;
  if (ended) begin
    waiting <= !overlaps || at_last;
    wait_cycles <= (at_last && !inverse) ? {wait_bits}'d{finish_less} : {wait_bits}'d{hazard_less};
    in_stages <= !at_last;
    in_last <= at_last && inverse && !overlaps;
    in_finish <= at_last && !inverse;
  end
  if (alone) begin
    in_last <= 1'b0;
    in_finish <= 1'b1;
    waiting <= 1'b1;
    wait_cycles <= {wait_bits}'d{finish_alone};
  end
  if (finished) in_finish <= 1'b0;
  if (start) in_stages <= 1'b1;
  if (reset || start) begin
    in_last <= 1'b0;
    in_finish <= 1'b0;
    waiting <= 1'b0;
  end
  if (reset) begin
    in_stages <= 1'b0;
    step <= 1'b0;
    alone <= 1'b0;
    finished <= 1'b0;
  end
end",
        before_last = last_but_one(bits, 1),
        wt = wait_bits - 1,
        bt = bits - 1,
        bt1 = bits - 2,
        overlap = shape.log_overlap(),
        hazard_less = hazard - 2,
        finish_less = finish - 2,
        finish_alone = finish - 1,
    )
}
