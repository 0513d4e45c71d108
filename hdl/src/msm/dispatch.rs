//! From (point, recoded scalar) to one value a cycle for the buckets.
//!
//! The scalar arrives biased: k + Σ_w 2^(c−1)·2^(cw), so that its w-th window of c bits is the signed
//! digit d_w plus 2^(c−1), −2^(c−1) ≤ d_w < 2^(c−1) (a recoding without a carry chain), with a mask of
//! the windows whose digit is not zero. Digit d of window w sends ±P to bucket |d|.
//!
//! ```text
//! queues ─► next item (drops items without digits) ─► item ─► lowest window left ─► digit, sign ─► value
//! ```
//! Items that add nothing (scalar zero, point at infinity) are dropped while the item before them
//! is still being worked on, so they cost no adder slot.

use super::folded;
use super::slots::SlotMap;
use crate::rtl::leaf_block;
use rust_hdl::prelude::*;

/// Shape of a [`Dispatch`].
#[derive(Clone, Debug)]
pub(crate) struct DispatchConfig {
    pub(crate) num_windows: usize,
    pub(crate) window_bits: usize,
    pub(crate) key_bits: usize,
    /// Width of an affine coordinate.
    pub(crate) field_bits: usize,
    /// Whether the adder takes a pair in every cycle.
    pub(crate) pipelined_adder: bool,
}

impl DispatchConfig {
    pub(crate) fn new(map: &SlotMap, field_bits: usize, pipelined_adder: bool) -> Self {
        DispatchConfig {
            num_windows: map.num_windows,
            window_bits: map.window_bits,
            key_bits: map.key_bits(),
            field_bits,
            pipelined_adder,
        }
    }

    pub(super) fn biased_bits(&self) -> usize {
        self.num_windows * self.window_bits
    }

    /// Width of a window's number.
    pub(super) fn index_bits(&self) -> usize {
        (usize::BITS - (self.num_windows - 1).leading_zeros()) as usize
    }

