//! Aggregation: walks the slot sets of a [`SlotMap`], empties each slot and sends its value on to
//! the sets of its index's two halves; at the end it reads the final sums out.
//!
//! ```text
//! walk ─► take (address, where its halves go) ─► slot memory ─► answers ─► high half, low half ─► values
//!                                                                    └──► final sums, in order
//! ```
//! A set is walked only when everything that was sent into its depth has been added up.

use super::folded;
use super::slots::{Node, SlotMap, Target};
use crate::rtl::leaf_block;
use rust_hdl::prelude::*;

/// Shape of the feeder's blocks.
#[derive(Clone, Debug)]
pub(crate) struct FeedConfig {
    pub(crate) map: SlotMap,
    pub(crate) value_bits: usize,
    /// Whether the adder takes a pair in every cycle.
    pub(crate) pipelined_adder: bool,
}

impl FeedConfig {
    /// Two destinations, each a valid bit and a key.
    pub(crate) fn tag_bits(&self) -> usize {
        2 * (self.map.key_bits() + 1)
    }

    /// Of `answer_tag`: whether the high half has a destination, its key, and the same of the low half.
    pub(super) fn halves(&self) -> [String; 4] {
        let key_bits = self.map.key_bits();
        [
            format!("answer_tag[{}]", 2 * key_bits + 1),
            format!("answer_tag[{}:{}]", 2 * key_bits, key_bits + 1),
            format!("answer_tag[{key_bits}]"),
            format!("answer_tag[{}:0]", key_bits - 1),
        ]
    }
}

leaf_block! {
    /// Issues takes: from `start` through every set, then through the final sums, then `done`.
    ///
    /// `take` is held until `take_ready`. `settled` says that no value, pair, sum or answer is
    /// under way. `reading` is set while the takes are those of the final sums.
    Walk(config: FeedConfig) = walk_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In settled: 1;
    Out take: 1;
    In take_ready: 1;
    Out take_key: config.map.key_bits();
    Out take_tag: config.tag_bits();
    Out reading: 1;
    Out done: 1;
}

