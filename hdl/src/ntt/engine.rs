//! The NTT engine: from a start and a stream of beats to a stream of beats.
//!
//! ```text
//!           commands ◄───────────── sequencer ─────────────► commands
//!              │                        │ pass                   │
//!  beats ─► pairs ─► tile memory ─► × factor ─► K stages ─► tile memory ─► beats ─► queue ─►
//!              │        │  2 tiles      ▲                       │  4 tiles
//!            fill     issue ─► exponents ─► tables              └─ collect, drain
//! ```

use rust_hdl::prelude::*;

use super::beats::{BeatToPairs, PairsToBeat};
use super::commands::{CommandConfig, RowCommands};
use super::config::Shape;
use super::factors::{
    Exponent, FactorTables, Multiplier, MultiplierConfig, EXPONENT_LATENCY, OPERAND_LATENCY,
};
use super::flow::{Issue, TileFlow};
use super::pipeline::{Pipeline, PipelineConfig};
use super::sequencer::Sequencer;
use super::tile::{ButterflyOrder, MemoryOrder, OrderConfig, PairRam, PairRamConfig, Side};
use crate::axi::ARGUMENT_WORDS;
use crate::rtl::{leaf_block, Delay, DelayConfig, Fifo, FifoConfig, Wire};

/// Cycles from a step of a walk to its addresses.
pub(super) const ORDER_LATENCY: usize = 1;
/// Cycles from addresses to a pair of the tile memory.
pub(super) const RAM_LATENCY: usize = 2;
/// log2 of the beats between the output memory and the writer.
const LOG_QUEUE: usize = 4;

/// Parameters of an engine.
#[derive(Clone, Debug)]
pub(super) struct EngineConfig {
    pub(super) shape: Shape,
    /// Name of the arithmetic module that multiplies.
    pub(super) scale: String,
    pub(super) pipeline: PipelineConfig,
}

impl EngineConfig {
    /// Cycles from a pair's issue to its entry into the pipeline.
    #[cfg(test)]
    pub(super) fn latency(&self) -> usize {
        EXPONENT_LATENCY + OPERAND_LATENCY + 2 * self.shape.scale_latency
    }

    /// Cycles from a pair's issue to the step that reads it: it must meet its factor.
    pub(super) fn read_delay(&self) -> usize {
        EXPONENT_LATENCY + OPERAND_LATENCY + self.shape.scale_latency - ORDER_LATENCY - RAM_LATENCY
    }
}

leaf_block! {
    /// Gates between streams and walks, one each.
    Gates(shape: Shape) = gates_body;
    In reads_idle: 1;
    In writes_idle: 1;
    Out commands_idle: 1;
    In pair_valid: 1;
    In can_fill: 1;
    Out fill_step: 1;
    In fill_last: 1;
    Out filled: 1;
    In read_step: 1;
    In read_last: 1;
    Out released: 1;
    In collect_step: 1;
    In collect_last: 1;
    Out collected: 1;
    In can_drain: 1;
    In queue_ready: 1;
    Out drain_step: 1;
    In drain_last: 1;
    Out drained: 1;
}

fn gates_body(_: &Shape) -> String {
    "always @(*) begin
  commands_idle = reads_idle && writes_idle;
  fill_step = pair_valid && can_fill;
  filled = fill_step && fill_last;
  released = read_step && read_last;
  collected = collect_step && collect_last;
  drain_step = can_drain && queue_ready;
  drained = drain_step && drain_last;
end"
    .to_owned()
}

leaf_block! {
    /// The kernel's second reader has nothing to do. Clocked, because simulators never evaluate a
    /// combinational block that reads nothing.
    SecondReader(_config: ()) = second_reader_body;
    In clock: 1;
    Out valid: 1;
    In ready: 1;
    Out address: 64;
    Out beats: 32;
    In data_valid: 1;
    Out data_ready: 1;
    In data_beat: 512;
}

fn second_reader_body(_: &()) -> String {
    "wire unused = &{1'b0, ready, data_valid, data_beat};
always @(posedge clock) begin
  valid <= 1'b0;
  address <= 64'd0;
  beats <= 32'd0;
  data_ready <= 1'b1;
end"
    .to_owned()
}

