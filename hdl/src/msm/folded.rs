//! What an engine does with the time that a folded adder leaves it: one item at a time, one lane for all.
//!
//! A folded adder takes a pair every few dozen cycles, and a visit of a slot leads to one pair at most. So
//! values and sums share one lane, which one of them visits at a time, and one port of the slot memory; the
//! queues of pairs and of answers have one place. Items are not fetched ahead, and their windows are passed
//! one a cycle: a window without a digit costs a cycle.
//!
//! ```text
//!                 cycle 0       cycle 1   cycle 2              cycle 3
//! sum ─► waits ─┐
//! value ────────┴► occupancy ─► full ───► full? read : write ─► pair ─► place for a pair ─► adder
//! ```

use super::dispatch::DispatchConfig;
use super::feed::FeedConfig;
use super::merge::MergeConfig;
use super::parts::AdderTiming;

pub(super) fn lanes_text(config: &MergeConfig) -> String {
    format!(
        "reg [2:0] stage;
reg take;
reg full;
reg enable;
reg [{key_top}:0] key;
reg [{value_top}:0] value;
reg [{tag_top}:0] tag;
// Sums come as values, and one port is enough.
wire unused = &{{1'b0, a_visit, a_key, a_value, a_full, same, ram_a_read}};
always @(*) begin
  ram_a_enable = 1'b0;
  ram_a_write = 1'b0;
  ram_a_key = {key_bits}'d0;
  ram_a_data = {value_bits}'d0;
  ram_b_enable = stage[1] && enable;
  ram_b_write = !full;
  ram_b_key = key;
  ram_b_data = value;
  queue_push = stage[2] && full && !take;
  queue_data = {{key, value, ram_b_read}};
  taken = stage[2] && take;
  taken_full = full;
  taken_value = ram_b_read;
  taken_tag = tag;
  issue = queue_valid;
  {{issue_key, left, right}} = queue_head;
  queue_pop = accepted;
  free = stage == 3'd0;
  busy = !free || queue_valid;
end
always @(posedge clock) begin
  if (b_visit) begin
    key <= b_key;
    value <= b_value;
    take <= b_take;
    tag <= b_tag;
  end
  if (stage[0]) begin
    full <= b_full;
    enable <= b_full || !take;
  end
  stage <= reset ? 3'd0 : {{stage[1:0], b_visit}};
end",
        key_top = config.key_bits - 1,
        value_top = config.value_bits - 1,
        tag_top = config.tag_bits - 1,
        key_bits = config.key_bits,
        value_bits = config.value_bits,
    )
}

/// Least [`AdderTiming::lead`]: by then a visit that began with a sum's return has made its pair.
const LEAST_LEAD: usize = 4;

/// Whether the sums of an adder find their place: see [`sum_store_text`].
pub(super) fn check_pace(adder: &AdderTiming) -> Result<(), String> {
    let lead = adder.lead();
    if lead >= LEAST_LEAD {
        return Ok(());
    }
    Err(format!(
        "a folded adder of {} cycles that takes a pair every {} returns sums {lead} cycles before it takes one: \
         expected {LEAST_LEAD} or more",
        adder.latency, adder.interval
    ))
}

/// A sum waits until the lane is free for it, and then comes before values. One that returns in cycle t
/// finds the lane with at most one visit, begun in t, whose pair stands by t + 4 and is taken by t + q, where
/// q is the time until the adder may take a pair next ([`check_pace`]: q ≥ 4). So the sum visits by t + q + 1, its
/// own pair is taken an interval after the other, and the next sum, an interval after this one, finds the same.
pub(super) fn sum_store_text() -> String {
    "always @(*) begin
  a_visit = 1'b0;
end
always @(posedge clock) begin
  if (returned) begin
    key <= returned_key;
    value <= sum;
  end
  if (reset) begin
    pending <= 1'b0;
    lost <= 1'b0;
  end else begin
    pending <= returned || (pending && !taken);
    if (returned && pending && !taken) lost <= 1'b1;
  end
end"
    .to_owned()
}

pub(super) fn dispatch_text(config: &DispatchConfig) -> String {
    format!(
        "reg active;
reg item_empty;
// Digits and marks of the windows from `window` on.
reg [{biased_top}:0] digits;
reg [{window_top}:0] marks;
reg [{index_top}:0] window;
wire begins = point_valid && scalar_valid && !active;
wire advance = ready || !valid;
{magnitude}always @(*) begin
  idle = !active;
  pop = active && item_empty && !valid;
  value_x = x;
end
always @(posedge clock) begin
  if (begins) begin
    digits <= biased;
    marks <= nonzero;
    window <= {index_bits}'d0;
    item_empty <= infinite || (nonzero == {windows}'d0);
  end else if (advance) begin
    digits <= digits >> {c};
    marks <= marks >> 1;
    window <= window + {index_bits}'d1;
    key <= {key};
    value_y <= negative ? minus_y : y;
    item_empty <= item_empty || (marks[{window_top}:1] == {rest}'d0);
  end
  if (reset || clear) begin
    active <= 1'b0;
    valid <= 1'b0;
    items <= 32'd0;
  end else begin
    active <= begins || (active && !pop);
    if (advance) valid <= active && !item_empty && marks[0];
    if (pop) items <= items + 32'd1;
  end
end",
        biased_top = config.biased_bits() - 1,
        windows = config.num_windows,
        window_top = config.num_windows - 1,
        rest = config.num_windows - 1,
        index_bits = config.index_bits(),
        index_top = config.index_bits() - 1,
        c = config.window_bits,
        magnitude = config.magnitude_text("digits"),
        key = config.key("window"),
    )
}

pub(super) fn split_text(config: &FeedConfig) -> String {
    let [high_valid, high_key, low_valid, low_key] = config.halves();
    format!(
        "// The answer at the queue's head, taken apart.
reg loaded;
reg high_wanted;
reg low_wanted;
reg [{key_top}:0] high_key;
reg [{key_top}:0] low_key;
always @(*) begin
  valid = loaded && (high_wanted || low_wanted);
  key = high_wanted ? high_key : low_key;
  pop = loaded && (!valid || (ready && !(high_wanted && low_wanted)));
end
always @(posedge clock) begin
  if (!loaded) begin
    high_wanted <= answer_full && {high_valid};
    low_wanted <= answer_full && {low_valid};
    high_key <= {high_key};
    low_key <= {low_key};
  end else if (ready) begin
    high_wanted <= 1'b0;
  end
  if (reset) loaded <= 1'b0;
  else if (loaded) loaded <= !pop;
  else loaded <= answer_valid && !reading;
end",
        key_top = config.map.key_bits() - 1,
    )
}

/// An item that its source holds, in place of a queue: valid when it has been `waiting` for so many cycles,
/// and taken by `pop`.
pub(super) fn held_text(cycles: usize, names: &[&str]) -> String {
    let passed: String = names
        .iter()
        .map(|name| format!("always @(*) {name} = {name}_in;\n"))
        .collect();
    format!(
        "reg [{cycles}:0] stood;
wire unused = &{{1'b0, push, stood[{cycles}]}};
{passed}always @(*) valid = stood[{top}];
always @(*) ready = pop;
always @(*) overflow = 1'b0;
always @(posedge clock) stood <= (reset || pop || !waiting) ? {width}'d0 : {{stood[{top}:0], 1'b1}};",
        top = cycles - 1,
        width = cycles + 1,
    )
}
