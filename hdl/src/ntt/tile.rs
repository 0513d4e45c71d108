//! Tile memory: two banks, so that a pair is written and a pair is read every cycle, whichever way
//! the tile is walked.
//!
//! A tile has n = 2^k rows (points of a transform) and B columns (transforms). It is walked in
//! * *memory order*: as it lies in device memory, two neighbours at a time. Contiguous tiles lie
//!   column by column, so neighbours share a column; strided ones row by row, so they share a row;
//! * *butterfly order*: column by column, rows i and i + n/2 at a time.
//!
//! Element (r, c) is in bank r₀ ⊕ r_(k−1) ⊕ c₀ (of a transform of two points: r₀ ⊕ c₀) at address
//! base + c·n/2 + ⌊r/2⌋: the two elements of any pair are in different banks. Tiles follow each other
//! round the memory, as many as fit.

use rust_hdl::prelude::*;

use super::config::Shape;
use super::pass::{pass_wires, PASS_BITS};
use crate::rtl::leaf_block;

/// Shape of the blocks of this module.
#[derive(Clone, Debug)]
pub(super) struct OrderConfig {
    pub(super) shape: Shape,
    /// Of the memory that is walked.
    pub(super) address_bits: usize,
    /// Memory order: field of the pass that tells whether rows are strided. Butterfly order:
    /// whether pairs come in the order of the pipeline's results.
    pub(super) side: Side,
}

/// Which end of the pipeline a walk belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Input,
    Output,
}

leaf_block! {
    /// Walks tiles in memory order, a pair per `step`. `last` tells in the cycle of the step that it
    /// is a tile's last; addresses and `swap` (the first of the pair is in bank 1) come a cycle
    /// later with `valid`. `go` starts from address 0.
    ///
    /// A tile smaller than a beat is walked as if it filled one.
    MemoryOrder(config: OrderConfig) = memory_order_body;
    In clock: 1;
    In reset: 1;
    In go: 1;
    In pass: PASS_BITS;
    In step: 1;
    Out last: 1;
    Out valid: 1;
    Out address_0: config.address_bits;
    Out address_1: config.address_bits;
    Out swap: 1;
}