/// See the module's head; ports as of the kernel's socket. `busy` is the number of butterflies at work, `stalled` tells that a tile
/// waits for room behind the pipeline.
#[derive(LogicBlock)]
pub(super) struct NttEngine {
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
    read_commands: RowCommands,
    write_commands: RowCommands,
    gates: Gates,
    flow: TileFlow,
    unpack: BeatToPairs,
    fill_order: MemoryOrder,
    fill_first: Delay,
    fill_second: Delay,
    input_ram: PairRam,
    issue: Issue,
    exponent: Exponent,
    tables: FactorTables,
    factor_first: Multiplier,
    factor_second: Multiplier,
    read_step: Delay,
    read_order: ButterflyOrder,
    scaled_first: Multiplier,
    scaled_second: Multiplier,
    scaled_valid: Delay,
    pipeline: Pipeline,
    collect_order: ButterflyOrder,
    collect_first: Delay,
    collect_second: Delay,
    output_ram: PairRam,
    drain_order: MemoryOrder,
    drain_valid: Delay,
    pack: PairsToBeat,
    queue: Fifo,
}

impl NttEngine {
    pub(super) fn new(config: &EngineConfig) -> Self {
        let shape = &config.shape;
        let order = |side, address_bits| OrderConfig {
            shape: shape.clone(),
            address_bits,
            side,
        };
        let input = shape.input_address_bits();
        let output = shape.output_address_bits();
        let ram = |address_bits| {
            PairRam::new(&PairRamConfig {
                address_bits,
                element_bits: shape.element_bits,
                style: shape.tile_ram_style,
            })
        };
        let commands = |side| {
            RowCommands::new(&CommandConfig {
                shape: shape.clone(),
                side,
            })
        };
        let multiplier = || {
            Multiplier::new(&MultiplierConfig {
                module: config.scale.clone(),
                lazy_bits: shape.lazy_bits,
                element_bits: shape.element_bits,
            })
        };
        let flag_delay = |cycles| {
            Delay::new(&DelayConfig {
                width: 1,
                cycles,
                cleared: true,
            })
        };
        let element_delay = || {
            Delay::new(&DelayConfig {
                width: shape.element_bits,
                cycles: ORDER_LATENCY,
                cleared: false,
            })
        };
        NttEngine {
            clock: Wire::new(1),
            reset: Wire::new(1),
            start: Wire::new(1),
            arguments: Wire::new(32 * ARGUMENT_WORDS),
            idle: Wire::new(1),
            done: Wire::new(1),
            errors: Wire::new(32),
            bus_error: Wire::new(1),
            busy: Wire::new(config.pipeline.count_bits()),
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
            read_commands: commands(Side::Input),
            write_commands: commands(Side::Output),
            gates: Gates::new(shape),
            flow: TileFlow::new(shape),
            unpack: BeatToPairs::new(shape),
            fill_order: MemoryOrder::new(&order(Side::Input, input)),
            fill_first: element_delay(),
            fill_second: element_delay(),
            input_ram: ram(input),
            issue: Issue::new(shape),
            exponent: Exponent::new(shape),
            tables: FactorTables::new(shape),
            factor_first: multiplier(),
            factor_second: multiplier(),
            read_step: flag_delay(config.read_delay()),
            read_order: ButterflyOrder::new(&order(Side::Input, input)),
            scaled_first: multiplier(),
            scaled_second: multiplier(),
            scaled_valid: flag_delay(RAM_LATENCY + shape.scale_latency),
            pipeline: Pipeline::new(&config.pipeline),
            collect_order: ButterflyOrder::new(&order(Side::Output, output)),
            collect_first: element_delay(),
            collect_second: element_delay(),
            output_ram: ram(output),
            drain_order: MemoryOrder::new(&order(Side::Output, output)),
            drain_valid: flag_delay(RAM_LATENCY),
            pack: PairsToBeat::new(shape),
            queue: Fifo::new(&FifoConfig {
                width: 512,
                log_depth: LOG_QUEUE,
                // Steps under way when the queue says that it is full.
                reserve: ORDER_LATENCY + RAM_LATENCY,
            }),
        }
    }
}

impl Logic for NttEngine {
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
        self.gates.reads_idle.next = self.read_commands.idle.val();
        self.gates.writes_idle.next = self.write_commands.idle.val();
        self.sequencer.commands_idle.next = self.gates.commands_idle.val();
        self.sequencer.writer_idle.next = self.writer_idle.val();
        self.sequencer.bus_error.next = self.bus_error.val();
        self.sequencer.overflow.next = self.queue.overflow.val();
        self.idle.next = self.sequencer.idle.val();
        self.done.next = self.sequencer.done.val();
        self.errors.next = self.sequencer.errors.val();

