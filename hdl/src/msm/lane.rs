//! What surrounds the merge: the value lane's sources and the count of sums under way.

use super::feed::FeedConfig;
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
    /// the aggregation, or takes, in this order. New points become (x : y : 1).
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
    format!(
        "always @(*) begin
  point_ready = pairs_ready;
  value_ready = pairs_ready && !point_valid;
  take_ready = answers_ready && !point_valid && !value_valid;
  visit = ((point_valid || value_valid) && pairs_ready) || (take && take_ready);
  visit_take = !point_valid && !value_valid;
  visit_key = point_valid ? point_key : value_valid ? value_key : take_key;
  visit_value = point_valid ? {{{x}, {y}, {coordinate}'h{one:x}}} : value;
  held = (point_valid || value_valid) && !pairs_ready;
end",
        x = extend("point_x"),
        y = extend("point_y"),
        coordinate = config.coordinate_bits(),
        one = config.one,
    )
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
