//! K stages in a row: pairs of a tile in butterfly order in, pairs of results out, every cycle.

use rust_hdl::prelude::*;

use super::config::Shape;
use super::pass::{pass_wires, PASS_BITS};
use super::stage::{Stage, StageConfig};
use crate::rtl::{leaf_block, Delay, DelayConfig, Wire};

/// Shape of a [`Pipeline`].
#[derive(Clone, Debug)]
pub(super) struct PipelineConfig {
    pub(super) shape: Shape,
    /// Names of the arithmetic modules.
    pub(super) butterfly: String,
    pub(super) canonicalize: String,
}

leaf_block! {
    /// Takes the last stage's results or, in a pass without butterflies, what no stage took.
    Exit(config: PipelineConfig) = exit_body;
    In clock: 1;
    In reset: 1;
    In pass: PASS_BITS;
    In entry_valid: 1;
    In entry_a: config.shape.lazy_bits;
    In entry_b: config.shape.lazy_bits;
    In from_valid: 1;
    In from_a: config.shape.lazy_bits;
    In from_b: config.shape.lazy_bits;
    Out valid: 1;
    Out a: config.shape.lazy_bits;
    Out b: config.shape.lazy_bits;
}

fn exit_body(_: &PipelineConfig) -> String {
    format!(
        "{}always @(posedge clock) begin
  valid <= (scale_only ? entry_valid : from_valid) && !reset;
  a <= scale_only ? entry_a : from_a;
  b <= scale_only ? entry_b : from_b;
end",
        pass_wires(&["scale_only"])
    )
}

leaf_block! {
    /// z = x mod p for x < 2p; latency as of the arithmetic module.
    Canonicalize(config: PipelineConfig) = canonicalize_body;
    In clock: 1;
    In x: config.shape.lazy_bits;
    Out z: config.shape.element_bits;
}

fn canonicalize_body(config: &PipelineConfig) -> String {
    format!(
        "wire [{top}:0] reduced;
{module} canonicalize(.clk(clock), .x(x), .z(reduced));
always @(*) z = reduced;",
        top = config.shape.element_bits - 1,
        module = config.canonicalize,
    )
}

leaf_block! {
    /// Number of set bits, a cycle later.
    BitCount(config: PipelineConfig) = bit_count_body;
    In clock: 1;
    In bits: config.shape.log_stage;
    Out count: config.count_bits();
}

impl PipelineConfig {
    /// Width of a number of butterflies.
    pub(super) fn count_bits(&self) -> usize {
        self.shape.log_stage.ilog2() as usize + 1
    }

    /// Cycles from entry to canonical results, for transforms of 2^`log_rows` points or, `None`,
    /// without butterflies.
    #[cfg(test)]
    pub(super) fn latency(&self, log_rows: Option<usize>) -> usize {
        let k = self.shape.log_stage;
        let stages = match log_rows {
            None => k,
            Some(log_rows) => {
                let first = k - log_rows;
                let taken = (first..k).map(|index| self.stage(index).latency());
                first + taken.sum::<usize>()
            }
        };
        stages + 1 + self.shape.canonicalize_latency
    }

    fn stage(&self, index: usize) -> StageConfig {
        StageConfig {
            shape: self.shape.clone(),
            index,
            butterfly: self.butterfly.clone(),
        }
    }
}

fn bit_count_body(config: &PipelineConfig) -> String {
    let pad = config.count_bits() - 1;
    let terms: Vec<_> = (0..config.shape.log_stage)
        .map(|bit| format!("{{{pad}'d0, bits[{bit}]}}"))
        .collect();
    format!("always @(posedge clock) count <= {};", terms.join(" + "))
}

/// See the module's head. Results are canonical; `busy` is the number of butterflies at work.
#[derive(LogicBlock)]
pub(super) struct Pipeline {
    pub(super) clock: Wire<In>,
    pub(super) reset: Wire<In>,
    pub(super) pass: Wire<In>,
    pub(super) entry_valid: Wire<In>,
    pub(super) entry_a: Wire<In>,
    pub(super) entry_b: Wire<In>,
    pub(super) valid: Wire<Out>,
    pub(super) first: Wire<Out>,
    pub(super) second: Wire<Out>,
    pub(super) busy: Wire<Out>,
    none: Nothing,
    stages: Vec<Stage>,
    exit: Exit,
    canonicalize_first: Canonicalize,
    canonicalize_second: Canonicalize,
    canonicalize_valid: Delay,
    bit_count: BitCount,
    _num_stages: u32,
}