        self.read_commands.clock.next = self.clock.val();
        self.read_commands.reset.next = self.reset.val();
        self.read_commands.go.next = self.sequencer.go.val();
        self.read_commands.pass.next = self.sequencer.pass.val();
        self.read_commands.base.next = self.sequencer.from_address.val();
        self.read_commands.complete.next = self.gates.filled.val();
        self.read0_valid.next = self.read_commands.valid.val();
        self.read_commands.ready.next = self.read0_ready.val();
        self.read0_address.next = self.read_commands.address.val();
        self.read0_beats.next = self.read_commands.beats.val();
        self.write_commands.clock.next = self.clock.val();
        self.write_commands.reset.next = self.reset.val();
        self.write_commands.go.next = self.sequencer.go.val();
        self.write_commands.pass.next = self.sequencer.pass.val();
        self.write_commands.base.next = self.sequencer.to_address.val();
        self.write_commands.complete.next = self.gates.collected.val();
        self.write_valid.next = self.write_commands.valid.val();
        self.write_commands.ready.next = self.write_ready.val();
        self.write_address.next = self.write_commands.address.val();
        self.write_beats.next = self.write_commands.beats.val();

        self.flow.clock.next = self.clock.val();
        self.flow.reset.next = self.reset.val();
        self.flow.pass.next = self.sequencer.pass.val();
        self.flow.filled.next = self.gates.filled.val();
        self.flow.issued.next = self.issue.issued.val();
        self.flow.released.next = self.gates.released.val();
        self.flow.collected.next = self.gates.collected.val();
        self.flow.drained.next = self.gates.drained.val();
        self.gates.can_fill.next = self.flow.can_fill.val();
        self.gates.can_drain.next = self.flow.can_drain.val();

        self.unpack.clock.next = self.clock.val();
        self.unpack.reset.next = self.reset.val();
        self.unpack.valid.next = self.data0_valid.val();
        self.data0_ready.next = self.unpack.ready.val();
        self.unpack.beat.next = self.data0_beat.val();
        self.unpack.pair_ready.next = self.flow.can_fill.val();
        self.gates.pair_valid.next = self.unpack.pair_valid.val();
        self.fill_order.clock.next = self.clock.val();
        self.fill_order.reset.next = self.reset.val();
        self.fill_order.go.next = self.sequencer.go.val();
        self.fill_order.pass.next = self.sequencer.pass.val();
        self.fill_order.step.next = self.gates.fill_step.val();
        self.gates.fill_last.next = self.fill_order.last.val();
        self.fill_first.clock.next = self.clock.val();
        self.fill_first.reset.next = self.reset.val();
        self.fill_first.data.next = self.unpack.first.val();
        self.fill_second.clock.next = self.clock.val();
        self.fill_second.reset.next = self.reset.val();
        self.fill_second.data.next = self.unpack.second.val();

        self.input_ram.clock.next = self.clock.val();
        self.input_ram.write.next = self.fill_order.valid.val();
        self.input_ram.write_address_0.next = self.fill_order.address_0.val();
        self.input_ram.write_address_1.next = self.fill_order.address_1.val();
        self.input_ram.write_swap.next = self.fill_order.swap.val();
        self.input_ram.write_first.next = self.fill_first.delayed.val();
        self.input_ram.write_second.next = self.fill_second.delayed.val();
        self.input_ram.read_address_0.next = self.read_order.address_0.val();
        self.input_ram.read_address_1.next = self.read_order.address_1.val();
        self.input_ram.read_swap.next = self.read_order.swap.val();

        self.issue.clock.next = self.clock.val();
        self.issue.reset.next = self.reset.val();
        self.issue.go.next = self.sequencer.go.val();
        self.issue.pass.next = self.sequencer.pass.val();
        self.issue.can_issue.next = self.flow.can_issue.val();
        self.issue.waiting.next = self.flow.waiting.val();
        self.stalled.next = self.issue.stalled.val();

        self.exponent.clock.next = self.clock.val();
        self.exponent.pass.next = self.sequencer.pass.val();
        self.exponent.first.next = self.issue.first.val();
        self.exponent.column.next = self.issue.column.val();
        self.tables.clock.next = self.clock.val();
        self.tables.pass.next = self.sequencer.pass.val();
        self.tables.scale.next = self.sequencer.scale.val();
        self.tables.exponent_0.next = self.exponent.exponent_0.val();
        self.tables.exponent_1.next = self.exponent.exponent_1.val();
        self.factor_first.clock.next = self.clock.val();
        self.factor_first.x.next = self.tables.low_0.val();
        self.factor_first.w.next = self.tables.high_0.val();
        self.factor_second.clock.next = self.clock.val();
        self.factor_second.x.next = self.tables.low_1.val();
        self.factor_second.w.next = self.tables.high_1.val();

