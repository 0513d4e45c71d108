//! Where pairs and beats lie in the banks.
//!
//! Place p of a transform of 2^k elements has address p >> 3, and bank bits
//!
//! ```text
//!  0: p0 ^ (all of p3 … p(k−1) but the next two)     1: p1 ^ p(k−2)  if k ≥ 5     2: p2 ^ p(k−3)  if k ≥ 6
//! ```
//! Every bit of p flips a bank bit, so pairs never share a bank. Bits 0 to 2 flip one each, so the eight elements
//! of a beat on its way out do not either; nor, if k ≥ 5, those on its way in, which differ in p(k−1), p(k−2),
//! p(k−3). Smaller transforms, of a beat or two, are written an element at a time.
//!
//! A *place* on a bus is eight lanes: lane r lies in bank r ^ `flip`, at address `base` with `term_j` flipped
//! for every bit j of r; `lanes` says which are meant.

use rust_hdl::prelude::*;

use super::config::{Shape, LOG_BANKS};
use crate::rtl::leaf_block;

const BANKS: usize = 1 << LOG_BANKS;

/// Smallest transform whose beats are written whole.
const LOG_WHOLE_BEATS: usize = 5;

/// Width of a place on a bus.
pub(super) fn place_bits(shape: &Shape) -> usize {
    4 * shape.address_bits() + LOG_BANKS + BANKS
}

/// Wires `<prefix>_base`, `_term_0` … `_term_2`, `_flip`, `_lanes` for the fields of the place `bus`.
pub(super) fn place_wires(shape: &Shape, bus: &str, prefix: &str) -> String {
    let address = shape.address_bits();
    let fields = [
        ("base", address),
        ("term_0", address),
        ("term_1", address),
        ("term_2", address),
        ("flip", LOG_BANKS),
        ("lanes", BANKS),
    ];
    let (mut text, mut low) = (String::new(), 0);
    for (name, bits) in fields {
        text += &format!(
            "wire [{}:0] {prefix}_{name} = {bus}[{}:{low}];\n",
            bits - 1,
            low + bits - 1
        );
        low += bits;
    }
    text
}

/// Registers of a place's fields, and the bus that they make.
fn place_registers(shape: &Shape) -> String {
    let top = shape.address_bits() - 1;
    format!(
        "reg [{top}:0] base;
reg [{top}:0] term_0;
reg [{top}:0] term_1;
reg [{top}:0] term_2;
reg [{flip_top}:0] flip;
reg [{lane_top}:0] lanes;
always @(*) place = {{lanes, flip, term_2, term_1, term_0, base}};
",
        flip_top = LOG_BANKS - 1,
        lane_top = BANKS - 1,
    )
}

/// Masks of the address bits that flip bank bits 1 and 2, registered: `one` and `two`.
fn bank_masks(shape: &Shape) -> String {
    let bits = shape.address_bits();
    format!(
        "reg [{top}:0] one;
reg [{top}:0] two;
always @(posedge clock) begin
  one <= (log_size < 6'd5) ? {bits}'d0 : {bits}'d1 << (log_size - 6'd5);
  two <= (log_size < 6'd6) ? {bits}'d0 : {bits}'d1 << (log_size - 6'd6);
end
",
        top = bits - 1,
    )
}

leaf_block! {
    /// Places of the pairs of all stages in their order, one for each `step`, from `start` on; and, for
    /// `alone`, of element 0, in lane 1 of its place.
    PairPlaces(shape: Shape) = pair_places_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In log_size: 6;
    In step: 1;
    In alone: 1;
    Out place: place_bits(shape);
}

