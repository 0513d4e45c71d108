//! The folded engine: see the module's head for the data path, `config` for its cycles.

use rust_hdl::prelude::*;

use super::access::{DrainPlaces, LoadPlaces, PairPlaces};
use super::banks::Banks;
use super::config::{Shape, BEAT_LATENCY, ELEMENT_BITS, LANES_LATENCY};
use super::issue::Issue;
use super::sequencer::Sequencer;
use super::twiddles::{TwiddleFactors, TwiddleMultiplier, TwiddleTable, SWAP_LATENCY};
use crate::axi::ARGUMENT_WORDS;
use crate::ntt::engine::SecondReader;
use crate::rtl::{leaf_block, Delay, DelayConfig, Fifo, FifoConfig, Wire};

/// log2 of the beats between the banks and the writer.
const LOG_QUEUE: usize = 4;

leaf_block! {
    /// The butterfly, with its operand choices: forward ones and `alone` take b as it is. Latency as of
    /// the arithmetic module.
    Butterfly(shape: Shape) = butterfly_body;
    In clock: 1;
    In forward: 1;
    In alone: 1;
    In swap: 1;
    In a: ELEMENT_BITS;
    In b: ELEMENT_BITS;
    In w: ELEMENT_BITS;
    Out first: ELEMENT_BITS;
    Out second: ELEMENT_BITS;
}

fn butterfly_body(shape: &Shape) -> String {
    format!(
        "wire [{top}:0] of_first;
wire [{top}:0] of_second;
wire take_b = forward || alone;
{module} butterfly(.clk(clock), .a(a), .b(b), .w(w), .swap(swap), .take_b(take_b), .forward(forward),
  .first(of_first), .second(of_second));
always @(*) begin
  first = of_first;
  second = of_second;
end",
        module = shape.butterfly,
        top = ELEMENT_BITS - 1,
    )
}

leaf_block! {
    /// Ports of the socket that follow from others. `stalled`: a beat waits, because small transforms are loaded an
    /// element at a time.
    Outputs(_shape: Shape) = outputs_body;
    In beats: 32;
    Out read_beats: 32;
    Out write_beats: 32;
    In data_valid: 1;
    In load_ready: 1;
    Out data_ready: 1;
    Out stalled: 1;
    In step: 1;
    Out busy: 1;
}

fn outputs_body(_: &Shape) -> String {
    "always @(*) begin
  read_beats = beats;
  write_beats = beats;
  data_ready = load_ready;
  stalled = data_valid && !load_ready;
  busy = step;
end"
    .to_owned()
}

/// Ports as of the kernel's socket.
#[derive(LogicBlock)]
pub(super) struct FoldedNttEngine {
    pub(super) clock: Wire<In>,
    pub(super) reset: Wire<In>,
    pub(super) start: Wire<In>,
    pub(super) arguments: Wire<In>,
    pub(super) idle: Wire<Out>,
    pub(super) done: Wire<Out>,
    pub(super) errors: Wire<Out>,
    pub(super) bus_error: Wire<In>,
    pub(super) busy: Wire<Out>,
    pub(super) stalled: Wire<Out>,
    pub(super) read0_valid: Wire<Out>,
    pub(super) read0_ready: Wire<In>,
    pub(super) read0_address: Wire<Out>,
    pub(super) read0_beats: Wire<Out>,
    pub(super) data0_valid: Wire<In>,
    pub(super) data0_ready: Wire<Out>,
    pub(super) data0_beat: Wire<In>,
    pub(super) read1_valid: Wire<Out>,
    pub(super) read1_ready: Wire<In>,
    pub(super) read1_address: Wire<Out>,
    pub(super) read1_beats: Wire<Out>,
    pub(super) data1_valid: Wire<In>,
    pub(super) data1_ready: Wire<Out>,
    pub(super) data1_beat: Wire<In>,
    pub(super) write_valid: Wire<Out>,
    pub(super) write_ready: Wire<In>,
    pub(super) write_address: Wire<Out>,
    pub(super) write_beats: Wire<Out>,
    pub(super) result_valid: Wire<Out>,
    pub(super) result_ready: Wire<In>,
    pub(super) result_beat: Wire<Out>,
    pub(super) writer_idle: Wire<In>,
    second_reader: SecondReader,
    sequencer: Sequencer,
    outputs: Outputs,
    load: LoadPlaces,
    issue: Issue,
    twiddle_table: TwiddleTable,
    factors: TwiddleFactors,
    twiddle: TwiddleMultiplier,
    swap: Delay,
    read_step: Delay,
    read_alone: Delay,
    read: PairPlaces,
    alone: Delay,
    butterfly: Butterfly,
    write_step: Delay,
    write_alone: Delay,
    write: PairPlaces,
    banks: Banks,
    drain: DrainPlaces,
    drained: Delay,
    queue: Fifo,
}

