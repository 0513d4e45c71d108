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
    /// Emits the commands of a whole pass over the buffer at `base`, tile by tile: strided tiles row by
    /// row, contiguous ones, which follow each other, in one command each. `idle` from the last
    /// command's transfer until `go`.
    ///
    /// On the output side a tile's commands wait for its pulse of `complete`: a write that has
    /// begun never waits for the reads of a later tile, however the bus is shared.
    RowCommands(config: CommandConfig) = commands_body;
    In clock: 1;
    In reset: 1;
    In go: 1;
    In pass: PASS_BITS;
    In base: 64;
    In complete: 1;
    Out valid: 1;
    In ready: 1;
    Out address: 64;
    Out beats: 32;
    Out idle: 1;
}

fn commands_body(config: &CommandConfig) -> String {
    let shape = &config.shape;
    let row_bytes = 1usize << (shape.log_columns + shape.log_element_bytes);
    let (strided, permission, counting) = match config.side {
        Side::Input => (
            "read_strided",
            "wire unused_complete = &{1'b0, complete};\nwire permitted = 1'b1;\n".to_owned(),
            String::new(),
        ),
        Side::Output => (
            "write_strided",
            format!(
                "// Complete tiles of which nothing has been asked for.
reg [{t}:0] waiting;
wire permitted = (row != {k}'d0) || (waiting != {t1}'d0);
wire begun = valid && ready && (row == {k}'d0);
",
                k = shape.log_stage,
                t = shape.exponent_bits(),
                t1 = shape.exponent_bits() + 1,
            ),
            format!(
                "  if (reset || go) waiting <= {t1}'d0;
  else if (complete && !begun) waiting <= waiting + {t1}'d1;
  else if (begun && !complete) waiting <= waiting - {t1}'d1;
",
                t1 = shape.exponent_bits() + 1,
            ),
        ),
    };
    format!(
        "{fields}reg active;
reg [63:0] tile_address;
reg [{kt}:0] row;
reg [{tt}:0] tile;
{permission}wire [{k}:0] rows = {k1}'d1 << log_rows;
wire [{k}:0] last_row = rows - {k1}'d1;
wire [5:0] log_tile = log_rows + log_columns;
wire [{t}:0] tiles = {t1}'d1 << (log_size - log_tile);
wire [{t}:0] last_tile = tiles - {t1}'d1;
wire [31:0] tile_beats = (log_tile < 6'd{log_beat_elements}) ? 32'd1
  : 32'd1 << (log_tile - 6'd{log_beat_elements});
wire [63:0] row_step = 64'd{element_bytes} << log_stride;
wire [63:0] tile_step = {strided} ? 64'd{row_bytes} : {{26'd0, tile_beats, 6'd0}};
wire row_end = !{strided} || (row == last_row[{kt}:0]);
wire tile_end = tile == last_tile[{tt}:0];
wire unused = &{{1'b0, last_row[{k}], last_tile[{t}]}};
always @(*) begin
  idle = !active;
  valid = active && permitted;
  beats = {strided} ? 32'd{row_beats} : tile_beats;
end
always @(posedge clock) begin
{counting}  if (reset) active <= 1'b0;
  else if (go) begin
    active <= 1'b1;
    address <= base;
    tile_address <= base;
    row <= {k}'d0;
    tile <= {t}'d0;
  end else if (valid && ready) begin
    row <= row_end ? {k}'d0 : row + {k}'d1;
    if (row_end) begin
      tile <= tile + {t}'d1;
      tile_address <= tile_address + tile_step;
      address <= tile_address + tile_step;
    end else address <= address + row_step;
    active <= !(row_end && tile_end);
  end
end",
        fields = pass_wires(&["log_size", "log_rows", "log_columns", "log_stride", strided]),
        k = shape.log_stage,
        k1 = shape.log_stage + 1,
        kt = shape.log_stage - 1,
        t = shape.exponent_bits(),
        t1 = shape.exponent_bits() + 1,
        tt = shape.exponent_bits() - 1,
        element_bytes = 1 << shape.log_element_bytes,
        log_beat_elements = BEAT_BYTES.ilog2() as usize - shape.log_element_bytes,
        row_beats = row_bytes / BEAT_BYTES,
    )
}