fn pair_places_body(shape: &Shape) -> String {
    let (m, pairs, address) = (shape.log_max_size, shape.pair_bits(), shape.address_bits());
    format!(
        "{registers}{masks}reg [{pt}:0] pair;
reg [{pt}:0] last;
// 2^s for stage s, and the bits below.
reg [{mt}:0] stage;
reg [{pt}:0] below;
reg [{mt}:0] first_1;
reg [{mt}:0] stage_1;
reg valid_1;
reg only_1;
wire [{at}:0] high_1 = first_1[{mt}:3];
wire [{at}:0] stage_high_1 = stage_1[{mt}:3];
wire on_one = |(stage_high_1 & one);
wire on_two = |(stage_high_1 & two);
wire [2:0] column = stage_1[2:0] | {{on_two, on_one, (|stage_high_1) && !on_one && !on_two}};
wire high_one = |(high_1 & one);
wire high_two = |(high_1 & two);
always @(posedge clock) begin
  last <= ~({{{pairs}{{1'b1}}}} << (log_size - 6'd1));
  if (start) begin
    pair <= {pairs}'d0;
    stage <= {m}'d1;
    below <= {pairs}'d0;
  end else if (step) begin
    pair <= (pair == last) ? {pairs}'d0 : pair + {pairs}'d1;
    if (pair == last) begin
      stage <= stage << 1;
      below <= {{below[{pt1}:0], 1'b1}};
    end
  end
  first_1 <= alone ? {m}'d1 : {{pair & ~below, 1'b0}} | {{1'b0, pair & below}};
  stage_1 <= alone ? {m}'d1 : stage;
  valid_1 <= (step || alone) && !reset;
  only_1 <= alone;
  base <= high_1;
  flip <= first_1[2:0] ^ {{high_two, high_one, (^high_1) ^ high_one ^ high_two}};
  term_0 <= stage_high_1 & {{{address}{{column[0]}}}};
  term_1 <= stage_high_1 & {{{address}{{column[1]}}}};
  term_2 <= stage_high_1 & {{{address}{{column[2]}}}};
  lanes <= (valid_1 && !reset) ? {{3'd0, column[2], 1'b0, column[1:0], !only_1}} : 8'd0;
end",
        registers = place_registers(shape),
        masks = bank_masks(shape),
        mt = m - 1,
        pt = pairs - 1,
        pt1 = pairs - 2,
        at = address - 1,
    )
}

leaf_block! {
    /// Takes the beats of the input from `start` on, `last` with the last of them; a cycle later the
    /// elements' places.
    LoadPlaces(shape: Shape) = load_places_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In log_size: 6;
    In valid: 1;
    Out ready: 1;
    Out last: 1;
    Out place: place_bits(shape);
}

fn load_places_body(shape: &Shape) -> String {
    let (m, address) = (shape.log_max_size, shape.address_bits());
    let reversed: Vec<_> = (0..address).map(|bit| format!("beat[{bit}]")).collect();
    format!(
        "{registers}{masks}reg active;
// The beat's number, its highest bit on top; or an element's number.
reg [{at}:0] beat;
reg [{at}:0] beat_step;
reg [{at}:0] below_step;
reg [3:0] element;
reg [3:0] last_element;
reg whole;
reg [{at}:0] first_lane_bit;
wire [{at}:0] reversed = {{{reversed}}};
wire [3:0] element_place = {{element[0], element[1], element[2], element[3]}} >> (3'd4 - log_size[2:0]);
wire element_end = element == last_element;
wire step = active && valid;
always @(*) begin
  last = step && (whole ? (&(beat | below_step)) : element_end);
  ready = active && (whole || element_end || (&element[2:0]));
end
always @(posedge clock) begin
  whole <= log_size >= 6'd{LOG_WHOLE_BEATS};
  beat_step <= {address}'d1 << (6'd{m} - log_size);
  below_step <= ~({{{address}{{1'b1}}}} << (6'd{m} - log_size));
  last_element <= ~(4'b1111 << log_size[2:0]);
  first_lane_bit <= {address}'d1 << (log_size - 6'd4);
  if (reset) active <= 1'b0;
  else if (start) active <= 1'b1;
  else if (last) active <= 1'b0;
  if (start) begin
    beat <= {address}'d0;
    element <= 4'd0;
  end else if (step) begin
    beat <= beat + beat_step;
    element <= element + 4'd1;
  end
  if (whole) begin
    base <= reversed >> 3;
    flip <= reversed[2:0] ^ {{2'd0, ^(reversed >> 3)}};
    term_0 <= first_lane_bit;
    term_1 <= one;
    term_2 <= two;
  end else begin
    base <= {{{base_pad}'d0, element_place[3]}};
    flip <= element[2:0] ^ element_place[2:0] ^ {{2'd0, element_place[3]}};
    term_0 <= {address}'d0;
    term_1 <= {address}'d0;
    term_2 <= {address}'d0;
  end
  lanes <= (!step || reset) ? 8'd0 : whole ? 8'hff : 8'd1 << element[2:0];
end",
        registers = place_registers(shape),
        masks = bank_masks(shape),
        at = address - 1,
        reversed = reversed.join(", "),
        base_pad = address - 1,
    )
}

leaf_block! {
    /// Steps through the beats of the output from `start` on while `permitted`: `step`, and their places a cycle
    /// later.
    DrainPlaces(shape: Shape) = drain_places_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In log_size: 6;
    In permitted: 1;
    Out step: 1;
    Out place: place_bits(shape);
}

fn drain_places_body(shape: &Shape) -> String {
    let address = shape.address_bits();
    format!(
        "{registers}{masks}reg active;
reg [{at}:0] beat;
reg [{at}:0] last;
wire beat_one = |(beat & one);
wire beat_two = |(beat & two);
always @(*) step = active && permitted;
always @(posedge clock) begin
  last <= (log_size < 6'd3) ? {address}'d0 : ~({{{address}{{1'b1}}}} << (log_size - 6'd3));
  if (reset) active <= 1'b0;
  else if (start) active <= 1'b1;
  else if (step && (beat == last)) active <= 1'b0;
  if (start) beat <= {address}'d0;
  else if (step) beat <= beat + {address}'d1;
  base <= beat;
  flip <= {{beat_two, beat_one, (^beat) ^ beat_one ^ beat_two}};
  term_0 <= {address}'d0;
  term_1 <= {address}'d0;
  term_2 <= {address}'d0;
  lanes <= 8'd0;
end",
        registers = place_registers(shape),
        masks = bank_masks(shape),
        at = address - 1,
    )
}
