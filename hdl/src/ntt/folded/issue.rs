//! Which pair goes when.

use rust_hdl::prelude::*;

use super::config::Shape;
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
        "localparam IDLE = 2'd0, STAGES = 2'd1, LAST = 2'd2, FINISH = 2'd3;
reg [1:0] state;
reg [{wt}:0] wait_cycles;
reg [{bt}:0] last;
reg [{bt}:0] below;
reg [{bt}:0] exponent_step;
reg [3:0] last_stage;
reg overlaps;
wire free = wait_cycles == {wait_bits}'d0;
wire stage_end = pair == last;
wire [{bt}:0] next_step = (stage == 4'd0) ? {bits}'d1 << {bt} : exponent_step >> 1;
always @(*) begin
  step = (state == STAGES) && free;
  alone = (state == LAST) && free;
  path = (pair & below) == {bits}'d0;
  finished = (state == FINISH) && free;
end
always @(posedge clock) begin
  last <= ~({{{bits}{{1'b1}}}} << (log_size - 6'd1));
  last_stage <= log_size[3:0] - 4'd1;
  overlaps <= log_size >= 6'd{overlap};
  if (reset) state <= IDLE;
  else if (start) begin
    state <= STAGES;
    wait_cycles <= {wait_bits}'d0;
    pair <= {bits}'d0;
    below <= {bits}'d0;
    stage <= 4'd0;
    exponent <= {bits}'d0;
    exponent_step <= {bits}'d0;
  end else begin
    if (!free) wait_cycles <= wait_cycles - {wait_bits}'d1;
    if (step) begin
      pair <= stage_end ? {bits}'d0 : pair + {bits}'d1;
      exponent <= exponent + exponent_step;
      if (stage_end) begin
        stage <= stage + 4'd1;
        below <= {{below[{bt1}:0], 1'b1}};
        exponent_step <= next_step;
        if ((stage == last_stage) && !inverse) begin
          state <= FINISH;
          wait_cycles <= {wait_bits}'d{finish_less};
        end else begin
          if (stage == last_stage) state <= LAST;
          if (!overlaps) wait_cycles <= {wait_bits}'d{hazard_less};
        end
      end
    end
    if (alone) begin
      state <= FINISH;
      wait_cycles <= {wait_bits}'d{finish_less};
    end
    if (finished) state <= IDLE;
  end
end",
        wt = wait_bits - 1,
        bt = bits - 1,
        bt1 = bits - 2,
        overlap = shape.log_overlap(),
        hazard_less = hazard - 1,
        finish_less = finish - 1,
    )
}
