//! Token merge: values meet their partners in the slot memory, whatever their order.
//!
//! A slot holds at most one value. A value that finds its slot empty is stored; one that finds it
//! full empties it, and the pair goes to the adder; the sum comes back as a value for the same
//! slot. Addition is associative, so a slot may have any number of sums under way: there is no
//! scoreboard and nothing to wait for.
//!
//! ```text
//!            cycle 0          cycle 1              cycle 2                cycle 3
//! results ─► occupancy ─────► full? read : write ─► pair ───────────────► adder
//! values  ─► occupancy ─────► full? read : write ─► pair ─► pair queue ──┘ (results first)
//! ```
//! Each lane looks one slot up a cycle and each port of the slot memory does one operation for it.
//! A lane toggles a slot's occupancy at every visit, so occupancy is the parity of the visits: each
//! lane keeps the parity of its own visits in a memory only it writes, and a slot is full when the
//! two parities differ. Two values for one slot in the same cycle are paired on the spot.
//!
//! The result lane is never held back. The value lane is, while the pair queue is nearly full;
//! then every adder slot is taken.
//!
//! With a folded adder, there is one lane for both: [`super::folded`].

use super::folded;
use crate::rtl::leaf_block;
use rust_hdl::prelude::*;

/// Shape of the merge blocks.
#[derive(Clone, Debug)]
pub(crate) struct MergeConfig {
    /// Width of a slot's address.
    pub(crate) key_bits: usize,
    /// Number of slots.
    pub(crate) num_slots: usize,
    /// Width of a value: a projective point.
    pub(crate) value_bits: usize,
    /// Width of the tag that accompanies a take.
    pub(crate) tag_bits: usize,
    /// Whether the adder takes a pair in every cycle.
    pub(crate) pipelined_adder: bool,
}

leaf_block! {
    /// Keeps one occupancy bit a slot for two lanes.
    ///
    /// A visit given in cycle 0 is answered in cycle 1: `full` tells what the visit found. Lane a
    /// and lane b may visit any slots; if both visit the same one, `same` is set and the slot
    /// stays as it is. A visit with `b_take` empties a full slot and leaves an empty one empty.
    /// `clear` empties slot `clear_key` (no visits meanwhile).
    Occupancy(config: MergeConfig) = occupancy_body;
    In clock: 1;
    In reset: 1;
    In clear: 1;
    In clear_key: config.key_bits;
    In a_visit: 1;
    In a_key: config.key_bits;
    In b_visit: 1;
    In b_take: 1;
    In b_key: config.key_bits;
    Out a_full: 1;
    Out b_full: 1;
    Out same: 1;
}

fn occupancy_body(config: &MergeConfig) -> String {
    let (key_top, slot_top) = (config.key_bits - 1, config.num_slots - 1);
    let mut text = String::new();
    // Four copies: the parity that lane w writes, for lane r to read.
    for writer in ["a", "b"] {
        for reader in ["a", "b"] {
            text += &format!(
                "reg {writer}_for_{reader} [0:{slot_top}];
reg {writer}_seen_by_{reader};
always @(posedge clock) begin
  {writer}_seen_by_{reader} <= {writer}_for_{reader}[{reader}_key];
  if (clear) {writer}_for_{reader}[clear_key] <= 1'b0;
  else if ({writer}_toggle) {writer}_for_{reader}[{writer}_key_1] <= ~{writer}_own;
end
"
            );
        }
    }
    text += &format!(
        "reg a_visit_1;
reg b_visit_1;
reg b_take_1;
reg [{key_top}:0] a_key_1;
reg [{key_top}:0] b_key_1;
// What the cycle before toggled, which the reads above came too early to see.
reg a_toggled;
reg b_toggled;
reg [{key_top}:0] a_key_2;
reg [{key_top}:0] b_key_2;
wire a_own = a_seen_by_a ^ (a_toggled && (a_key_2 == a_key_1));
wire b_own = b_seen_by_b ^ (b_toggled && (b_key_2 == b_key_1));
wire b_other = b_seen_by_a ^ (b_toggled && (b_key_2 == a_key_1));
wire a_other = a_seen_by_b ^ (a_toggled && (a_key_2 == b_key_1));
wire a_toggle = a_visit_1 && !same;
wire b_toggle = b_visit_1 && !same && (b_full || !b_take_1);
always @(*) begin
  a_full = a_own ^ b_other;
  b_full = b_own ^ a_other;
  same = a_visit_1 && b_visit_1 && (a_key_1 == b_key_1);
end
always @(posedge clock) begin
  a_key_1 <= a_key;
  b_key_1 <= b_key;
  a_key_2 <= a_key_1;
  b_key_2 <= b_key_1;
  b_take_1 <= b_take;
  if (reset) begin
    a_visit_1 <= 1'b0;
    b_visit_1 <= 1'b0;
    a_toggled <= 1'b0;
    b_toggled <= 1'b0;
  end else begin
    a_visit_1 <= a_visit;
    b_visit_1 <= b_visit;
    a_toggled <= a_toggle;
    b_toggled <= b_toggle;
  end
end"
    );
    text
}