impl FoldedNttEngine {
    pub(super) fn new(shape: &Shape) -> Self {
        let flag_delay = |cycles| {
            Delay::new(&DelayConfig {
                width: 1,
                cycles,
                cleared: true,
            })
        };
        FoldedNttEngine {
            clock: Wire::new(1),
            reset: Wire::new(1),
            start: Wire::new(1),
            arguments: Wire::new(32 * ARGUMENT_WORDS),
            idle: Wire::new(1),
            done: Wire::new(1),
            errors: Wire::new(32),
            bus_error: Wire::new(1),
            busy: Wire::new(1),
            stalled: Wire::new(1),
            read0_valid: Wire::new(1),
            read0_ready: Wire::new(1),
            read0_address: Wire::new(64),
            read0_beats: Wire::new(32),
            data0_valid: Wire::new(1),
            data0_ready: Wire::new(1),
            data0_beat: Wire::new(512),
            read1_valid: Wire::new(1),
            read1_ready: Wire::new(1),
            read1_address: Wire::new(64),
            read1_beats: Wire::new(32),
            data1_valid: Wire::new(1),
            data1_ready: Wire::new(1),
            data1_beat: Wire::new(512),
            write_valid: Wire::new(1),
            write_ready: Wire::new(1),
            write_address: Wire::new(64),
            write_beats: Wire::new(32),
            result_valid: Wire::new(1),
            result_ready: Wire::new(1),
            result_beat: Wire::new(512),
            writer_idle: Wire::new(1),
            second_reader: SecondReader::new(&()),
            sequencer: Sequencer::new(shape),
            outputs: Outputs::new(shape),
            load: LoadPlaces::new(shape),
            issue: Issue::new(shape),
            twiddle_table: TwiddleTable::new(shape),
            factors: TwiddleFactors::new(shape),
            twiddle: TwiddleMultiplier::new(shape),
            swap: flag_delay(shape.twiddle_latency() - SWAP_LATENCY),
            read_step: flag_delay(shape.read_delay()),
            read_alone: flag_delay(shape.read_delay()),
            read: PairPlaces::new(shape),
            alone: flag_delay(shape.twiddle_latency()),
            butterfly: Butterfly::new(shape),
            write_step: flag_delay(shape.write_delay()),
            write_alone: flag_delay(shape.write_delay()),
            write: PairPlaces::new(shape),
            banks: Banks::new(shape),
            drain: DrainPlaces::new(shape),
            drained: flag_delay(BEAT_LATENCY + LANES_LATENCY),
            queue: Fifo::new(&FifoConfig {
                width: 512,
                log_depth: LOG_QUEUE,
                // Steps under way when the queue says that it is full.
                reserve: BEAT_LATENCY + LANES_LATENCY,
            }),
        }
    }
}

