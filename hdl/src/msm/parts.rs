//! The adder as a block of the engine, pipelined or folded.

use rust_hdl::prelude::*;

use crate::rtl::{delay_text, leaf_block, DelayConfig};

/// Which adder a [`PointAdder`] instantiates.
#[derive(Clone, Debug)]
pub(crate) struct AdderConfig {
    /// Width of a slot's address, which travels with a sum.
    pub(crate) key_bits: usize,
    /// Width of a projective coordinate.
    pub(crate) coordinate_bits: usize,
    pub(crate) timing: AdderTiming,
    pub(crate) body: AdderBody,
}

/// When an adder takes operands and gives sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AdderTiming {
    /// Cycles from operands to sum.
    pub(crate) latency: usize,
    /// While a sum is under way, a pair is taken only a multiple of this many cycles after the last.
    pub(crate) interval: usize,
}

impl AdderTiming {
    /// An adder that takes a pair in every cycle.
    pub(crate) fn pipelined(latency: usize) -> Self {
        AdderTiming {
            latency,
            interval: 1,
        }
    }

    pub(crate) fn is_pipelined(&self) -> bool {
        self.interval == 1
    }

    /// Whether a pair is taken `since` cycles after the last one.
    pub(crate) fn ready(&self, since: usize) -> bool {
        since > self.latency || since.is_multiple_of(self.interval)
    }

    /// Cycles from a sum's return to the next time that a pair is taken.
    pub(super) fn lead(&self) -> usize {
        (self.interval - self.latency % self.interval) % self.interval
    }

    /// Most sums under way at a time.
    fn most_under_way(&self) -> usize {
        self.latency / self.interval + 1
    }
}

/// What adds.
#[derive(Clone, Debug)]
pub(crate) enum AdderBody {
    /// A pipelined arithmetic module with ports `clk`, `x1` … `z2`, `x3`, `y3`, `z3`.
    Pipelined(String),
    /// A folded adder with these ports and `rst`, `valid`, `ready`, `done`.
    Folded(String),
    /// Integer sums of the coordinates: shows whether every value is added exactly once.
    #[cfg(test)]
    Integers,
}

impl AdderConfig {
    fn value_bits(&self) -> usize {
        3 * self.coordinate_bits
    }

    /// Cycles until the adder can take another pair, as the width of a counter.
    fn interval_bits(&self) -> usize {
        (usize::BITS - self.timing.interval.leading_zeros()) as usize
    }
}

leaf_block! {
    /// sum = left + right; points are {X, Y, Z}, X in the highest bits.
    ///
    /// A pair is `offered` until it is `accepted`, when the adder is ready for it
    /// ([`AdderTiming::ready`]). `returned`, with the pair's key and its sum, comes `latency` cycles
    /// after `accepted`. `busy` is set for `interval` cycles from `accepted` on.
    PointAdder(config: AdderConfig) = adder_body;
    In clock: 1;
    In reset: 1;
    In offered: 1;
    In key: config.key_bits;
    In left: config.value_bits();
    In right: config.value_bits();
    Out accepted: 1;
    Out busy: 1;
    Out returned: 1;
    Out returned_key: config.key_bits;
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
    let points = format!(
        ".x1(left[{x}]), .y1(left[{y}]), .z1(left[{z}]),
  .x2(right[{x}]), .y2(right[{y}]), .z2(right[{z}]),
  .x3(added[{x}]), .y3(added[{y}]), .z3(added[{z}])"
    );
    let added = format!("wire [{}:0] added;\n", 3 * bits - 1);
    match &config.body {
        AdderBody::Pipelined(name) => format!(
            "{added}{name} adder(
  .clk(clock),
  {points}
);
always @(*) sum = added;
{}",
            tracking(config)
        ),
        AdderBody::Folded(name) => format!(
            "{added}wire ready;
wire adder_done;
{name} adder(
  .clk(clock), .rst(reset), .valid(offered), .ready(ready), .done(adder_done),
  {points}
);
always @(*) begin
  sum = added;
  accepted = offered && ready;
  returned = adder_done;
end
{}",
            folded_tracking(config)
        ),
        #[cfg(test)]
        AdderBody::Integers => integers(config, [&x, &y, &z]),
    }
}

/// Validity and keys beside a pipeline.
fn tracking(config: &AdderConfig) -> String {
    let line = |width, cleared| DelayConfig {
        width,
        cycles: config.timing.latency,
        cleared,
    };
    format!(
        "always @(*) begin
  accepted = offered;
  busy = offered;
end
{}
{}",
        delay_text(&line(1, true), ["valid_line", "offered", "returned"]),
        delay_text(
            &line(config.key_bits, false),
            ["key_line", "key", "returned_key"]
        ),
    )
}

/// Keys of the sums under way in a queue, and the count of the cycles that a pair takes.
fn folded_tracking(config: &AdderConfig) -> String {
    let log_places = config
        .timing
        .most_under_way()
        .next_power_of_two()
        .ilog2()
        .max(1);
    let bits = config.interval_bits();
    format!(
        "reg [{key_top}:0] keys [0:{last_place}];
reg [{place_top}:0] first_key;
reg [{place_top}:0] next_key;
reg [{count_top}:0] taken_up;
always @(*) begin
  returned_key = keys[first_key];
  busy = accepted || (taken_up != {bits}'d0);
end
always @(posedge clock) begin
  if (accepted) keys[next_key] <= key;
  if (reset) begin
    first_key <= {log_places}'d0;
    next_key <= {log_places}'d0;
    taken_up <= {bits}'d0;
  end else begin
    if (accepted) next_key <= next_key + {log_places}'d1;
    if (returned) first_key <= first_key + {log_places}'d1;
    if (accepted) taken_up <= {bits}'d{rest};
    else if (taken_up != {bits}'d0) taken_up <= taken_up - {bits}'d1;
  end
end",
        key_top = config.key_bits - 1,
        last_place = (1 << log_places) - 1,
        place_top = log_places - 1,
        count_top = bits - 1,
        rest = config.timing.interval - 1,
    )
}

#[cfg(test)]
fn integers(config: &AdderConfig, [x, y, z]: [&str; 3]) -> String {
    let AdderTiming { latency, interval } = config.timing;
    let value = 3 * config.coordinate_bits;
    let line = format!(
        "reg [{total_top}:0] line;
always @(posedge clock) line <= {{line[{kept_top}:0], left[{x}] + right[{x}], left[{y}] + right[{y}], left[{z}] + right[{z}]}};
always @(*) sum = line[{total_top}:{sum_low}];
",
        total_top = value * latency - 1,
        kept_top = value * (latency - 1) - 1,
        sum_low = value * (latency - 1),
    );
    if config.timing.is_pipelined() {
        return line + &tracking(config);
    }
    format!(
        "{line}reg [15:0] since;
reg [{top}:0] valid_line;
always @(*) begin
  accepted = offered && ((since > 16'd{latency}) || ((since % 16'd{interval}) == 16'd0));
  returned = valid_line[{top}];
end
always @(posedge clock) begin
  since <= accepted ? 16'd1 : (since == 16'hffff) ? since : since + 16'd1;
  valid_line <= {{valid_line[{below_top}:0], accepted}};
  if (reset) begin
    since <= 16'hffff;
    valid_line <= {latency}'d0;
  end
end
{keys}",
        top = latency - 1,
        below_top = latency - 2,
        keys = folded_tracking(config),
    )
}