leaf_block! {
    /// Carries values beside [`Occupancy`], drives the slot memory and forms pairs.
    ///
    /// `b_value` and `b_tag` are taken with `b_visit`; the block must only see visits that were
    /// accepted, while `free`. Two cycles after a take, three with a folded adder, `taken` is set, with
    /// `taken_full` telling whether the slot held a value. `left`/`right` are offered to the adder while
    /// `issue` is set, and a pipelined adder always takes them.
    Lanes(config: MergeConfig) = lanes_body;
    In clock: 1;
    In reset: 1;
    In a_visit: 1;
    In a_key: config.key_bits;
    In a_value: config.value_bits;
    In b_visit: 1;
    In b_take: 1;
    In b_key: config.key_bits;
    In b_value: config.value_bits;
    In b_tag: config.tag_bits;
    In a_full: 1;
    In b_full: 1;
    In same: 1;
    Out ram_a_enable: 1;
    Out ram_a_write: 1;
    Out ram_a_key: config.key_bits;
    Out ram_a_data: config.value_bits;
    In ram_a_read: config.value_bits;
    Out ram_b_enable: 1;
    Out ram_b_write: 1;
    Out ram_b_key: config.key_bits;
    Out ram_b_data: config.value_bits;
    In ram_b_read: config.value_bits;
    Out queue_push: 1;
    Out queue_data: config.key_bits + 2 * config.value_bits;
    In queue_valid: 1;
    In queue_head: config.key_bits + 2 * config.value_bits;
    Out queue_pop: 1;
    Out issue: 1;
    In accepted: 1;
    Out issue_key: config.key_bits;
    Out left: config.value_bits;
    Out right: config.value_bits;
    Out taken: 1;
    Out taken_full: 1;
    Out taken_value: config.value_bits;
    Out taken_tag: config.tag_bits;
    Out busy: 1;
    Out free: 1;
}

fn lanes_body(config: &MergeConfig) -> String {
    if !config.pipelined_adder {
        return folded::lanes_text(config);
    }
    let (key_top, value_top, tag_top) = (
        config.key_bits - 1,
        config.value_bits - 1,
        config.tag_bits - 1,
    );
    format!(
        "reg a_visit_1;
reg b_visit_1;
reg b_take_1;
reg [{key_top}:0] a_key_1;
reg [{key_top}:0] b_key_1;
reg [{value_top}:0] a_value_1;
reg [{value_top}:0] b_value_1;
reg [{tag_top}:0] b_tag_1;
reg a_pair_2;
reg same_2;
reg b_pair_2;
reg b_take_2;
reg b_full_2;
reg [{key_top}:0] a_key_2;
reg [{key_top}:0] b_key_2;
reg [{value_top}:0] a_value_2;
reg [{value_top}:0] b_value_2;
reg [{tag_top}:0] b_tag_2;
wire results_first = a_pair_2 || same_2;
always @(*) begin
  ram_a_enable = a_visit_1 && !same;
  ram_a_write = !a_full;
  ram_a_key = a_key_1;
  ram_a_data = a_value_1;
  ram_b_enable = b_visit_1 && !same && (b_full || !b_take_1);
  ram_b_write = !b_full;
  ram_b_key = b_key_1;
  ram_b_data = b_value_1;
  queue_push = b_pair_2;
  queue_data = {{b_key_2, b_value_2, ram_b_read}};
  taken = b_take_2;
  taken_full = b_full_2;
  taken_value = ram_b_read;
  taken_tag = b_tag_2;
  busy = a_visit_1 || b_visit_1 || results_first || b_pair_2 || b_take_2 || queue_valid || issue;
  free = 1'b1;
end
{ISSUE_EVERY_CYCLE}
always @(posedge clock) begin
  a_key_1 <= a_key;
  b_key_1 <= b_key;
  a_key_2 <= a_key_1;
  b_key_2 <= b_key_1;
  if (a_visit) a_value_1 <= a_value;
  if (b_visit) b_value_1 <= b_value;
  if (a_visit_1) a_value_2 <= a_value_1;
  if (b_visit_1) b_value_2 <= b_value_1;
  b_take_1 <= b_take;
  b_full_2 <= b_full;
  b_tag_1 <= b_tag;
  b_tag_2 <= b_tag_1;
  if (reset) begin
    a_visit_1 <= 1'b0;
    b_visit_1 <= 1'b0;
    a_pair_2 <= 1'b0;
    same_2 <= 1'b0;
    b_pair_2 <= 1'b0;
    b_take_2 <= 1'b0;
  end else begin
    a_visit_1 <= a_visit;
    b_visit_1 <= b_visit;
    a_pair_2 <= a_visit_1 && !same && a_full;
    same_2 <= same;
    b_pair_2 <= b_visit_1 && !same && !b_take_1 && b_full;
    b_take_2 <= b_visit_1 && b_take_1;
  end
end"
    )
}

const ISSUE_EVERY_CYCLE: &str = "wire unused = &{1'b0, accepted};
always @(*) queue_pop = queue_valid && !results_first;
always @(posedge clock) begin
  issue <= !reset && (results_first || queue_valid);
  if (results_first) begin
    issue_key <= a_key_2;
    left <= a_value_2;
    right <= same_2 ? b_value_2 : ram_a_read;
  end else if (queue_valid) begin
    {issue_key, left, right} <= queue_head;
  end
end";