leaf_block! {
    /// What the first stage has before it. Clocked, because simulators never evaluate a combinational
    /// block that reads nothing.
    Nothing(config: PipelineConfig) = nothing_body;
    In clock: 1;
    Out valid: 1;
    Out a: config.shape.lazy_bits;
    Out busy: config.shape.log_stage;
}

fn nothing_body(config: &PipelineConfig) -> String {
    format!(
        "always @(posedge clock) begin
  valid <= 1'b0;
  a <= {}'d0;
  busy <= {}'d0;
end",
        config.shape.lazy_bits, config.shape.log_stage
    )
}

impl Pipeline {
    pub(super) fn new(config: &PipelineConfig) -> Self {
        let shape = &config.shape;
        let (lazy, element) = (shape.lazy_bits, shape.element_bits);
        Pipeline {
            clock: Wire::new(1),
            reset: Wire::new(1),
            pass: Wire::new(PASS_BITS),
            entry_valid: Wire::new(1),
            entry_a: Wire::new(lazy),
            entry_b: Wire::new(lazy),
            valid: Wire::new(1),
            first: Wire::new(element),
            second: Wire::new(element),
            busy: Wire::new(config.count_bits()),
            none: Nothing::new(config),
            stages: (0..shape.log_stage)
                .map(|index| Stage::new(&config.stage(index)))
                .collect(),
            exit: Exit::new(config),
            canonicalize_first: Canonicalize::new(config),
            canonicalize_second: Canonicalize::new(config),
            canonicalize_valid: Delay::new(&DelayConfig {
                width: 1,
                cycles: shape.canonicalize_latency,
                cleared: true,
            }),
            bit_count: BitCount::new(config),
            _num_stages: shape.log_stage as u32,
        }
    }
}

impl Logic for Pipeline {
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..(self._num_stages as usize) {
            self.stages[i].clock.next = self.clock.val();
            self.stages[i].reset.next = self.reset.val();
            self.stages[i].pass.next = self.pass.val();
        }
        self.stages[0].entry_valid.next = self.entry_valid.val();
        self.stages[0].entry_a.next = self.entry_a.val();
        self.stages[0].entry_b.next = self.entry_b.val();
        self.none.clock.next = self.clock.val();
        self.stages[0].from_valid.next = self.none.valid.val();
        self.stages[0].from_a.next = self.none.a.val();
        self.stages[0].from_b.next = self.none.a.val();
        self.stages[0].busy.next = self.none.busy.val();
        for i in 1..(self._num_stages as usize) {
            self.stages[i].entry_valid.next = self.stages[i - 1].next_valid.val();
            self.stages[i].entry_a.next = self.stages[i - 1].next_a.val();
            self.stages[i].entry_b.next = self.stages[i - 1].next_b.val();
            self.stages[i].from_valid.next = self.stages[i - 1].valid.val();
            self.stages[i].from_a.next = self.stages[i - 1].a.val();
            self.stages[i].from_b.next = self.stages[i - 1].b.val();
            self.stages[i].busy.next = self.stages[i - 1].next_busy.val();
        }
        // A loop over the last stage alone, because indices must be loop variables.
        for i in (self._num_stages as usize - 1)..(self._num_stages as usize) {
            self.exit.entry_valid.next = self.stages[i].next_valid.val();
            self.exit.entry_a.next = self.stages[i].next_a.val();
            self.exit.entry_b.next = self.stages[i].next_b.val();
            self.exit.from_valid.next = self.stages[i].valid.val();
            self.exit.from_a.next = self.stages[i].a.val();
            self.exit.from_b.next = self.stages[i].b.val();
            self.bit_count.bits.next = self.stages[i].next_busy.val();
        }
        self.exit.clock.next = self.clock.val();
        self.exit.reset.next = self.reset.val();
        self.exit.pass.next = self.pass.val();

        self.canonicalize_first.clock.next = self.clock.val();
        self.canonicalize_first.x.next = self.exit.a.val();
        self.first.next = self.canonicalize_first.z.val();
        self.canonicalize_second.clock.next = self.clock.val();
        self.canonicalize_second.x.next = self.exit.b.val();
        self.second.next = self.canonicalize_second.z.val();
        self.canonicalize_valid.clock.next = self.clock.val();
        self.canonicalize_valid.reset.next = self.reset.val();
        self.canonicalize_valid.data.next = self.exit.valid.val();
        self.valid.next = self.canonicalize_valid.delayed.val();

        self.bit_count.clock.next = self.clock.val();
        self.busy.next = self.bit_count.count.val();
    }
}