fn walk_body(config: &FeedConfig) -> String {
    let map = &config.map;
    let key_bits = map.key_bits();
    let steps = map.nodes.len() + 1;
    let step_bits = (usize::BITS - steps.leading_zeros()) as usize;
    let sum_low = map.log_sums_stride;
    let mut cases = String::new();
    for (number, node) in map.nodes.iter().enumerate() {
        cases += &node_case(map, number, node, step_bits);
    }
    // Between sets of different depth, and before the first set, everything must have settled.
    let waits: Vec<String> = (0..steps)
        .filter(|&step| match step {
            0 => true,
            s if s == map.nodes.len() => true,
            s => map.nodes[s].depth != map.nodes[s - 1].depth,
        })
        .map(|step| format!("step == {step_bits}'d{step}"))
        .collect();
    format!(
        "reg active;
reg waiting;
reg [{step_top}:0] step;
reg [{key_top}:0] position;
reg last;
wire must_wait = {waits};
wire accepted = take && take_ready;
always @(*) begin
  take = active && !waiting;
  reading = take && (step == {step_bits}'d{sums_step});
  take_key = {key_bits}'d{sums_base} + position;
  take_tag = {tag_bits}'d0;
  last = position == {key_bits}'d{sums_last};
  case (step)
{cases}  default: ;
  endcase
end
always @(posedge clock) begin
  if (reset) begin
    active <= 1'b0;
    waiting <= 1'b0;
    done <= 1'b0;
  end else begin
    done <= 1'b0;
    if (start) begin
      active <= 1'b1;
      waiting <= 1'b1;
      step <= {step_bits}'d0;
      position <= {key_bits}'d0;
    end else if (waiting) begin
      if (settled || !must_wait) waiting <= 1'b0;
    end else if (accepted) begin
      if (!last) begin
        // The final sums of a window are c of 2^{sum_low} places.
        if (reading && (position[{sum_top}:0] == {sum_low}'d{sum_end}))
          position <= position + {key_bits}'d{sum_jump};
        else position <= position + {key_bits}'d1;
      end else begin
        position <= {key_bits}'d0;
        step <= step + {step_bits}'d1;
        waiting <= 1'b1;
        if (reading) begin
          active <= 1'b0;
          waiting <= 1'b0;
          done <= 1'b1;
        end
      end
    end
  end
end",
        step_top = step_bits - 1,
        key_top = key_bits - 1,
        waits = waits
            .iter()
            .map(|wait| format!("({wait})"))
            .collect::<Vec<_>>()
            .join(" || "),
        tag_bits = config.tag_bits(),
        sums_step = map.nodes.len(),
        sums_base = map.sums_base,
        sums_last = ((map.num_windows - 1) << sum_low) + map.window_bits - 1,
        sum_top = sum_low - 1,
        sum_end = map.window_bits - 1,
        sum_jump = (1 << sum_low) - (map.window_bits - 1),
    )
}

/// The address, the two destinations and the end of one set's walk.
fn node_case(map: &SlotMap, number: usize, node: &Node, step_bits: usize) -> String {
    let key_bits = map.key_bits();
    let low_bits = node.bits - node.bits / 2;
    let window_bits = key_bits - node.bits;
    let window = format!("position[{}:{}]", key_bits - 1, node.bits);
    let high = format!("position[{}:{low_bits}]", node.bits - 1);
    let low = format!("position[{}:0]", low_bits - 1);
    // Shifted copies of the window number keep the key's width.
    let shifted_window = |shift: usize| match shift.min(key_bits).checked_sub(node.bits) {
        Some(0) => format!("{{{window}, {shift}'d0}}"),
        Some(more) => format!(
            "{{position[{}:{}], {shift}'d0}}",
            key_bits - 1 - more,
            node.bits
        ),
        None => format!("{{{}'d0, {window}, {shift}'d0}}", node.bits - shift),
    };
    let destination = |target: Target, index: &str, bits: usize| match target {
        Target::Bit(bit) => format!(
            "({} + {key_bits}'d{})",
            shifted_window(map.log_sums_stride),
            map.sums_base + bit
        ),
        Target::Node(base) => format!(
            "({} + {{{}'d0, {index}}} + {key_bits}'d{base})",
            shifted_window(bits),
            key_bits - bits
        ),
    };
    let mut high_valid = format!("(|{high})");
    let mut high_key = destination(node.high, &high, node.bits / 2);
    if number == 0 {
        let empty = format!("(position[{}:0] == {}'d0)", node.bits - 1, node.bits);
        let top = destination(Target::Bit(map.window_bits - 1), "", 0);
        high_key = format!("({empty} ? {top} : {high_key})");
        high_valid = format!("({empty} || {high_valid})");
    }
    debug_assert!(window_bits > 0);
    format!(
        "  {step_bits}'d{number}: begin
    take_key = {key_bits}'d{base} + position;
    take_tag = {{{high_valid}, {high_key}, (|{low}), {low_key}}};
    last = position == {key_bits}'d{last};
  end
",
        base = node.base,
        low_key = destination(node.low, &low, low_bits),
        last = (map.num_windows << node.bits) - 1,
    )
}

leaf_block! {
    /// Turns answers of takes into values for the two halves' sets, one a cycle, while not
    /// `reading`. Pops an answer with `pop`; `valid` is held until `ready`.
    Split(config: FeedConfig) = split_body;
    In clock: 1;
    In reset: 1;
    In reading: 1;
    In answer_valid: 1;
    In answer_full: 1;
    In answer_tag: config.tag_bits();
    Out pop: 1;
    Out valid: 1;
    In ready: 1;
    Out key: config.map.key_bits();
}

fn split_body(config: &FeedConfig) -> String {
    if !config.pipelined_adder {
        return folded::split_text(config);
    }
    let [high_valid, high_key, low_valid, low_key] = config.halves();
    format!(
        "reg high_sent;
wire high_wanted = {high_valid} && !high_sent;
wire low_wanted = {low_valid};
wire live = answer_valid && answer_full && !reading;
always @(*) begin
  valid = live && (high_wanted || low_wanted);
  key = high_wanted ? {high_key} : {low_key};
  pop = answer_valid && !reading && (!valid || (ready && !(high_wanted && low_wanted)));
end
always @(posedge clock) begin
  if (reset || pop) high_sent <= 1'b0;
  else if (valid && ready && high_wanted) high_sent <= 1'b1;
end"
    )
}

leaf_block! {
    /// Writes the final sums: from `start` to `stop` it is `active` and turns every answer into three
    /// beats X, Y, Z; an empty slot gives zeros, which Z ≡ 0 marks as the point at infinity.
    SumStream(config: FeedConfig) = sum_stream_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In stop: 1;
    Out active: 1;
    In answer_valid: 1;
    In answer_full: 1;
    In answer_value: config.value_bits;
    Out pop: 1;
    Out valid: 1;
    In ready: 1;
    Out beat: 512;
}

fn sum_stream_body(config: &FeedConfig) -> String {
    let coordinate = config.value_bits / 3;
    let pad = 512 - coordinate;
    format!(
        "reg [1:0] coordinate;
always @(*) begin
  valid = active && answer_valid;
  pop = valid && ready && (coordinate == 2'd2);
  case (coordinate)
  2'd0: beat = {{{pad}'d0, answer_value[{x_top}:{x_low}]}};
  2'd1: beat = {{{pad}'d0, answer_value[{y_top}:{y_low}]}};
  default: beat = {{{pad}'d0, answer_value[{z_top}:0]}};
  endcase
  if (!answer_full) beat = 512'd0;
end
always @(posedge clock) begin
  if (reset || stop) active <= 1'b0;
  else if (start) active <= 1'b1;
  if (reset) coordinate <= 2'd0;
  else if (valid && ready) coordinate <= (coordinate == 2'd2) ? 2'd0 : coordinate + 2'd1;
end",
        x_top = 3 * coordinate - 1,
        x_low = 2 * coordinate,
        y_top = 2 * coordinate - 1,
        y_low = coordinate,
        z_top = coordinate - 1,
    )
}
