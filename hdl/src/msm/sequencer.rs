//! The course of one MSM job.
//!
//! ```text
//! reset ─► sweep (empties every slot) ─► idle ─start─► command ─► add ─► walk ─► drain ─► done
//!                                          └─ bad argument ──────────────────────────────┘
//! ```

use crate::rtl::leaf_block;
use rust_hdl::prelude::*;
use vegalith_abi::registers::{ERROR_ARGUMENT, ERROR_BUS, ERROR_OVERFLOW};

/// Shape of a [`Sequencer`].
#[derive(Clone, Debug)]
pub(crate) struct SequencerConfig {
    pub(crate) key_bits: usize,
    pub(crate) num_slots: usize,
    pub(crate) log_max_points: usize,
    /// Beats of a point, as a shift of the number of points: 0 or 1.
    pub(crate) log_beats_per_point: usize,
}

leaf_block! {
    /// `clear` and `clear_key` empty the slots after reset; `flush` precedes every job by a cycle.
    /// Commands are held until `*_ready`. `settled`: nothing is under way behind the dispatcher.
    /// The sums' write is requested when the walk is `reading` them: earlier, it would keep others
    /// from the memory for as long as the walk takes.
    Sequencer(config: SequencerConfig) = sequencer_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In num_points: 32;
    In aligned: 1;
    In items: 32;
    In dispatch_idle: 1;
    In settled: 1;
    In reading: 1;
    In walk_done: 1;
    In answers_left: 1;
    In writer_idle: 1;
    In bus_error: 1;
    In overflow: 1;
    Out clear: 1;
    Out clear_key: config.key_bits;
    Out flush: 1;
    Out points_valid: 1;
    In points_ready: 1;
    Out points_beats: 32;
    Out scalars_valid: 1;
    In scalars_ready: 1;
    Out scalars_beats: 32;
    Out sums_valid: 1;
    In sums_ready: 1;
    Out walk_start: 1;
    Out idle: 1;
    Out done: 1;
    Out errors: 32;
}

fn sequencer_body(config: &SequencerConfig) -> String {
    format!(
        "localparam SWEEP = 3'd0, IDLE = 3'd1, COMMAND = 3'd2, ADD = 3'd3, WALK = 3'd4, DRAIN = 3'd5;
reg [2:0] state;
reg [31:0] count;
reg sums_requested;
wire in_range = (num_points != 32'd0) && (num_points <= 32'd{max_points}) && aligned;
always @(*) begin
  clear = state == SWEEP;
  idle = state == IDLE;
  flush = idle && start;
  points_beats = count << {log_beats};
  scalars_beats = (count + 32'd1) >> 1;
end
always @(posedge clock) begin
  walk_start <= 1'b0;
  done <= 1'b0;
  if (reset) begin
    state <= SWEEP;
    clear_key <= {key_bits}'d0;
    points_valid <= 1'b0;
    scalars_valid <= 1'b0;
    sums_valid <= 1'b0;
    errors <= 32'd0;
  end else begin
    if (points_valid && points_ready) points_valid <= 1'b0;
    if (scalars_valid && scalars_ready) scalars_valid <= 1'b0;
    if (sums_valid && sums_ready) sums_valid <= 1'b0;
    if ((state != IDLE) && (state != SWEEP)) begin
      if (bus_error) errors <= errors | 32'd{error_bus};
      if (overflow) errors <= errors | 32'd{error_overflow};
    end
    case (state)
    SWEEP: begin
      clear_key <= clear_key + {key_bits}'d1;
      if (clear_key == {key_bits}'d{last_slot}) state <= IDLE;
    end
    IDLE: if (start) begin
      count <= num_points;
      errors <= in_range ? 32'd0 : 32'd{error_argument};
      done <= !in_range;
      if (in_range) begin
        points_valid <= 1'b1;
        scalars_valid <= 1'b1;
        state <= COMMAND;
      end
    end
    COMMAND: if (!points_valid && !scalars_valid) state <= ADD;
    ADD: if ((items == count) && dispatch_idle && settled) begin
      walk_start <= 1'b1;
      sums_requested <= 1'b0;
      state <= WALK;
    end
    WALK: begin
      sums_requested <= reading;
      if (reading && !sums_requested) sums_valid <= 1'b1;
      if (walk_done) state <= DRAIN;
    end
    DRAIN: if (!answers_left && !sums_valid && writer_idle) begin
      done <= 1'b1;
      state <= IDLE;
    end
    default: state <= IDLE;
    endcase
  end
end",
        max_points = 1u64 << config.log_max_points,
        log_beats = config.log_beats_per_point,
        key_bits = config.key_bits,
        last_slot = config.num_slots - 1,
        error_bus = ERROR_BUS,
        error_overflow = ERROR_OVERFLOW,
        error_argument = ERROR_ARGUMENT,
    )
}
