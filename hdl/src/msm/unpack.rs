//! From beats of device memory to points and scalars (layouts in `vegalith_abi::memory`).

use crate::rtl::leaf_block;
use rust_hdl::prelude::*;
use vegalith_abi::memory::{PointLayout, BEAT_BYTES};

/// Shape of a [`PointUnpack`].
#[derive(Clone, Debug)]
pub(crate) struct UnpackConfig {
    pub(crate) layout: PointLayout,
    /// Width of an affine coordinate.
    pub(crate) field_bits: usize,
    /// A point's last beat is held until the point is taken.
    pub(crate) held: bool,
}

impl UnpackConfig {
    /// Beats of one point: 1 or 2.
    pub(crate) fn beats_per_point(&self) -> usize {
        self.layout.slot_bytes / BEAT_BYTES
    }
}

leaf_block! {
    /// Gives a point while its last beat stands; takes beats when `point_ready`, or, if points are held,
    /// the others at once.
    PointUnpack(config: UnpackConfig) = point_unpack_body;
    In clock: 1;
    In reset: 1;
    In valid: 1;
    In beat: 512;
    Out ready: 1;
    Out point_valid: 1;
    In point_ready: 1;
    Out x: config.field_bits;
    Out y: config.field_bits;
}

fn point_unpack_body(config: &UnpackConfig) -> String {
    let coordinate = 8 * config.layout.coordinate_bytes;
    let top = config.field_bits - 1;
    if config.beats_per_point() == 1 {
        return format!(
            "wire unused = &{{1'b0, clock, reset, beat[{}:{}], beat[511:{}]}};
always @(*) begin
  point_valid = valid;
  ready = point_ready;
  x = beat[{top}:0];
  y = beat[{}:{coordinate}];
end",
            coordinate - 1,
            config.field_bits,
            coordinate + config.field_bits,
            coordinate + top,
        );
    }
    let split = 512 - coordinate;
    let ready = if config.held {
        "point_ready || !second"
    } else {
        "point_ready"
    };
    format!(
        "reg second;
reg [511:0] first;
wire unused = &{{1'b0, first[{}:{}], beat[511:{}]}};
always @(*) begin
  point_valid = valid && second;
  ready = {ready};
  x = first[{top}:0];
  y = {{beat[{}:0], first[511:{coordinate}]}};
end
always @(posedge clock) begin
  if (valid && ready) first <= beat;
  if (reset) second <= 1'b0;
  else if (valid && ready) second <= !second;
end",
        coordinate - 1,
        config.field_bits,
        config.field_bits - split,
        config.field_bits - split - 1,
    )
}

/// A [`ScalarUnpack`] has nothing to configure but the scalar's width.
#[derive(Clone, Debug)]
pub(crate) struct ScalarConfig {
    pub(crate) scalar_bits: usize,
}

leaf_block! {
    /// Gives the two scalars of a beat in two cycles, low half first.
    ScalarUnpack(config: ScalarConfig) = scalar_unpack_body;
    In clock: 1;
    In reset: 1;
    In valid: 1;
    In beat: 512;
    Out ready: 1;
    Out scalar_valid: 1;
    In scalar_ready: 1;
    Out scalar: config.scalar_bits;
}

fn scalar_unpack_body(config: &ScalarConfig) -> String {
    let bits = config.scalar_bits;
    format!(
        "reg upper;
wire unused = &{{1'b0, beat[255:{bits}], beat[511:{upper_rest}]}};
always @(*) begin
  scalar_valid = valid;
  scalar = upper ? beat[{upper_top}:256] : beat[{top}:0];
  ready = scalar_ready && upper;
end
always @(posedge clock) begin
  if (reset) upper <= 1'b0;
  else if (valid && scalar_ready) upper <= !upper;
end",
        upper_rest = 256 + bits,
        upper_top = 255 + bits,
        top = bits - 1,
    )
}