fn memory_order_body(config: &OrderConfig) -> String {
    let shape = &config.shape;
    let p = shape.pair_bits();
    let a = config.address_bits;
    let strided = match config.side {
        Side::Input => "read_strided",
        Side::Output => "write_strided",
    };
    format!(
        "{fields}wire [{p}:0] tile_pairs = {p1}'d1 << (log_rows + log_columns - 6'd1);
wire [{p}:0] half = ({p1}'d1 << log_rows) >> 1;
wire [{p}:0] quarter = half >> 1;
reg [{pt}:0] pair;
reg [{at}:0] base;
wire [{p}:0] tile_pairs_less_1 = tile_pairs - {p1}'d1;
wire [{pt}:0] last_pair = tile_pairs_less_1[{pt}:0] | {p}'d{beat_mask};
// Strided: a row's pairs of columns follow each other.
wire [{pt}:0] column_pair = pair & {p}'d{column_mask};
wire [{pt}:0] row = pair >> {column_shift};
wire strided_swap = row[0] ^ (|(row & half[{pt}:0]));
wire contiguous_swap = (|(pair & quarter[{pt}:0])) ^ (|(pair & half[{pt}:0]));
wire swapped = {strided} ? strided_swap : contiguous_swap;
wire [{pt}:0] place = {strided} ? (column_pair << log_rows) | (row >> 1) : pair;
wire [{pt}:0] odd_column = {strided} ? half[{pt}:0] : {p}'d0;
wire unused = &{{1'b0, half, quarter, tile_pairs_less_1}};
always @(*) last = pair == last_pair;
always @(posedge clock) begin
  address_0 <= base + {{{pad}'d0, place}} + (swapped ? {{{pad}'d0, odd_column}} : {a}'d0);
  address_1 <= base + {{{pad}'d0, place}} + (swapped ? {a}'d0 : {{{pad}'d0, odd_column}});
  swap <= swapped;
  if (reset || go) begin
    valid <= 1'b0;
    pair <= {p}'d0;
    base <= {a}'d0;
  end else begin
    valid <= step;
    if (step) begin
      pair <= last ? {p}'d0 : pair + {p}'d1;
      if (last) base <= base + {{{base_pad}tile_pairs}};
    end
  end
end",
        fields = pass_wires(&["log_rows", "log_columns", strided]),
        p1 = p + 1,
        pt = p - 1,
        at = a - 1,
        pad = a - p,
        base_pad = zeros(a - p - 1),
        beat_mask = (1 << shape.log_beat_pairs()) - 1,
        column_mask = (1 << (shape.log_columns - 1)) - 1,
        column_shift = shape.log_columns - 1,
    )
}

/// `count` zero bits at the head of a concatenation.
fn zeros(count: usize) -> String {
    if count == 0 {
        String::new()
    } else {
        format!("{count}'d0, ")
    }
}

leaf_block! {
    /// Walks tiles in butterfly order; ports as of [`MemoryOrder`]. At the output pairs come in the
    /// order in which decimation in frequency gives them: row i of a transform in bit-reversed order.
    ButterflyOrder(config: OrderConfig) = butterfly_order_body;
    In clock: 1;
    In reset: 1;
    In go: 1;
    In pass: PASS_BITS;
    In step: 1;
    Out last: 1;
    Out valid: 1;
    Out address_0: config.address_bits;
    Out address_1: config.address_bits;
    Out swap: 1;
}

fn butterfly_order_body(config: &OrderConfig) -> String {
    let shape = &config.shape;
    let p = shape.pair_bits();
    let a = config.address_bits;
    // A position within a column; a column.
    let i = shape.log_stage - 1;
    let c = shape.log_columns;
    let (fields, row) = match config.side {
        Side::Input => (
            pass_wires(&["log_rows", "log_columns"]),
            "position".to_owned(),
        ),
        Side::Output => {
            let reversed: Vec<_> = (0..i).map(|bit| format!("position[{bit}]")).collect();
            (
                pass_wires(&["log_rows", "log_columns", "scale_only"])
                    + &format!(
                        "wire [{it}:0] reversed = {{{bits}}} >> (6'd{k} - log_rows);\n",
                        it = i - 1,
                        bits = reversed.join(", "),
                        k = shape.log_stage,
                    ),
                "scale_only ? position : reversed".to_owned(),
            )
        }
    };
    format!(
        "{fields}reg [{it}:0] position;
reg [{ct}:0] column;
reg [{at}:0] base;
wire [{p}:0] tile_pairs = {p1}'d1 << (log_rows + log_columns - 6'd1);
wire [{i}:0] half = {i1}'d1 << (log_rows - 6'd1);
wire [{i}:0] quarter = half >> 1;
wire [{i}:0] last_time = half - {i1}'d1;
wire [{c}:0] last_column = ({c1}'d1 << log_columns) - {c1}'d1;
wire [{it}:0] row = {row};
wire swapped = row[0] ^ column[0];
wire column_end = position == last_time[{it}:0];
wire [{pt}:0] place = ({{{i}'d0, column}} << (log_rows - 6'd1)) | {{{c}'d0, row >> 1}};
wire unused = &{{1'b0, half, last_time, last_column}};
always @(*) last = column_end && (column == last_column[{ct}:0]);
always @(posedge clock) begin
  address_0 <= base + {{{pad}'d0, place}} + (swapped ? {{{quarter_pad}'d0, quarter}} : {a}'d0);
  address_1 <= base + {{{pad}'d0, place}} + (swapped ? {a}'d0 : {{{quarter_pad}'d0, quarter}});
  swap <= swapped;
  if (reset || go) begin
    valid <= 1'b0;
    position <= {i}'d0;
    column <= {c}'d0;
    base <= {a}'d0;
  end else begin
    valid <= step;
    if (step) begin
      position <= column_end ? {i}'d0 : position + {i}'d1;
      if (last) column <= {c}'d0;
      else if (column_end) column <= column + {c}'d1;
      if (last) base <= base + {{{base_pad}tile_pairs}};
    end
  end
end",
        p1 = p + 1,
        pt = p - 1,
        at = a - 1,
        pad = a - p,
        it = i - 1,
        i1 = i + 1,
        ct = c - 1,
        c1 = c + 1,
        quarter_pad = a - i - 1,
        base_pad = zeros(a - p - 1),
    )
}

/// Shape of a [`PairRam`].
#[derive(Clone, Debug)]
pub(super) struct PairRamConfig {
    pub(super) address_bits: usize,
    pub(super) element_bits: usize,
    pub(super) style: &'static str,
}

leaf_block! {
    /// The two banks. `swap` sends the first of a pair to bank 1, and fetches it from there; a pair
    /// read stands two cycles after its addresses.
    PairRam(config: PairRamConfig) = pair_ram_body;
    In clock: 1;
    In write: 1;
    In write_address_0: config.address_bits;
    In write_address_1: config.address_bits;
    In write_swap: 1;
    In write_first: config.element_bits;
    In write_second: config.element_bits;
    In read_address_0: config.address_bits;
    In read_address_1: config.address_bits;
    In read_swap: 1;
    Out first: config.element_bits;
    Out second: config.element_bits;
}

fn pair_ram_body(config: &PairRamConfig) -> String {
    format!(
        "(* ram_style = \"{style}\" *) reg [{top}:0] bank_0 [0:{last}];
(* ram_style = \"{style}\" *) reg [{top}:0] bank_1 [0:{last}];
reg [{top}:0] read_0;
reg [{top}:0] read_1;
reg swapped;
always @(posedge clock) begin
  if (write) bank_0[write_address_0] <= write_swap ? write_second : write_first;
  read_0 <= bank_0[read_address_0];
end
always @(posedge clock) begin
  if (write) bank_1[write_address_1] <= write_swap ? write_first : write_second;
  read_1 <= bank_1[read_address_1];
end
always @(posedge clock) begin
  swapped <= read_swap;
  first <= swapped ? read_1 : read_0;
  second <= swapped ? read_0 : read_1;
end",
        style = config.style,
        top = config.element_bits - 1,
        last = (1usize << config.address_bits) - 1,
    )
}
