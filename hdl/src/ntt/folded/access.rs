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

use super::config::{by_size, last_but_one, Shape, LOG_BANKS, SIZE_WIRE};
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

/// The assignments that make up a place.
fn place_fields(fields: [&str; 6]) -> String {
    let [base, term_0, term_1, term_2, flip, lanes] = fields;
    format!("always @(*) place = {{{lanes}, {flip}, {term_2}, {term_1}, {term_0}, {base}}};\n")
}

/// Masks of the address bits that flip bank bits 1 and 2, registered: `one` and `two`.
fn bank_masks(shape: &Shape) -> String {
    let bits = shape.address_bits();
    format!(
        "{SIZE_WIRE}reg [{top}:0] one;
reg [{top}:0] two;
always @(posedge clock) begin
  one <= {one};
  two <= {two};
end
",
        top = bits - 1,
        one = by_size(bits, |bit| bit + 5..bit + 6),
        two = by_size(bits, |bit| bit + 6..bit + 7),
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
        "{masks}reg [{pt}:0] pair;
// The last but one; whether a stage has but one; whether the next is a stage's last.
reg [{pt}:0] before_last;
reg single;
reg at_end;
// 2^s for stage s, and the bits below.
reg [{mt}:0] stage;
reg [{pt}:0] below;
reg [{mt}:0] first_1;
reg [{mt}:0] stage_1;
reg valid_1;
reg only_1;
wire [{at}:0] high_1 = first_1[{mt}:3];
wire [{at}:0] stage_high_1 = stage_1[{mt}:3];
reg [{mt}:0] first_2;
reg [{mt}:0] stage_2;
reg valid_2;
reg only_2;
reg on_one;
reg on_two;
reg on_high;
reg high_one;
reg high_two;
reg high_parity;
wire [2:0] column = stage_2[2:0] | {{on_two, on_one, on_high && !on_one && !on_two}};
wire [{at}:0] base = first_2[{mt}:3];
wire [{at}:0] term_0 = stage_2[{mt}:3] & {{{address}{{column[0]}}}};
wire [{at}:0] term_1 = stage_2[{mt}:3] & {{{address}{{column[1]}}}};
wire [{at}:0] term_2 = stage_2[{mt}:3] & {{{address}{{column[2]}}}};
wire [2:0] flip = first_2[2:0] ^ {{high_two, high_one, high_parity ^ high_one ^ high_two}};
wire [7:0] lanes = {{3'd0, column[2], 1'b0, column[1:0], !only_2}} & {{8{{valid_2}}}};
always @(posedge clock) begin
  before_last <= {before_last};
  single <= size_is[1];
  if (start) begin
    at_end <= single;
    pair <= {pairs}'d0;
    stage <= {m}'d1;
    below <= {pairs}'d0;
  end else if (step) begin
    at_end <= at_end ? single : pair == before_last;
    pair <= at_end ? {pairs}'d0 : pair + {pairs}'d1;
    if (at_end) begin
      stage <= stage << 1;
      below <= {{below[{pt1}:0], 1'b1}};
    end
  end
  first_1 <= alone ? {m}'d1 : {{pair & ~below, 1'b0}} | {{1'b0, pair & below}};
  stage_1 <= alone ? {m}'d1 : stage;
  valid_1 <= (step || alone) && !reset;
  only_1 <= alone;
  first_2 <= first_1;
  stage_2 <= stage_1;
  valid_2 <= valid_1 && !reset;
  only_2 <= only_1;
  on_one <= |(stage_high_1 & one);
  on_two <= |(stage_high_1 & two);
  on_high <= |stage_high_1;
  high_one <= |(high_1 & one);
  high_two <= |(high_1 & two);
  high_parity <= ^high_1;
end
{fields}",
        fields = place_fields(["base", "term_0", "term_1", "term_2", "flip", "lanes"]),
        masks = bank_masks(shape),
        before_last = last_but_one(pairs, 1),
        mt = m - 1,
        pt = pairs - 1,
        pt1 = pairs - 2,
        at = address - 1,
    )
}

leaf_block! {
    /// Takes the beats of the input from `start` on, `last` with the last of them, and gives the
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
        "{masks}reg active;
// The beat's number, its highest bit on top; or an element's number.
reg [{at}:0] beat;
reg [{at}:0] beat_step;
// The last whole beat but one, and the last element but one.
reg [{at}:0] before_last_beat;
reg [3:0] before_last_element;
reg [3:0] element;
// Of the beat or element that comes next.
reg at_end;
reg completes;
reg whole;
reg [{at}:0] first_lane_bit;
wire [{at}:0] reversed = {{{reversed}}};
wire [3:0] element_place = {{element[0], element[1], element[2], element[3]}} >> (3'd4 - log_size[2:0]);
wire step = active && valid;
always @(*) begin
  last = step && at_end;
  ready = active && completes;
end
always @(posedge clock) begin
  whole <= |size_is[15:{LOG_WHOLE_BEATS}];
  beat_step <= {beat_step};
  before_last_beat <= {before_last_beat};
  before_last_element <= {before_last_element};
  first_lane_bit <= {first_lane_bit};
  if (reset) active <= 1'b0;
  else if (start) active <= 1'b1;
  else if (last) active <= 1'b0;
  if (start) begin
    beat <= {address}'d0;
    element <= 4'd0;
    at_end <= 1'b0;
    completes <= whole;
  end else if (step) begin
    beat <= beat + beat_step;
    element <= element + 4'd1;
    at_end <= whole ? (beat == before_last_beat) : (element == before_last_element);
    completes <= whole || (element == before_last_element) || (element[2:0] == 3'd6);
  end
end
wire [{at}:0] base = whole ? reversed >> 3 : {{{base_pad}'d0, element_place[3]}};
wire [2:0] flip = whole ? reversed[2:0] ^ {{2'd0, ^(reversed >> 3)}}
  : element[2:0] ^ element_place[2:0] ^ {{2'd0, element_place[3]}};
wire [{at}:0] term_0 = first_lane_bit & {{{address}{{whole}}}};
wire [{at}:0] term_1 = one & {{{address}{{whole}}}};
wire [{at}:0] term_2 = two & {{{address}{{whole}}}};
wire [7:0] lanes = !step ? 8'd0 : whole ? 8'hff : 8'd1 << element[2:0];
{fields}",
        fields = place_fields(["base", "term_0", "term_1", "term_2", "flip", "lanes"]),
        masks = bank_masks(shape),
        at = address - 1,
        reversed = reversed.join(", "),
        base_pad = address - 1,
        beat_step = by_size(address, |bit| m - bit..m - bit + 1),
        // Beats count in the bits from beat_step's on: all of them, less one beat.
        before_last_beat = by_size(address, |bit| m - bit + 1..16),
        before_last_element = last_but_one(4, 0),
        first_lane_bit = by_size(address, |bit| bit + 4..bit + 5),
    )
}

leaf_block! {
    /// Steps through the beats of the output from `start` on while `permitted`: `step`, and their places.
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
        "{masks}reg active;
reg [{at}:0] beat;
// The last beat but one; whether the next is the last.
reg [{at}:0] before_last;
reg single;
reg at_end;
wire beat_one = |(beat & one);
wire beat_two = |(beat & two);
always @(*) step = active && permitted;
always @(posedge clock) begin
  before_last <= {before_last};
  single <= |size_is[3:0];
  if (reset) active <= 1'b0;
  else if (start) active <= 1'b1;
  else if (step && at_end) active <= 1'b0;
  if (start) begin
    beat <= {address}'d0;
    at_end <= single;
  end else if (step) begin
    beat <= beat + {address}'d1;
    at_end <= beat == before_last;
  end
end
wire [{at}:0] none = {address}'d0;
wire [2:0] flip = {{beat_two, beat_one, (^beat) ^ beat_one ^ beat_two}};
{fields}",
        before_last = last_but_one(address, 3),
        fields = place_fields(["beat", "none", "none", "none", "flip", "8'd0"]),
        masks = bank_masks(shape),
        at = address - 1,
    )
}
