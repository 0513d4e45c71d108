//! What surrounds the merge: the value lane's sources, what takes sums, and the count of those under way.

use super::feed::FeedConfig;
use super::folded;
use super::merge::MergeConfig;
use crate::rtl::leaf_block;
use num_bigint::BigUint;
use rust_hdl::prelude::*;

/// Shape of a [`ValueLane`].
#[derive(Clone, Debug)]
pub(crate) struct LaneConfig {
    pub(crate) feed: FeedConfig,
    /// Width of an affine coordinate.
    pub(crate) field_bits: usize,
    /// 1 in Montgomery form: the Z of a point that was affine.
    pub(crate) one: BigUint,
}

impl LaneConfig {
    fn key_bits(&self) -> usize {
        self.feed.map.key_bits()
    }
    fn coordinate_bits(&self) -> usize {
        self.feed.value_bits / 3
    }
}

leaf_block! {
    /// Chooses what visits the slots on the value lane: new points, values on their way through
    /// the aggregation, or takes, in this order. New points become (x : y : 1). With a folded adder, sums
    /// come first. Nothing visits unless the lane is `free`.
    ///
    /// `held` tells that a value waited because the pair queue had no room.
    ValueLane(config: LaneConfig) = value_lane_body;
    In point_valid: 1;
    Out point_ready: 1;
    In point_key: config.key_bits();
    In point_x: config.field_bits;
    In point_y: config.field_bits;
    In value_valid: 1;
    Out value_ready: 1;
    In value_key: config.key_bits();
    In value: config.feed.value_bits;
    In take: 1;
    Out take_ready: 1;
    In take_key: config.key_bits();
    In pairs_ready: 1;
    In answers_ready: 1;
    In free: 1;
    In sum_pending: 1;
    In sum_key: config.key_bits();
    In sum: config.feed.value_bits;
    Out sum_taken: 1;
    Out visit: 1;
    Out visit_take: 1;
    Out visit_key: config.key_bits();
    Out visit_value: config.feed.value_bits;
    Out held: 1;
}

fn value_lane_body(config: &LaneConfig) -> String {
    let pad = config.coordinate_bits() - config.field_bits;
    let extend = |name: &str| {
        if pad == 0 {
            name.to_owned()
        } else {
            format!("{{{pad}'d0, {name}}}")
        }
    };
    // Sums of a pipelined adder have a lane of their own.
    let sums = if config.feed.pipelined_adder {
        "wire sum_first = 1'b0;\nwire unused = &{1'b0, sum_pending};\n"
    } else {
        "wire sum_first = sum_pending;\n"
    };
    format!(
        "{sums}wire room = pairs_ready && free;
wire others = free && !sum_first;
always @(*) begin
  sum_taken = sum_first && room;
  point_ready = pairs_ready && others;
  value_ready = pairs_ready && others && !point_valid;
  take_ready = answers_ready && others && !point_valid && !value_valid;
  visit = ((sum_first || point_valid || value_valid) && room) || (take && take_ready);
  visit_take = !sum_first && !point_valid && !value_valid;
  visit_key = sum_first ? sum_key : point_valid ? point_key : value_valid ? value_key : take_key;
  visit_value = sum_first ? sum : point_valid ? {{{x}, {y}, {coordinate}'h{one:x}}} : value;
  held = (point_valid || value_valid) && !pairs_ready;
end",
        x = extend("point_x"),
        y = extend("point_y"),
        coordinate = config.coordinate_bits(),
        one = config.one,
    )
}

leaf_block! {
    /// Where sums go that come back: on to lane a in the same cycle, or, with a folded adder, into a
    /// register from which they are `taken`. `lost`: one came before the last was taken, until reset.
    SumStore(config: MergeConfig) = sum_store_body;
    In clock: 1;
    In reset: 1;
    In returned: 1;
    In returned_key: config.key_bits;
    In sum: config.value_bits;
    In taken: 1;
    Out a_visit: 1;
    Out key: config.key_bits;
    Out value: config.value_bits;
    Out pending: 1;
    Out lost: 1;
}

fn sum_store_body(config: &MergeConfig) -> String {
    if !config.pipelined_adder {
        return folded::sum_store_text();
    }
    "wire unused = &{1'b0, clock, reset, taken};
always @(*) begin
  a_visit = returned;
  key = returned_key;
  value = sum;
  pending = 1'b0;
  lost = 1'b0;
end"
    .to_owned()
}

/// An [`InFlight`] has nothing to configure but the longest pipeline it counts for.
#[derive(Clone, Debug)]
pub(crate) struct InFlightConfig {
    pub(crate) count_bits: usize,
}

leaf_block! {
    /// Whether any pair that was issued has not come back yet.
    InFlight(config: InFlightConfig) = in_flight_body;
    In clock: 1;
    In reset: 1;
    In issue: 1;
    In returned: 1;
    Out any: 1;
}

fn in_flight_body(config: &InFlightConfig) -> String {
    let bits = config.count_bits;
    format!(
        "reg [{top}:0] count;
always @(*) any = count != {bits}'d0;
always @(posedge clock) begin
  if (reset) count <= {bits}'d0;
  else if (issue && !returned) count <= count + {bits}'d1;
  else if (returned && !issue) count <= count - {bits}'d1;
end",
        top = bits - 1
    )
}
