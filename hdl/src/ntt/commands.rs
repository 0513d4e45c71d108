//! From a pass to the reads or writes that it makes.

use rust_hdl::prelude::*;
use vegalith_abi::memory::BEAT_BYTES;

use super::config::Shape;
use super::pass::{pass_wires, PASS_BITS};
use super::tile::Side;
use crate::rtl::leaf_block;

/// Shape of [`RowCommands`].
#[derive(Clone, Debug)]
pub(super) struct CommandConfig {
    pub(super) shape: Shape,
    pub(super) side: Side,
}

leaf_block! {
    /// Emits the commands of a whole pass over the buffer at `base`, one a cycle: strided tiles row by
    /// row, contiguous ones, which follow each other, all in one. `idle` from the last command's
    /// transfer until `go`.
    RowCommands(config: CommandConfig) = commands_body;
    In clock: 1;
    In reset: 1;
    In go: 1;
    In pass: PASS_BITS;
    In base: 64;
    Out valid: 1;
    In ready: 1;
    Out address: 64;
    Out beats: 32;
    Out idle: 1;
}

fn commands_body(config: &CommandConfig) -> String {
    let shape = &config.shape;
    let strided = match config.side {
        Side::Input => "read_strided",
        Side::Output => "write_strided",
    };
    let row_bytes = 1usize << (shape.log_columns + shape.log_element_bytes);
    format!(
        "{fields}reg [63:0] tile_address;
reg [{kt}:0] row;
reg [{tt}:0] tile;
wire [{k}:0] rows = {k1}'d1 << log_rows;
wire [{k}:0] last_row = rows - {k1}'d1;
wire [{t}:0] tiles = ({t1}'d1 << (log_size - log_rows)) >> {log_columns};
wire [{t}:0] last_tile = tiles - {t1}'d1;
wire [63:0] stride = 64'd{element_bytes} << log_stride;
wire [31:0] all_beats = (32'd{element_bytes} << log_size) >> {log_beat};
wire row_end = row == last_row[{kt}:0];
wire unused = &{{1'b0, last_row[{k}], last_tile[{t}]}};
always @(*) begin
  idle = !valid;
  beats = {strided} ? 32'd{row_beats} : (all_beats == 32'd0) ? 32'd1 : all_beats;
end
always @(posedge clock) begin
  if (reset) valid <= 1'b0;
  else if (go) begin
    valid <= 1'b1;
    address <= base;
    tile_address <= base;
    row <= {k}'d0;
    tile <= {t}'d0;
  end else if (valid && ready) begin
    row <= row_end ? {k}'d0 : row + {k}'d1;
    if (row_end) begin
      tile <= tile + {t}'d1;
      tile_address <= tile_address + 64'd{row_bytes};
      address <= tile_address + 64'd{row_bytes};
    end else address <= address + stride;
    valid <= {strided} && !(row_end && (tile == last_tile[{tt}:0]));
  end
end",
        fields = pass_wires(&["log_size", "log_rows", "log_stride", strided]),
        k = shape.log_stage,
        k1 = shape.log_stage + 1,
        kt = shape.log_stage - 1,
        t = shape.exponent_bits(),
        t1 = shape.exponent_bits() + 1,
        tt = shape.exponent_bits() - 1,
        log_columns = shape.log_columns,
        element_bytes = 1 << shape.log_element_bytes,
        log_beat = BEAT_BYTES.ilog2(),
        row_beats = row_bytes / BEAT_BYTES,
    )
}
