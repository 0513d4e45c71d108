//! What a job consists of: load, stages, drain.

use rust_hdl::prelude::*;
use vegalith_abi::memory::ALIGNMENT_BYTES;
use vegalith_abi::registers::{self as map, ntt, ERROR_ARGUMENT, ERROR_BUS, ERROR_OVERFLOW};

use super::config::{Shape, ELEMENT_BITS};
use crate::axi::ARGUMENT_WORDS;
use crate::rtl::leaf_block;

leaf_block! {
    /// Checks the arguments in the cycle after `start` and runs the phases one after the other: `load` starts the
    /// first, `run` the stages, `drain` the last; `prepare`, with `load`, makes an inverse transform's constants.
    /// One read and one write command of whole beats. The job is `done` when the write is acknowledged.
    Sequencer(shape: Shape) = sequencer_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In words: 32 * ARGUMENT_WORDS;
    In bus_error: 1;
    In overflow: 1;
    Out idle: 1;
    Out done: 1;
    Out errors: 32;
    Out log_size: 6;
    Out inverse: 1;
    Out forward: 1;
    Out coset: 1;
    Out scale: ELEMENT_BITS;
    Out read_valid: 1;
    In read_ready: 1;
    Out read_address: 64;
    Out write_valid: 1;
    In write_ready: 1;
    Out write_address: 64;
    Out beats: 32;
    In writer_idle: 1;
    Out load: 1;
    Out loading: 1;
    In loaded: 1;
    Out prepare: 1;
    In prepared: 1;
    Out run: 1;
    In finished: 1;
    Out drain: 1;
    Out draining: 1;
}

fn sequencer_body(shape: &Shape) -> String {
    let bit = |offset: u32| 8 * (offset - map::ARGUMENTS) as usize;
    format!(
        "localparam IDLE = 3'd0, CHECK = 3'd1, LOAD = 3'd2, RUN = 3'd3, DRAIN = 3'd4;
reg [2:0] state;
reg have_input;
reg have_constants;
reg written;
wire [31:0] log_argument = words[{log_size}+:32];
wire [31:0] flags = words[{flags}+:32];
// The arguments' checks, each a register.
reg aligned;
reg no_high_bits;
reg size_fits;
reg flags_known;
reg bus_error_1;
reg written_1;
reg writer_idle_1;
wire in_range = aligned && no_high_bits && size_fits && flags_known;
wire unused = &{{1'b0, words}};
always @(*) begin
  idle = state == IDLE;
  read_address = words[{source}+:64];
  write_address = words[{destination}+:64];
  scale = words[{scale_at}+:{ELEMENT_BITS}];
end
always @(posedge clock) begin
  // Arguments hold through the job.
  aligned <= (read_address[{al}:0] == {al1}'d0) && (write_address[{al}:0] == {al1}'d0);
  no_high_bits <= log_argument[31:4] == 28'd0;
  size_fits <= (log_argument[3:0] != 4'd0) && (log_argument[3:0] <= 4'd{largest});
  flags_known <= (flags & ~32'd{known_flags}) == 32'd0;
  bus_error_1 <= bus_error;
  writer_idle_1 <= writer_idle;
  written_1 <= written;
  log_size <= log_argument[5:0];
  inverse <= |(flags & 32'd{flag_inverse});
  forward <= ~|(flags & 32'd{flag_inverse});
  coset <= |(flags & 32'd{flag_coset});
  beats <= (log_argument[5:0] < 6'd3) ? 32'd1 : 32'd1 << (log_argument[5:0] - 6'd3);
  load <= 1'b0;
  prepare <= 1'b0;
  run <= 1'b0;
  drain <= 1'b0;
  done <= 1'b0;
  if (reset) begin
    state <= IDLE;
    errors <= 32'd0;
    read_valid <= 1'b0;
    write_valid <= 1'b0;
    loading <= 1'b0;
    draining <= 1'b0;
  end else begin
    if (state != IDLE) begin
      if (bus_error_1) errors <= errors | 32'd{error_bus};
      if (overflow) errors <= errors | 32'd{error_overflow};
    end
    if (read_ready) read_valid <= 1'b0;
    if (write_ready) write_valid <= 1'b0;
    if (loaded) have_input <= 1'b1;
    if (prepared) have_constants <= 1'b1;
    if (write_valid && write_ready) written <= 1'b1;
    case (state)
    IDLE: if (start) begin
      errors <= 32'd0;
      state <= CHECK;
    end
    CHECK: begin
      have_input <= 1'b0;
      have_constants <= forward;
      written <= 1'b0;
      if (in_range) begin
        state <= LOAD;
        load <= 1'b1;
        loading <= 1'b1;
        read_valid <= 1'b1;
        prepare <= inverse;
      end else begin
        state <= IDLE;
        errors <= 32'd{error_argument};
        done <= 1'b1;
      end
    end
    LOAD: if (have_input && have_constants) begin
      state <= RUN;
      loading <= 1'b0;
      run <= 1'b1;
    end
    RUN: if (finished) begin
      state <= DRAIN;
      drain <= 1'b1;
      draining <= 1'b1;
      write_valid <= 1'b1;
    end
    default: if (written_1 && writer_idle_1) begin
      state <= IDLE;
      draining <= 1'b0;
      done <= 1'b1;
    end
    endcase
  end
end",
        source = bit(ntt::SOURCE),
        destination = bit(ntt::DESTINATION),
        log_size = bit(ntt::LOG_SIZE),
        flags = bit(ntt::FLAGS),
        scale_at = bit(ntt::SCALE),
        flag_inverse = ntt::FLAG_INVERSE,
        flag_coset = ntt::FLAG_COSET,
        known_flags = ntt::FLAG_INVERSE | ntt::FLAG_COSET,
        largest = shape.log_max_size,
        al = ALIGNMENT_BYTES.ilog2() - 1,
        al1 = ALIGNMENT_BYTES.ilog2(),
        error_bus = ERROR_BUS,
        error_overflow = ERROR_OVERFLOW,
        error_argument = ERROR_ARGUMENT,
    )
}