        self.read_step.clock.next = self.clock.val();
        self.read_step.reset.next = self.reset.val();
        self.read_step.data.next = self.issue.active.val();
        self.read_order.clock.next = self.clock.val();
        self.read_order.reset.next = self.reset.val();
        self.read_order.go.next = self.sequencer.go.val();
        self.read_order.pass.next = self.sequencer.pass.val();
        self.read_order.step.next = self.read_step.delayed.val();
        self.gates.read_step.next = self.read_step.delayed.val();
        self.gates.read_last.next = self.read_order.last.val();

        self.scaled_first.clock.next = self.clock.val();
        self.scaled_first.x.next = self.factor_first.z.val();
        self.scaled_first.w.next = self.input_ram.first.val();
        self.scaled_second.clock.next = self.clock.val();
        self.scaled_second.x.next = self.factor_second.z.val();
        self.scaled_second.w.next = self.input_ram.second.val();
        self.scaled_valid.clock.next = self.clock.val();
        self.scaled_valid.reset.next = self.reset.val();
        self.scaled_valid.data.next = self.read_order.valid.val();

        self.pipeline.clock.next = self.clock.val();
        self.pipeline.reset.next = self.reset.val();
        self.pipeline.pass.next = self.sequencer.pass.val();
        self.pipeline.entry_valid.next = self.scaled_valid.delayed.val();
        self.pipeline.entry_a.next = self.scaled_first.z.val();
        self.pipeline.entry_b.next = self.scaled_second.z.val();
        self.busy.next = self.pipeline.busy.val();

        self.collect_order.clock.next = self.clock.val();
        self.collect_order.reset.next = self.reset.val();
        self.collect_order.go.next = self.sequencer.go.val();
        self.collect_order.pass.next = self.sequencer.pass.val();
        self.collect_order.step.next = self.pipeline.valid.val();
        self.gates.collect_step.next = self.pipeline.valid.val();
        self.gates.collect_last.next = self.collect_order.last.val();
        self.collect_first.clock.next = self.clock.val();
        self.collect_first.reset.next = self.reset.val();
        self.collect_first.data.next = self.pipeline.first.val();
        self.collect_second.clock.next = self.clock.val();
        self.collect_second.reset.next = self.reset.val();
        self.collect_second.data.next = self.pipeline.second.val();

        self.output_ram.clock.next = self.clock.val();
        self.output_ram.write.next = self.collect_order.valid.val();
        self.output_ram.write_address_0.next = self.collect_order.address_0.val();
        self.output_ram.write_address_1.next = self.collect_order.address_1.val();
        self.output_ram.write_swap.next = self.collect_order.swap.val();
        self.output_ram.write_first.next = self.collect_first.delayed.val();
        self.output_ram.write_second.next = self.collect_second.delayed.val();
        self.output_ram.read_address_0.next = self.drain_order.address_0.val();
        self.output_ram.read_address_1.next = self.drain_order.address_1.val();
        self.output_ram.read_swap.next = self.drain_order.swap.val();

        self.drain_order.clock.next = self.clock.val();
        self.drain_order.reset.next = self.reset.val();
        self.drain_order.go.next = self.sequencer.go.val();
        self.drain_order.pass.next = self.sequencer.pass.val();
        self.drain_order.step.next = self.gates.drain_step.val();
        self.gates.drain_last.next = self.drain_order.last.val();
        self.gates.queue_ready.next = self.queue.ready.val();
        self.drain_valid.clock.next = self.clock.val();
        self.drain_valid.reset.next = self.reset.val();
        self.drain_valid.data.next = self.drain_order.valid.val();

        self.pack.clock.next = self.clock.val();
        self.pack.reset.next = self.reset.val();
        self.pack.pair_valid.next = self.drain_valid.delayed.val();
        self.pack.first.next = self.output_ram.first.val();
        self.pack.second.next = self.output_ram.second.val();
        self.queue.clock.next = self.clock.val();
        self.queue.reset.next = self.reset.val();
        self.queue.push.next = self.pack.push.val();
        self.queue.data.next = self.pack.beat.val();
        self.queue.pop.next = self.result_ready.val();
        self.result_valid.next = self.queue.valid.val();
        self.result_beat.next = self.queue.head.val();
    }
}
