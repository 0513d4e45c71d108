//! The adder as a block of the engine.

use rust_hdl::prelude::*;

use crate::rtl::leaf_block;

/// Which adder a [`PointAdder`] instantiates.
#[derive(Clone, Debug)]
pub(crate) struct AdderConfig {
    /// Cycles from operands to sum.
    pub(crate) latency: usize,
    /// Width of a projective coordinate.
    pub(crate) coordinate_bits: usize,
    pub(crate) body: AdderBody,
}

/// What adds.
#[derive(Clone, Debug)]
pub(crate) enum AdderBody {
    /// An arithmetic module with ports `clk`, `x1` … `z2`, `x3`, `y3`, `z3`.
    Module(String),
    /// Integer sums of the coordinates: shows whether every value is added exactly once.
    #[cfg(test)]
    Integers,
}

impl AdderConfig {
    fn value_bits(&self) -> usize {
        3 * self.coordinate_bits
    }
}

leaf_block! {
    /// sum = left + right, `latency` cycles later; points are {X, Y, Z}, X in the highest bits.
    PointAdder(config: AdderConfig) = adder_body;
    In clock: 1;
    In left: config.value_bits();
    In right: config.value_bits();
    Out sum: config.value_bits();
}

fn adder_body(config: &AdderConfig) -> String {
    let bits = config.coordinate_bits;
    let slice = |coordinate: usize| {
        format!(
            "{}:{}",
            (3 - coordinate) * bits - 1,
            (2 - coordinate) * bits
        )
    };
    let (x, y, z) = (slice(0), slice(1), slice(2));
    match &config.body {
        AdderBody::Module(name) => format!(
            "wire [{top}:0] added;
{name} adder(
  .clk(clock),
  .x1(left[{x}]), .y1(left[{y}]), .z1(left[{z}]),
  .x2(right[{x}]), .y2(right[{y}]), .z2(right[{z}]),
  .x3(added[{x}]), .y3(added[{y}]), .z3(added[{z}])
);
always @(*) sum = added;",
            top = 3 * bits - 1
        ),
        #[cfg(test)]
        AdderBody::Integers => format!(
            "reg [{total_top}:0] line;
always @(posedge clock) line <= {{line[{kept_top}:0], left[{x}] + right[{x}], left[{y}] + right[{y}], left[{z}] + right[{z}]}};
always @(*) sum = line[{total_top}:{sum_low}];",
            total_top = 3 * bits * config.latency - 1,
            kept_top = 3 * bits * (config.latency - 1) - 1,
            sum_low = 3 * bits * (config.latency - 1),
        ),
    }
}
