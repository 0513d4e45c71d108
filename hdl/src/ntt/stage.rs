//! One stage of the pipeline: a butterfly and what brings its results into the order of the next.
//!
//! ```text
//!  entry ─┬──────────────────────── register ─────────────────────────► entry of the next stage
//!         └─► mux ─► register ─► butterfly ─► sum ─────────► switch ─► delay D ─► a ┐ next stage's
//!  a, b ────►               w ◄─ ROM  │       └ diff ─► delay D ─┘ └────────────► b ┘ mux
//! ```
//! Stage s works on transforms of L = 2^(K−s) points, a pair a cycle, L/2 cycles each, and its
//! D is L/4. A pass of 2^k points enters at stage K − k.
//!
//! Inverse transforms use the same table: ω_L^−j = −ω_L^(L/2−j), and the butterfly takes the sign by
//! exchanging its operands.

use rust_hdl::prelude::*;

use super::config::Shape;
use super::pass::{pass_wires, PASS_BITS};
use super::tables::{rom_text, stage_twiddles};
use crate::rtl::{leaf_block, Delay, DelayConfig, Wire};

/// Shape of a stage.
#[derive(Clone, Debug)]
pub(super) struct StageConfig {
    pub(super) shape: Shape,
    /// 0 to K − 1.
    pub(super) index: usize,
    /// Name of the arithmetic module.
    pub(super) butterfly: String,
}

impl StageConfig {
    /// log2 L.
    fn log_points(&self) -> usize {
        self.shape.log_stage - self.index
    }

    /// D; 0 behind the last stage.
    fn delay(&self) -> usize {
        1 << self.log_points() >> 2
    }

    /// Cycles from a pair at the inputs of the stage to its results at those of the next.
    #[cfg(test)]
    pub(super) fn latency(&self) -> usize {
        1 + self.shape.butterfly_latency + self.delay()
    }
}

leaf_block! {
    /// Chooses between the entry and the stage before, fetches the twiddle, and hands the entry on if
    /// it is not for this stage. All outputs but `next_busy` come a cycle later; `next_busy` adds
    /// this stage's bit to those before.
    StageInput(config: StageConfig) = stage_input_body;
    In clock: 1;
    In reset: 1;
    In pass: PASS_BITS;
    In entry_valid: 1;
    In entry_a: config.shape.lazy_bits;
    In entry_b: config.shape.lazy_bits;
    In from_valid: 1;
    In from_a: config.shape.lazy_bits;
    In from_b: config.shape.lazy_bits;
    In busy: config.shape.log_stage;
    Out next_valid: 1;
    Out next_a: config.shape.lazy_bits;
    Out next_b: config.shape.lazy_bits;
    Out next_busy: config.shape.log_stage;
    Out valid: 1;
    Out a: config.shape.lazy_bits;
    Out b: config.shape.lazy_bits;
    Out w: config.shape.element_bits;
    Out swap: 1;
}

