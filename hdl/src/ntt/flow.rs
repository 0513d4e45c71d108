//! When a tile may be filled, worked on and drained.

use rust_hdl::prelude::*;

use super::config::Shape;
use super::pass::{pass_wires, PASS_BITS};
use crate::rtl::leaf_block;

/// Most tiles that a memory is said to hold, however small they are.
const LOG_MOST_TILES: usize = 5;

leaf_block! {
    /// Counts tiles. `filled`, `issued`, `released`, `collected` and `drained` pulse when a tile is
    /// complete in the input memory, enters the pipeline (a place in the output memory is reserved for
    /// it), has been read from the input memory, is complete in the output memory, has left it.
    ///
    /// The pipeline cannot wait, so nothing enters it that has no place to go.
    TileFlow(shape: Shape) = tile_flow_body;
    In clock: 1;
    In reset: 1;
    In pass: PASS_BITS;
    In filled: 1;
    In issued: 1;
    In released: 1;
    In collected: 1;
    In drained: 1;
    Out can_fill: 1;
    Out can_issue: 1;
    Out can_drain: 1;
    Out waiting: 1;
}

fn tile_flow_body(shape: &Shape) -> String {
    let bits = LOG_MOST_TILES + 1;
    let count = |name: &str, up: &str, down: &str| {
        format!(
            "    if ({up} && !{down}) {name} <= {name} + {bits}'d1;
    if ({down} && !{up}) {name} <= {name} - {bits}'d1;
"
        )
    };
    let places = |name: &str, address_bits: usize| {
        format!(
            "wire [5:0] log_{name} = 6'd{address_bits} - (log_rows + log_columns - 6'd1);
wire [{top}:0] {name}_places = (log_{name} > 6'd{LOG_MOST_TILES}) ? {bits}'d{most} : {bits}'d1 << log_{name};
",
            top = bits - 1,
            most = 1 << LOG_MOST_TILES,
        )
    };
    format!(
        "{fields}{input}{output}// Tiles complete in the input memory, those of them not issued, places taken in the output
// memory, tiles complete there.
reg [{top}:0] held;
reg [{top}:0] available;
reg [{top}:0] reserved;
reg [{top}:0] complete;
wire room = reserved < output_places;
always @(*) begin
  can_fill = held < input_places;
  can_issue = (available != {bits}'d0) && room;
  can_drain = complete != {bits}'d0;
  waiting = (available != {bits}'d0) && !room;
end
always @(posedge clock) begin
  if (reset) begin
    held <= {bits}'d0;
    available <= {bits}'d0;
    reserved <= {bits}'d0;
    complete <= {bits}'d0;
  end else begin
{held}{available}{reserved}{complete}  end
end",
        fields = pass_wires(&["log_rows", "log_columns"]),
        input = places("input", shape.input_address_bits()),
        output = places("output", shape.output_address_bits()),
        top = bits - 1,
        held = count("held", "filled", "released"),
        available = count("available", "filled", "issued"),
        reserved = count("reserved", "issued", "drained"),
        complete = count("complete", "collected", "drained"),
    )
}

leaf_block! {
    /// Sends tiles into the pipeline, each without a gap, back to back as long as `can_issue`.
    ///
    /// While `active` a pair goes; `first` marks a column's first, `column` is its number in the pass.
    /// `stalled`: a tile waits for room behind the pipeline.
    Issue(shape: Shape) = issue_body;
    In clock: 1;
    In reset: 1;
    In go: 1;
    In pass: PASS_BITS;
    In can_issue: 1;
    In waiting: 1;
    Out issued: 1;
    Out active: 1;
    Out first: 1;
    Out column: shape.exponent_bits();
    Out stalled: 1;
}

fn issue_body(shape: &Shape) -> String {
    let p = shape.pair_bits();
    format!(
        "{fields}wire [{p}:0] tile_pairs = {p1}'d1 << (log_rows + log_columns - 6'd1);
wire [{p}:0] last_pair = tile_pairs - {p1}'d1;
wire [{p}:0] half = ({p1}'d1 << log_rows) >> 1;
wire [{p}:0] last_of_column = half - {p1}'d1;
reg [{pt}:0] pair;
wire tile_end = pair == last_pair[{pt}:0];
wire column_end = (pair & last_of_column[{pt}:0]) == last_of_column[{pt}:0];
wire free = !active || tile_end;
wire unused = &{{1'b0, last_pair[{p}], last_of_column[{p}]}};
always @(*) begin
  issued = free && can_issue;
  stalled = free && waiting;
  first = (pair & last_of_column[{pt}:0]) == {p}'d0;
end
always @(posedge clock) begin
  if (reset || go) begin
    active <= 1'b0;
    pair <= {p}'d0;
    column <= {e}'d0;
  end else begin
    if (issued) active <= 1'b1;
    else if (tile_end) active <= 1'b0;
    if (active) begin
      pair <= tile_end ? {p}'d0 : pair + {p}'d1;
      if (column_end) column <= column + {e}'d1;
    end
  end
end",
        fields = pass_wires(&["log_rows", "log_columns"]),
        p1 = p + 1,
        pt = p - 1,
        e = shape.exponent_bits(),
    )
}