impl Logic for FoldedNttEngine {
    #[hdl_gen]
    fn update(&mut self) {
        self.second_reader.clock.next = self.clock.val();
        self.second_reader.ready.next = self.read1_ready.val();
        self.second_reader.data_valid.next = self.data1_valid.val();
        self.second_reader.data_beat.next = self.data1_beat.val();
        self.read1_valid.next = self.second_reader.valid.val();
        self.read1_address.next = self.second_reader.address.val();
        self.read1_beats.next = self.second_reader.beats.val();
        self.data1_ready.next = self.second_reader.data_ready.val();

        self.sequencer.clock.next = self.clock.val();
        self.sequencer.reset.next = self.reset.val();
        self.sequencer.start.next = self.start.val();
        self.sequencer.words.next = self.arguments.val();
        self.sequencer.bus_error.next = self.bus_error.val();
        self.sequencer.overflow.next = self.queue.overflow.val();
        self.sequencer.writer_idle.next = self.writer_idle.val();
        self.idle.next = self.sequencer.idle.val();
        self.done.next = self.sequencer.done.val();
        self.errors.next = self.sequencer.errors.val();
        self.read0_valid.next = self.sequencer.read_valid.val();
        self.sequencer.read_ready.next = self.read0_ready.val();
        self.read0_address.next = self.sequencer.read_address.val();
        self.write_valid.next = self.sequencer.write_valid.val();
        self.sequencer.write_ready.next = self.write_ready.val();
        self.write_address.next = self.sequencer.write_address.val();
        self.outputs.beats.next = self.sequencer.beats.val();
        self.read0_beats.next = self.outputs.read_beats.val();
        self.write_beats.next = self.outputs.write_beats.val();

        self.load.clock.next = self.clock.val();
        self.load.reset.next = self.reset.val();
        self.load.start.next = self.sequencer.load.val();
        self.load.log_size.next = self.sequencer.log_size.val();
        self.load.valid.next = self.data0_valid.val();
        self.outputs.data_valid.next = self.data0_valid.val();
        self.outputs.load_ready.next = self.load.ready.val();
        self.data0_ready.next = self.outputs.data_ready.val();
        self.stalled.next = self.outputs.stalled.val();
        self.sequencer.loaded.next = self.load.last.val();

        self.issue.clock.next = self.clock.val();
        self.issue.reset.next = self.reset.val();
        self.issue.start.next = self.sequencer.run.val();
        self.issue.log_size.next = self.sequencer.log_size.val();
        self.issue.inverse.next = self.sequencer.inverse.val();
        self.sequencer.finished.next = self.issue.finished.val();
        self.outputs.step.next = self.issue.step.val();
        self.busy.next = self.outputs.busy.val();

        self.twiddle_table.clock.next = self.clock.val();
        self.twiddle_table.inverse.next = self.sequencer.inverse.val();
        self.twiddle_table.pair.next = self.issue.pair.val();
        self.twiddle_table.exponent.next = self.issue.exponent.val();
        self.twiddle_table.stage.next = self.issue.stage.val();
        self.factors.clock.next = self.clock.val();
        self.factors.reset.next = self.reset.val();
        self.factors.prepare.next = self.sequencer.prepare.val();
        self.sequencer.prepared.next = self.factors.prepared.val();
        self.factors.scale.next = self.sequencer.scale.val();
        self.factors.log_size.next = self.sequencer.log_size.val();
        self.factors.inverse.next = self.sequencer.inverse.val();
        self.factors.coset.next = self.sequencer.coset.val();
        self.factors.stage.next = self.issue.stage.val();
        self.factors.path.next = self.issue.path.val();
        self.factors.alone.next = self.issue.alone.val();
        self.factors.entry.next = self.twiddle_table.entry.val();
        self.twiddle.clock.next = self.clock.val();
        self.twiddle.x.next = self.factors.x.val();
        self.twiddle.y.next = self.factors.y.val();
        self.factors.product.next = self.twiddle.z.val();

        self.read_step.clock.next = self.clock.val();
        self.read_step.reset.next = self.reset.val();
        self.read_step.data.next = self.issue.step.val();
        self.read_alone.clock.next = self.clock.val();
        self.read_alone.reset.next = self.reset.val();
        self.read_alone.data.next = self.issue.alone.val();
        self.read.clock.next = self.clock.val();
        self.read.reset.next = self.reset.val();
        self.read.start.next = self.sequencer.load.val();
        self.read.log_size.next = self.sequencer.log_size.val();
        self.read.step.next = self.read_step.delayed.val();
        self.read.alone.next = self.read_alone.delayed.val();

        self.alone.clock.next = self.clock.val();
        self.alone.reset.next = self.reset.val();
        self.alone.data.next = self.issue.alone.val();
        self.swap.clock.next = self.clock.val();
        self.swap.reset.next = self.reset.val();
        self.swap.data.next = self.twiddle_table.swap.val();
        self.butterfly.clock.next = self.clock.val();
        self.butterfly.forward.next = self.sequencer.forward.val();
        self.butterfly.alone.next = self.alone.delayed.val();
        self.butterfly.swap.next = self.swap.delayed.val();
        self.butterfly.a.next = self.banks.a.val();
        self.butterfly.b.next = self.banks.b.val();
        self.butterfly.w.next = self.twiddle.z.val();

        self.write_step.clock.next = self.clock.val();
        self.write_step.reset.next = self.reset.val();
        self.write_step.data.next = self.issue.step.val();
        self.write_alone.clock.next = self.clock.val();
        self.write_alone.reset.next = self.reset.val();
        self.write_alone.data.next = self.issue.alone.val();
        self.write.clock.next = self.clock.val();
        self.write.reset.next = self.reset.val();
        self.write.start.next = self.sequencer.load.val();
        self.write.log_size.next = self.sequencer.log_size.val();
        self.write.step.next = self.write_step.delayed.val();
        self.write.alone.next = self.write_alone.delayed.val();

        self.banks.clock.next = self.clock.val();
        self.banks.loading.next = self.sequencer.loading.val();
        self.banks.beat.next = self.data0_beat.val();
        self.banks.load_place.next = self.load.place.val();
        self.banks.first.next = self.butterfly.first.val();
        self.banks.second.next = self.butterfly.second.val();
        self.banks.result_place.next = self.write.place.val();
        self.banks.draining.next = self.sequencer.draining.val();
        self.banks.drain_place.next = self.drain.place.val();
        self.banks.pair_place.next = self.read.place.val();

        self.drain.clock.next = self.clock.val();
        self.drain.reset.next = self.reset.val();
        self.drain.start.next = self.sequencer.drain.val();
        self.drain.log_size.next = self.sequencer.log_size.val();
        self.drain.permitted.next = self.queue.ready.val();
        self.drained.clock.next = self.clock.val();
        self.drained.reset.next = self.reset.val();
        self.drained.data.next = self.drain.step.val();
        self.queue.clock.next = self.clock.val();
        self.queue.reset.next = self.reset.val();
        self.queue.push.next = self.drained.delayed.val();
        self.queue.data.next = self.banks.lanes.val();
        self.result_valid.next = self.queue.valid.val();
        self.result_beat.next = self.queue.head.val();
        self.queue.pop.next = self.result_ready.val();
    }
}
