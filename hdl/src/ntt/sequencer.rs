//! The course of an NTT job: one, two or three passes over device memory.
//!
//! | pass | when | from → to | tile | factor on the way in |
//! |---|---|---|---|---|
//! | whole | N ≤ 2^K | source → destination | 1 column, contiguous | 1, g^n or SCALE |
//! | columns | N > 2^K | source → scratch | B columns of N1 rows, strided | 1, g^n or SCALE |
//! | rows | N > 2^K | scratch → destination | B columns of N2 rows, read contiguous, written strided | ω_N^(±n2·k1) |
//! | shift | inverse coset | destination → destination | contiguous, no butterflies | g^(N−1−n) |
//!
//! With N1 = 2^⌈log N/2⌉, N2 = 2^⌊log N/2⌋, n = N2·n1 + n2 and k = k1 + N1·k2. Before the shift the
//! factor SCALE is SCALE·g^−(N−1). A pass begins when the writes of the one before are acknowledged.

use rust_hdl::prelude::*;
use vegalith_abi::memory::ALIGNMENT_BYTES;
use vegalith_abi::registers::{self as map, ntt, ERROR_ARGUMENT, ERROR_BUS, ERROR_OVERFLOW};

use super::config::Shape;
use super::pass::{pass_expression, Factor, PASS_BITS};
use crate::axi::ARGUMENT_WORDS;
use crate::rtl::leaf_block;

leaf_block! {
    /// `go` pulses at the start of a pass, whose parameters then stand until its end: `commands_idle`
    /// and `writer_idle` together.
    Sequencer(shape: Shape) = sequencer_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In words: 32 * ARGUMENT_WORDS;
    In commands_idle: 1;
    In writer_idle: 1;
    In bus_error: 1;
    In overflow: 1;
    Out go: 1;
    Out pass: PASS_BITS;
    Out from_address: 64;
    Out to_address: 64;
    Out scale: shape.element_bits;
    Out idle: 1;
    Out done: 1;
    Out errors: 32;
}

fn sequencer_body(shape: &Shape) -> String {
    let bit = |offset: u32| 8 * (offset - map::ARGUMENTS) as usize;
    let alignment_top = ALIGNMENT_BYTES.ilog2() - 1;
    let whole = pass_expression([
        "log_size",
        "log_size",
        "6'd0",
        "6'd0",
        "1'b0",
        "1'b0",
        "1'b0",
        "inverse",
        "input_factor",
    ]);
    let columns_text = format!("6'd{}", shape.log_columns);
    let columns = pass_expression([
        "log_size",
        "log_upper",
        &columns_text,
        "log_lower",
        "1'b1",
        "1'b1",
        "1'b0",
        "inverse",
        "input_factor",
    ]);
    let rows = pass_expression([
        "log_size",
        "log_lower",
        &columns_text,
        "log_upper",
        "1'b0",
        "1'b1",
        "1'b0",
        "inverse",
        &format!("3'd{}", Factor::Twiddle as u32),
    ]);
    let shift = pass_expression([
        "log_size",
        "two_passes ? log_lower : log_size",
        &format!("two_passes ? {columns_text} : 6'd0"),
        "6'd0",
        "1'b0",
        "1'b0",
        "1'b1",
        "1'b1",
        &format!("3'd{}", Factor::Coset as u32),
    ]);
    format!(
        "localparam IDLE = 2'd0, PREPARE = 2'd1, BEGIN = 2'd2, RUN = 2'd3;
localparam FIRST = 2'd0, ROWS = 2'd1, SHIFT = 2'd2;
reg [1:0] state;
reg [1:0] which;
wire [63:0] source = words[{source}+:64];
wire [63:0] destination = words[{destination}+:64];
wire [63:0] scratch = words[{scratch}+:64];
wire [31:0] log_argument = words[{log_size}+:32];
wire [31:0] flags = words[{flags}+:32];
wire inverse = |(flags & 32'd{flag_inverse});
wire coset = |(flags & 32'd{flag_coset});
wire [5:0] log_size = log_argument[5:0];
wire two_passes = log_size > 6'd{k};
wire [5:0] log_lower = log_size >> 1;
wire [5:0] log_upper = log_size - log_lower;
wire aligned = (source[{al}:0] == {al1}'d0) && (destination[{al}:0] == {al1}'d0)
  && (!two_passes || (scratch[{al}:0] == {al1}'d0));
wire in_range = (log_argument != 32'd0) && (log_argument <= 32'd{largest}) && aligned
  && ((flags & ~32'd{known_flags}) == 32'd0);
wire [2:0] input_factor = inverse ? (coset ? 3'd{scale_coset} : 3'd{scale}) : (coset ? 3'd{coset} : 3'd{one});
wire unused = &{{1'b0, words}};
always @(*) begin
  idle = state == IDLE;
  scale = words[{scale_at}+:{element_bits}];
end
always @(posedge clock) begin
  go <= 1'b0;
  done <= 1'b0;
  if (state == PREPARE) begin
    case (which)
    FIRST: begin
      pass <= two_passes ? {columns} : {whole};
      from_address <= source;
      to_address <= two_passes ? scratch : destination;
    end
    ROWS: begin
      pass <= {rows};
      from_address <= scratch;
      to_address <= destination;
    end
    default: begin
      pass <= {shift};
      from_address <= destination;
      to_address <= destination;
    end
    endcase
  end
  if (reset) begin
    state <= IDLE;
    errors <= 32'd0;
  end else begin
    if (state != IDLE) begin
      if (bus_error) errors <= errors | 32'd{error_bus};
      if (overflow) errors <= errors | 32'd{error_overflow};
    end
    case (state)
    IDLE: if (start) begin
      errors <= in_range ? 32'd0 : 32'd{error_argument};
      done <= !in_range;
      which <= FIRST;
      if (in_range) state <= PREPARE;
    end
    PREPARE: begin
      go <= 1'b1;
      state <= BEGIN;
    end
    BEGIN: state <= RUN;
    default: if (commands_idle && writer_idle) begin
      if ((which == FIRST) && two_passes) which <= ROWS;
      else which <= SHIFT;
      if (((which == FIRST) && two_passes) || ((which != SHIFT) && inverse && coset)) state <= PREPARE;
      else begin
        done <= 1'b1;
        state <= IDLE;
      end
    end
    endcase
  end
end",
        source = bit(ntt::SOURCE),
        destination = bit(ntt::DESTINATION),
        scratch = bit(ntt::SCRATCH),
        log_size = bit(ntt::LOG_SIZE),
        flags = bit(ntt::FLAGS),
        scale_at = bit(ntt::SCALE),
        element_bits = shape.element_bits,
        flag_inverse = ntt::FLAG_INVERSE,
        flag_coset = ntt::FLAG_COSET,
        known_flags = ntt::FLAG_INVERSE | ntt::FLAG_COSET,
        k = shape.log_stage,
        al = alignment_top,
        al1 = alignment_top + 1,
        largest = shape.exponent_bits(),
        scale_coset = Factor::ScaleCoset as u32,
        scale = Factor::Scale as u32,
        coset = Factor::Coset as u32,
        one = Factor::One as u32,
        error_bus = ERROR_BUS,
        error_overflow = ERROR_OVERFLOW,
        error_argument = ERROR_ARGUMENT,
    )
}