    /// `negative` and `magnitude`, |d| modulo 2^(c−1), of the biased digit in the low bits of a signal.
    pub(super) fn magnitude_text(&self, digit: &str) -> String {
        format!(
            "// |d| modulo 2^(c-1) from the biased digit b = d + 2^(c-1): b's low bits for d >= 0, their negative below.
wire negative = !{digit}[{bits}];
wire [{top}:0] magnitude = negative ? ({bits}'d0 - {digit}[{top}:0]) : {digit}[{top}:0];
",
            bits = self.window_bits - 1,
            top = self.window_bits - 2,
        )
    }

    /// The key of bucket `magnitude` of the window whose number a signal holds.
    pub(super) fn key(&self, window: &str) -> String {
        let bits = self.window_bits - 1;
        format!(
            "{{{}'d0, magnitude}} + (({{{}'d0, {window}}}) << {bits})",
            self.key_bits - bits,
            self.key_bits - self.index_bits(),
        )
    }
}

leaf_block! {
    /// Takes an item from both queues with `pop`; gives values with `valid`, held until `ready`.
    /// With a folded adder, an item stands at the inputs until its `pop`.
    /// `items` counts the items taken since `clear`; `idle` says that none is inside.
    Dispatch(config: DispatchConfig) = dispatch_body;
    In clock: 1;
    In reset: 1;
    In clear: 1;
    In point_valid: 1;
    In x: config.field_bits;
    In y: config.field_bits;
    In minus_y: config.field_bits;
    In infinite: 1;
    In scalar_valid: 1;
    In biased: config.biased_bits();
    In nonzero: config.num_windows;
    Out pop: 1;
    Out valid: 1;
    In ready: 1;
    Out key: config.key_bits;
    Out value_x: config.field_bits;
    Out value_y: config.field_bits;
    Out items: 32;
    Out idle: 1;
}

fn dispatch_body(config: &DispatchConfig) -> String {
    if !config.pipelined_adder {
        return folded::dispatch_text(config);
    }
    let c = config.window_bits;
    let windows = config.num_windows;
    let index_bits = config.index_bits();
    let any = |terms: Vec<String>| terms.join(" | ");
    let index: Vec<String> = (0..index_bits)
        .rev()
        .map(|bit| {
            let with_bit = (0..windows).filter(|window| window >> bit & 1 == 1);
            any(with_bit.map(|window| format!("lowest[{window}]")).collect())
        })
        .collect();
    let digits = (0..windows).map(|window| {
        let (top, bottom) = (window * c + c - 1, window * c);
        format!("({{{c}{{lowest[{window}]}}}} & item_biased[{top}:{bottom}])")
    });
    let (index, digits) = (index.join(", "), any(digits.collect()));
    format!(
        "reg next_valid;
reg [{field_top}:0] next_x;
reg [{field_top}:0] next_y;
reg [{field_top}:0] next_minus_y;
reg [{biased_top}:0] next_biased;
// Windows that are left; those but the lowest; whether there are none of either.
reg [{window_top}:0] next_mask;
reg [{window_top}:0] next_rest;
reg next_empty;
reg next_single;
reg [{window_top}:0] item_mask;
reg [{window_top}:0] item_rest;
reg item_empty;
reg item_single;
reg [{field_top}:0] item_x;
reg [{field_top}:0] item_y;
reg [{field_top}:0] item_minus_y;
reg [{biased_top}:0] item_biased;
wire [{window_top}:0] mask_in = infinite ? {windows}'d0 : nonzero;
wire [{window_top}:0] rest_in = mask_in & (mask_in - {windows}'d1);
wire [{window_top}:0] lowest = item_mask & ~item_rest;
wire [{window_top}:0] rest_after = item_rest & (item_rest - {windows}'d1);
reg digit_valid;
reg [{index_top}:0] digit_window;
reg [{digit_top}:0] digit;
reg [{field_top}:0] digit_x;
reg [{field_top}:0] digit_y;
reg [{field_top}:0] digit_minus_y;
wire advance = ready || !valid;
wire item_free = item_empty || (advance && item_single);
wire next_free = !next_valid || item_free || next_empty;
{magnitude}always @(*) begin
  pop = point_valid && scalar_valid && next_free;
  idle = !next_valid && item_empty && !digit_valid && !valid;
end
always @(posedge clock) begin
  if (pop) begin
    next_x <= x;
    next_y <= y;
    next_minus_y <= minus_y;
    next_biased <= biased;
    next_mask <= mask_in;
    next_rest <= rest_in;
    next_empty <= mask_in == {windows}'d0;
    next_single <= rest_in == {windows}'d0;
  end
  if (item_free && next_valid) begin
    item_x <= next_x;
    item_y <= next_y;
    item_minus_y <= next_minus_y;
    item_biased <= next_biased;
  end
  if (advance) begin
    digit_window <= {{{index}}};
    digit <= {digits};
    digit_x <= item_x;
    digit_y <= item_y;
    digit_minus_y <= item_minus_y;
    key <= {key};
    value_x <= digit_x;
    value_y <= negative ? digit_minus_y : digit_y;
  end
  if (reset || clear) begin
    next_valid <= 1'b0;
    item_mask <= {windows}'d0;
    item_rest <= {windows}'d0;
    item_empty <= 1'b1;
    item_single <= 1'b1;
    digit_valid <= 1'b0;
    valid <= 1'b0;
    items <= 32'd0;
  end else begin
    if (next_free) next_valid <= pop;
    if (item_free) begin
      item_mask <= next_valid ? next_mask : {windows}'d0;
      item_rest <= next_valid ? next_rest : {windows}'d0;
      item_empty <= !next_valid || next_empty;
      item_single <= !next_valid || next_single;
    end else if (advance) begin
      item_mask <= item_rest;
      item_rest <= rest_after;
      item_empty <= item_single;
      item_single <= rest_after == {windows}'d0;
    end
    if (advance) begin
      digit_valid <= !item_empty;
      valid <= digit_valid;
    end
    if (pop) items <= items + 32'd1;
  end
end",
        field_top = config.field_bits - 1,
        biased_top = config.biased_bits() - 1,
        window_top = windows - 1,
        index_top = index_bits - 1,
        digit_top = c - 1,
        magnitude = config.magnitude_text("digit"),
        key = config.key("digit_window"),
    )
}