fn stage_input_body(config: &StageConfig) -> String {
    let shape = &config.shape;
    let log = config.log_points();
    let twiddles = stage_twiddles(&shape.params, log);
    let bits = shape.element_bits;
    // The first stage has none before it.
    let choose = |entry: &str, from: &str| {
        if config.index == 0 {
            entry.to_owned()
        } else {
            format!("here ? {entry} : {from}")
        }
    };
    let taken = if config.index == 0 {
        "here && entry_valid".to_owned()
    } else {
        choose("entry_valid", "from_valid")
    };
    let (twiddle_state, twiddle_step, position_step) = if log == 1 {
        (
            String::new(),
            format!("  w <= {bits}'h{:x};\n  swap <= 1'b0;\n", twiddles[0]),
            String::new(),
        )
    } else {
        let top = log - 2;
        let width = log - 1;
        (
            format!(
                "{rom}reg [{top}:0] position;
wire turned = inverse && (position != {width}'d0);
wire [{top}:0] place = turned ? {width}'d0 - position : position;
",
                rom = rom_text("twiddles", bits, &twiddles)
            ),
            "  w <= twiddles[place];\n  swap <= turned;\n".to_owned(),
            format!(
                "  if (reset) position <= {width}'d0;
  else if (taken) position <= position + {width}'d1;
"
            ),
        )
    };
    format!(
        "{fields}wire here = !scale_only && (log_rows == 6'd{log});
wire taken = {taken};
wire unused = &{{1'b0, inverse, from_valid, from_a, from_b}};
{twiddle_state}always @(*) next_busy = busy | ({{{k_less_1}'d0, valid}} << {index});
always @(posedge clock) begin
  a <= {a};
  b <= {b};
  next_a <= entry_a;
  next_b <= entry_b;
{twiddle_step}{position_step}  valid <= taken && !reset;
  next_valid <= entry_valid && !here && !reset;
end",
        fields = pass_wires(&["log_rows", "scale_only", "inverse"]),
        a = choose("entry_a", "from_a"),
        b = choose("entry_b", "from_b"),
        k_less_1 = shape.log_stage - 1,
        index = config.index,
    )
}

leaf_block! {
    /// The arithmetic module; latency as of it.
    Butterfly(config: StageConfig) = butterfly_body;
    In clock: 1;
    In a: config.shape.lazy_bits;
    In b: config.shape.lazy_bits;
    In w: config.shape.element_bits;
    In swap: 1;
    Out sum: config.shape.lazy_bits;
    Out diff: config.shape.lazy_bits;
}

fn butterfly_body(config: &StageConfig) -> String {
    format!(
        "wire [{top}:0] sum_out;
wire [{top}:0] diff_out;
{module} butterfly(.clk(clock), .a(a), .b(b), .w(w), .swap(swap), .sum(sum_out), .diff(diff_out));
always @(*) begin
  sum = sum_out;
  diff = diff_out;
end",
        top = config.shape.lazy_bits - 1,
        module = config.butterfly,
    )
}

leaf_block! {
    /// Delays of D cycles around a switch: from the halves of a transform side by side, sums on one
    /// lane and differences on the other, to the halves of each in turn. Runs freely, so a
    /// transform's pairs must come without a gap.
    Commutator(config: StageConfig) = commutator_body;
    In clock: 1;
    In reset: 1;
    In in_valid: 1;
    In sum: config.shape.lazy_bits;
    In diff: config.shape.lazy_bits;
    Out valid: 1;
    Out a: config.shape.lazy_bits;
    Out b: config.shape.lazy_bits;
}

/// Longest delay that is a chain of registers rather than a ring in memory.
const LONGEST_CHAIN: usize = 2;

fn commutator_body(config: &StageConfig) -> String {
    let delay = config.delay();
    if delay == 0 {
        return "wire unused = &{1'b0, clock, reset};
always @(*) begin
  valid = in_valid;
  a = sum;
  b = diff;
end"
        .to_owned();
    }
    let top = config.shape.lazy_bits - 1;
    let log = delay.ilog2() as usize;
    let delayed = |name: &str, from: &str, to: &str| {
        if delay <= LONGEST_CHAIN {
            let middle: String = (1..delay)
                .map(|step| format!("reg [{top}:0] {name}_{step};\n"))
                .collect();
            let mut source = from.to_owned();
            let mut steps = String::new();
            for step in 1..delay {
                steps += &format!("  {name}_{step} <= {source};\n");
                source = format!("{name}_{step}");
            }
            return (middle, steps + &format!("  {to} <= {source};\n"));
        }
        (
            format!("reg [{top}:0] {name} [0:{}];\n", delay - 2),
            format!("  {to} <= {name}[place];\n  {name}[place] <= {from};\n"),
        )
    };
    let (place, place_step) = if delay <= LONGEST_CHAIN {
        (String::new(), String::new())
    } else {
        (
            format!("reg [{}:0] place = {log}'d0;\n", log - 1),
            format!(
                "  place <= (place == {log}'d{}) ? {log}'d0 : place + {log}'d1;\n",
                delay - 2
            ),
        )
    };
    let (lower, lower_step) = delayed("lower", "diff", "late");
    let (upper, upper_step) = delayed("upper", "upper_in", "a");
    let shifted = if delay == 1 {
        "in_valid".to_owned()
    } else {
        format!("{{line[{}:0], in_valid}}", delay - 2)
    };
    format!(
        "reg [{log}:0] position;
reg [{top}:0] late;
reg [{line_top}:0] line;
{place}{lower}{upper}wire exchanged = position[{log}];
wire [{top}:0] upper_in = exchanged ? late : sum;
always @(*) begin
  valid = line[{line_top}];
  b = exchanged ? sum : late;
end
always @(posedge clock) begin
{lower_step}{upper_step}{place_step}  if (reset) begin
    position <= {width}'d0;
    line <= {delay}'d0;
  end else begin
    if (in_valid) position <= position + {width}'d1;
    line <= {shifted};
  end
end",
        line_top = delay - 1,
        width = log + 1,
    )
}

/// See the module's head.
#[derive(LogicBlock)]
pub(super) struct Stage {
    pub(super) clock: Wire<In>,
    pub(super) reset: Wire<In>,
    pub(super) pass: Wire<In>,
    pub(super) entry_valid: Wire<In>,
    pub(super) entry_a: Wire<In>,
    pub(super) entry_b: Wire<In>,
    pub(super) from_valid: Wire<In>,
    pub(super) from_a: Wire<In>,
    pub(super) from_b: Wire<In>,
    pub(super) busy: Wire<In>,
    pub(super) next_valid: Wire<Out>,
    pub(super) next_a: Wire<Out>,
    pub(super) next_b: Wire<Out>,
    pub(super) next_busy: Wire<Out>,
    pub(super) valid: Wire<Out>,
    pub(super) a: Wire<Out>,
    pub(super) b: Wire<Out>,
    input_side: StageInput,
    butterfly: Butterfly,
    butterfly_valid: Delay,
    commutator: Commutator,
}

impl Stage {
    pub(super) fn new(config: &StageConfig) -> Self {
        let shape = &config.shape;
        let (lazy, k) = (shape.lazy_bits, shape.log_stage);
        Stage {
            clock: Wire::new(1),
            reset: Wire::new(1),
            pass: Wire::new(PASS_BITS),
            entry_valid: Wire::new(1),
            entry_a: Wire::new(lazy),
            entry_b: Wire::new(lazy),
            from_valid: Wire::new(1),
            from_a: Wire::new(lazy),
            from_b: Wire::new(lazy),
            busy: Wire::new(k),
            next_valid: Wire::new(1),
            next_a: Wire::new(lazy),
            next_b: Wire::new(lazy),
            next_busy: Wire::new(k),
            valid: Wire::new(1),
            a: Wire::new(lazy),
            b: Wire::new(lazy),
            input_side: StageInput::new(config),
            butterfly: Butterfly::new(config),
            butterfly_valid: Delay::new(&DelayConfig {
                width: 1,
                cycles: shape.butterfly_latency,
                cleared: true,
            }),
            commutator: Commutator::new(config),
        }
    }
}

impl Logic for Stage {
    #[hdl_gen]
    fn update(&mut self) {
        self.input_side.clock.next = self.clock.val();
        self.input_side.reset.next = self.reset.val();
        self.input_side.pass.next = self.pass.val();
        self.input_side.entry_valid.next = self.entry_valid.val();
        self.input_side.entry_a.next = self.entry_a.val();
        self.input_side.entry_b.next = self.entry_b.val();
        self.input_side.from_valid.next = self.from_valid.val();
        self.input_side.from_a.next = self.from_a.val();
        self.input_side.from_b.next = self.from_b.val();
        self.input_side.busy.next = self.busy.val();
        self.next_valid.next = self.input_side.next_valid.val();
        self.next_a.next = self.input_side.next_a.val();
        self.next_b.next = self.input_side.next_b.val();
        self.next_busy.next = self.input_side.next_busy.val();

        self.butterfly.clock.next = self.clock.val();
        self.butterfly.a.next = self.input_side.a.val();
        self.butterfly.b.next = self.input_side.b.val();
        self.butterfly.w.next = self.input_side.w.val();
        self.butterfly.swap.next = self.input_side.swap.val();
        self.butterfly_valid.clock.next = self.clock.val();
        self.butterfly_valid.reset.next = self.reset.val();
        self.butterfly_valid.data.next = self.input_side.valid.val();

        self.commutator.clock.next = self.clock.val();
        self.commutator.reset.next = self.reset.val();
        self.commutator.in_valid.next = self.butterfly_valid.delayed.val();
        self.commutator.sum.next = self.butterfly.sum.val();
        self.commutator.diff.next = self.butterfly.diff.val();
        self.valid.next = self.commutator.valid.val();
        self.a.next = self.commutator.a.val();
        self.b.next = self.commutator.b.val();
    }
}
