//! The MSM engine: from streams of points and scalars to the stream of final sums.
//!
//! ```text
//! points ─► unpack ─► prepare (−y, infinite?) ─► queue ─┐
//!                                                        ├─► dispatch ─┐ values
//! scalars ─► unpack ─► recode (signed digits) ─► queue ─┘             ▼
//!        ┌──────────────────────────────────────────────────────► value lane ─┐
//!        │                            ┌─► occupancy, lanes, slot memory ◄──────┤
//!        │ halves                     │                  │ pairs               │
//!        └── split ◄─ answers ◄───────┤                  ▼                     │
//!              sums ◄────┘            └── result lane ◄─ adder           walk ─┘
//! ```
//! Floor: one addition a cycle; W values of n points make W·n cycles, the aggregation about
//! 3·W·2^(c−1) (a take and two values a bucket on one lane). Each depth of the aggregation ends
//! with the adder's latency a few times over, while the last values of a slot meet. With a folded
//! adder, the floor is its interval times the number of additions.

use super::arguments::{ArgumentsConfig, MsmArguments};
use super::dispatch::{Dispatch, DispatchConfig};
use super::feed::{FeedConfig, Split, SumStream, Walk};
use super::lane::{InFlight, InFlightConfig, LaneConfig, SumStore, ValueLane};
use super::merge::{Lanes, MergeConfig, Occupancy};
use super::model::CycleModel;
use super::parts::{AdderConfig, PointAdder};
use super::prepare::{PointPrepare, PrepareConfig, Recode, RecodeConfig};
use super::queues::{
    AnswerQueue, ItemConfig, PointQueue, QueueConfig, QueueSize, ScalarQueue, ONE_PLACE,
};
use super::sequencer::{Sequencer, SequencerConfig};
use super::slots::SlotMap;
use super::unpack::{PointUnpack, ScalarConfig, ScalarUnpack, UnpackConfig};
use crate::axi::ARGUMENT_WORDS;
use crate::rtl::{Delay, DelayConfig, DualPortRam, Fifo, FifoConfig, RamConfig, Wire};
use num_bigint::BigUint;
use rust_hdl::prelude::*;
use vegalith_abi::memory::{PointLayout, BEAT_BYTES};

/// The pair queue evens out how often a value meets a partner; 64 places keep a pipelined adder busy for
/// every distribution of digits.
const PAIR_QUEUE: QueueSize = QueueSize {
    log_depth: 6,
    reserve: 4,
};
const ANSWER_QUEUE: QueueSize = QueueSize {
    log_depth: 3,
    reserve: 4,
};

/// What an engine is built from.
#[derive(Clone, Debug)]
pub(crate) struct EngineConfig {
    pub(crate) map: SlotMap,
    pub(crate) layout: PointLayout,
    pub(crate) modulus: BigUint,
    /// R mod p.
    pub(crate) one: BigUint,
    pub(crate) scalar_bits: usize,
    pub(crate) bias: BigUint,
    pub(crate) carry_bits: usize,
    pub(crate) log_max_points: usize,
    pub(crate) slot_ram_style: &'static str,
    pub(crate) adder: AdderConfig,
}

impl EngineConfig {
    fn prepare(&self) -> PrepareConfig {
        PrepareConfig {
            modulus: self.modulus.clone(),
            carry_bits: self.carry_bits,
            held: !self.adder.timing.is_pipelined(),
        }
    }

    fn recode(&self) -> RecodeConfig {
        RecodeConfig {
            scalar_bits: self.scalar_bits,
            num_windows: self.map.num_windows,
            window_bits: self.map.window_bits,
            bias: self.bias.clone(),
            carry_bits: self.carry_bits,
        }
    }

    /// The queues of pairs and of answers.
    fn queues(&self) -> [QueueSize; 2] {
        match self.adder.timing.is_pipelined() {
            true => [PAIR_QUEUE, ANSWER_QUEUE],
            false => [ONE_PLACE; 2],
        }
    }

    /// The model of the engine that this builds.
    pub(crate) fn cycle_model(&self) -> CycleModel {
        CycleModel {
            map: self.map.clone(),
            bias: self.bias.clone(),
            adder: self.adder.timing,
            queues: self.queues(),
            prepare_latency: self.prepare().latency(),
            recode_latency: self.recode().latency(),
            beats_per_point: self.layout.slot_bytes / BEAT_BYTES,
        }
    }
}

/// See the module's head; the ports are those of `axi::EngineSocket`. `busy` is set with every
/// addition.
#[derive(LogicBlock)]
pub(crate) struct MsmEngine {
    pub(crate) clock: Wire<In>,
    pub(crate) reset: Wire<In>,
    pub(crate) start: Wire<In>,
    pub(crate) arguments: Wire<In>,
    pub(crate) idle: Wire<Out>,
    pub(crate) done: Wire<Out>,
    pub(crate) errors: Wire<Out>,
    pub(crate) bus_error: Wire<In>,
    pub(crate) read0_valid: Wire<Out>,
    pub(crate) read0_ready: Wire<In>,
    pub(crate) read0_address: Wire<Out>,
    pub(crate) read0_beats: Wire<Out>,
    pub(crate) data0_valid: Wire<In>,
    pub(crate) data0_ready: Wire<Out>,
    pub(crate) data0_beat: Wire<In>,
    pub(crate) read1_valid: Wire<Out>,
    pub(crate) read1_ready: Wire<In>,
    pub(crate) read1_address: Wire<Out>,
    pub(crate) read1_beats: Wire<Out>,
    pub(crate) data1_valid: Wire<In>,
    pub(crate) data1_ready: Wire<Out>,
    pub(crate) data1_beat: Wire<In>,
    pub(crate) write_valid: Wire<Out>,
    pub(crate) write_ready: Wire<In>,
    pub(crate) write_address: Wire<Out>,
    pub(crate) write_beats: Wire<Out>,
    pub(crate) result_valid: Wire<Out>,
    pub(crate) result_ready: Wire<In>,
    pub(crate) result_beat: Wire<Out>,
    pub(crate) writer_idle: Wire<In>,
    pub(crate) busy: Wire<Out>,
    pub(crate) stalled: Wire<Out>,
    flush: Wire<Local>,
    settled: Wire<Local>,
    job: MsmArguments,
    sequencer: Sequencer,
    point_unpack: PointUnpack,
    prepare: PointPrepare,
    prepare_valid: Delay,
    point_queue: PointQueue,
    scalar_unpack: ScalarUnpack,
    recode: Recode,
    recode_valid: Delay,
    scalar_queue: ScalarQueue,
    dispatch: Dispatch,
    value_lane: ValueLane,
    occupancy: Occupancy,
    lanes: Lanes,
    slots: DualPortRam,
    pairs: Fifo,
    adder: PointAdder,
    in_flight: InFlight,
    sum_store: SumStore,
    walk: Walk,
    answers: AnswerQueue,
    split: Split,
    sums: SumStream,
}

impl MsmEngine {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        let map = &config.map;
        let field_bits = config.modulus.bits() as usize;
        let value_bits = 3 * config.adder.coordinate_bits;
        let pipelined_adder = config.adder.timing.is_pipelined();
        let feed = FeedConfig {
            map: map.clone(),
            value_bits,
            pipelined_adder,
        };
        let unpack = UnpackConfig {
            layout: config.layout,
            field_bits,
            held: !pipelined_adder,
        };
        let prepare = config.prepare();
        let recode = config.recode();
        let [pair_queue, answer_queue] = config.queues();
        let merge = MergeConfig {
            key_bits: map.key_bits(),
            num_slots: map.num_slots(),
            value_bits,
            tag_bits: feed.tag_bits(),
            pipelined_adder,
        };
        let valid_for = |cycles: usize| {
            Delay::new(&DelayConfig {
                width: 1,
                cycles,
                cleared: true,
            })
        };
        let items = |parts: Vec<usize>, under_way: usize| ItemConfig {
            parts,
            under_way,
            held: !pipelined_adder,
        };
        MsmEngine {
            clock: Wire::new(1),
            reset: Wire::new(1),
            start: Wire::new(1),
            arguments: Wire::new(32 * ARGUMENT_WORDS),
            idle: Wire::new(1),
            done: Wire::new(1),
            errors: Wire::new(32),
            bus_error: Wire::new(1),
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
            busy: Wire::new(1),
            stalled: Wire::new(1),
            flush: Wire::new(1),
            settled: Wire::new(1),
            job: MsmArguments::new(&ArgumentsConfig {
                num_sums: map.num_windows * map.window_bits,
            }),
            sequencer: Sequencer::new(&SequencerConfig {
                key_bits: map.key_bits(),
                num_slots: map.num_slots(),
                log_max_points: config.log_max_points,
                log_beats_per_point: unpack.beats_per_point() - 1,
            }),
            point_unpack: PointUnpack::new(&unpack),
            prepare: PointPrepare::new(&prepare),
            prepare_valid: valid_for(prepare.latency()),
            point_queue: PointQueue::new(&items(
                vec![field_bits, field_bits, field_bits, 1],
                prepare.latency(),
            )),
            scalar_unpack: ScalarUnpack::new(&ScalarConfig {
                scalar_bits: config.scalar_bits,
            }),
            recode: Recode::new(&recode),
            recode_valid: valid_for(recode.latency()),
            scalar_queue: ScalarQueue::new(&items(
                vec![map.num_windows * map.window_bits, map.num_windows],
                recode.latency(),
            )),
            dispatch: Dispatch::new(&DispatchConfig::new(map, field_bits, pipelined_adder)),
            value_lane: ValueLane::new(&LaneConfig {
                feed: feed.clone(),
                field_bits,
                one: config.one.clone(),
            }),
            occupancy: Occupancy::new(&merge),
            lanes: Lanes::new(&merge),
            slots: DualPortRam::new(&RamConfig {
                width: value_bits,
                depth: map.num_slots(),
                style: config.slot_ram_style,
            }),
            pairs: Fifo::new(&FifoConfig {
                width: map.key_bits() + 2 * value_bits,
                log_depth: pair_queue.log_depth,
                reserve: pair_queue.reserve,
            }),
            adder: PointAdder::new(&config.adder),
            in_flight: InFlight::new(&InFlightConfig {
                count_bits: (usize::BITS - config.adder.timing.latency.leading_zeros()) as usize
                    + 1,
            }),
            sum_store: SumStore::new(&merge),
            walk: Walk::new(&feed),
            answers: AnswerQueue::new(&QueueConfig {
                parts: vec![1, feed.tag_bits(), value_bits],
                size: answer_queue,
            }),
            split: Split::new(&feed),
            sums: SumStream::new(&feed),
        }
    }
}

impl Logic for MsmEngine {
    #[hdl_gen]
    fn update(&mut self) {
        self.flush.next = self.reset.val() | self.sequencer.flush.val();
        self.settled.next = !(self.lanes.busy.val()
            | self.in_flight.any.val()
            | self.sum_store.pending.val()
            | self.answers.valid.val());

        self.sequencer.clock.next = self.clock.val();
        self.sequencer.reset.next = self.reset.val();
        self.sequencer.start.next = self.start.val();
        self.job.words.next = self.arguments.val();
        self.sequencer.num_points.next = self.job.num_points.val();
        self.sequencer.aligned.next = self.job.aligned.val();
        self.read0_address.next = self.job.points.val();
        self.read1_address.next = self.job.scalars.val();
        self.write_address.next = self.job.result.val();
        self.write_beats.next = self.job.result_beats.val();
        self.sequencer.items.next = self.dispatch.items.val();
        self.sequencer.dispatch_idle.next = self.dispatch.idle.val();
        self.sequencer.settled.next = self.settled.val();
        self.sequencer.reading.next = self.walk.reading.val();
        self.sequencer.walk_done.next = self.walk.done.val();
        self.sequencer.answers_left.next = self.lanes.busy.val() | self.answers.valid.val();
        self.sequencer.writer_idle.next = self.writer_idle.val();
        self.sequencer.bus_error.next = self.bus_error.val();
        self.sequencer.overflow.next = self.point_queue.overflow.val()
            | self.scalar_queue.overflow.val()
            | self.pairs.overflow.val()
            | self.sum_store.lost.val()
            | self.answers.overflow.val();
        self.idle.next = self.sequencer.idle.val();
        self.done.next = self.sequencer.done.val();
        self.errors.next = self.sequencer.errors.val();
        self.read0_valid.next = self.sequencer.points_valid.val();
        self.sequencer.points_ready.next = self.read0_ready.val();
        self.read0_beats.next = self.sequencer.points_beats.val();
        self.read1_valid.next = self.sequencer.scalars_valid.val();
        self.sequencer.scalars_ready.next = self.read1_ready.val();
        self.read1_beats.next = self.sequencer.scalars_beats.val();
        self.write_valid.next = self.sequencer.sums_valid.val();
        self.sequencer.sums_ready.next = self.write_ready.val();

        self.data0_ready.next = self.point_unpack.ready.val();
        self.point_unpack.clock.next = self.clock.val();
        self.point_unpack.reset.next = self.flush.val();
        self.point_unpack.valid.next = self.data0_valid.val();
        self.point_unpack.point_ready.next = self.point_queue.ready.val();
        self.point_unpack.beat.next = self.data0_beat.val();
        self.prepare.clock.next = self.clock.val();
        self.prepare.x.next = self.point_unpack.x.val();
        self.prepare.y.next = self.point_unpack.y.val();
        self.prepare_valid.clock.next = self.clock.val();
        self.prepare_valid.reset.next = self.flush.val();
        self.prepare_valid.data.next =
            self.point_unpack.point_valid.val() & self.point_queue.ready.val();
        self.point_queue.clock.next = self.clock.val();
        self.point_queue.reset.next = self.flush.val();
        self.point_queue.push.next = self.prepare_valid.delayed.val();
        self.point_queue.waiting.next = self.point_unpack.point_valid.val();
        self.point_queue.x_in.next = self.prepare.x_out.val();
        self.point_queue.y_in.next = self.prepare.y_out.val();
        self.point_queue.minus_y_in.next = self.prepare.minus_y.val();
        self.point_queue.infinite_in.next = self.prepare.infinite.val();
        self.point_queue.pop.next = self.dispatch.pop.val();

        self.scalar_unpack.clock.next = self.clock.val();
        self.scalar_unpack.reset.next = self.flush.val();
        self.scalar_unpack.valid.next = self.data1_valid.val();
        self.scalar_unpack.beat.next = self.data1_beat.val();
        self.data1_ready.next = self.scalar_unpack.ready.val();
        // When all items are dispatched, what stands here is the unused half of the last beat.
        self.scalar_unpack.scalar_ready.next =
            self.scalar_queue.ready.val() | self.sequencer.walk_start.val();
        self.recode.clock.next = self.clock.val();
        self.recode.scalar.next = self.scalar_unpack.scalar.val();
        self.recode_valid.clock.next = self.clock.val();
        self.recode_valid.reset.next = self.flush.val();
        self.recode_valid.data.next =
            self.scalar_unpack.scalar_valid.val() & self.scalar_queue.ready.val();
        self.scalar_queue.clock.next = self.clock.val();
        self.scalar_queue.reset.next = self.flush.val();
        self.scalar_queue.push.next = self.recode_valid.delayed.val();
        self.scalar_queue.waiting.next = self.scalar_unpack.scalar_valid.val();
        self.scalar_queue.biased_in.next = self.recode.biased.val();
        self.scalar_queue.nonzero_in.next = self.recode.nonzero.val();
        self.scalar_queue.pop.next = self.dispatch.pop.val();

        self.dispatch.clock.next = self.clock.val();
        self.dispatch.reset.next = self.reset.val();
        self.dispatch.clear.next = self.sequencer.flush.val();
        self.dispatch.point_valid.next = self.point_queue.valid.val();
        self.dispatch.x.next = self.point_queue.x.val();
        self.dispatch.y.next = self.point_queue.y.val();
        self.dispatch.minus_y.next = self.point_queue.minus_y.val();
        self.dispatch.infinite.next = self.point_queue.infinite.val();
        self.dispatch.scalar_valid.next = self.scalar_queue.valid.val();
        self.dispatch.biased.next = self.scalar_queue.biased.val();
        self.dispatch.nonzero.next = self.scalar_queue.nonzero.val();
        self.dispatch.ready.next = self.value_lane.point_ready.val();

        self.value_lane.point_valid.next = self.dispatch.valid.val();
        self.value_lane.point_key.next = self.dispatch.key.val();
        self.value_lane.point_x.next = self.dispatch.value_x.val();
        self.value_lane.point_y.next = self.dispatch.value_y.val();
        self.value_lane.value_valid.next = self.split.valid.val();
        self.value_lane.value_key.next = self.split.key.val();
        self.value_lane.value.next = self.answers.value.val();
        self.value_lane.take.next = self.walk.take.val();
        self.value_lane.take_key.next = self.walk.take_key.val();
        self.value_lane.pairs_ready.next = self.pairs.ready.val();
        self.value_lane.answers_ready.next = self.answers.ready.val();
        self.value_lane.free.next = self.lanes.free.val();
        self.value_lane.sum_pending.next = self.sum_store.pending.val();
        self.value_lane.sum_key.next = self.sum_store.key.val();
        self.value_lane.sum.next = self.sum_store.value.val();
        self.stalled.next = self.value_lane.held.val();

        self.occupancy.clock.next = self.clock.val();
        self.occupancy.reset.next = self.reset.val();
        self.occupancy.clear.next = self.sequencer.clear.val();
        self.occupancy.clear_key.next = self.sequencer.clear_key.val();
        self.occupancy.a_visit.next = self.sum_store.a_visit.val();
        self.occupancy.a_key.next = self.sum_store.key.val();
        self.occupancy.b_visit.next = self.value_lane.visit.val();
        self.occupancy.b_take.next = self.value_lane.visit_take.val();
        self.occupancy.b_key.next = self.value_lane.visit_key.val();

        self.lanes.clock.next = self.clock.val();
        self.lanes.reset.next = self.reset.val();
        self.lanes.a_visit.next = self.sum_store.a_visit.val();
        self.lanes.a_key.next = self.sum_store.key.val();
        self.lanes.a_value.next = self.sum_store.value.val();
        self.lanes.b_visit.next = self.value_lane.visit.val();
        self.lanes.b_take.next = self.value_lane.visit_take.val();
        self.lanes.b_key.next = self.value_lane.visit_key.val();
        self.lanes.b_value.next = self.value_lane.visit_value.val();
        self.lanes.b_tag.next = self.walk.take_tag.val();
        self.lanes.a_full.next = self.occupancy.a_full.val();
        self.lanes.b_full.next = self.occupancy.b_full.val();
        self.lanes.same.next = self.occupancy.same.val();
        self.slots.clock.next = self.clock.val();
        self.slots.a_enable.next = self.lanes.ram_a_enable.val();
        self.slots.a_write.next = self.lanes.ram_a_write.val();
        self.slots.a_address.next = self.lanes.ram_a_key.val();
        self.slots.a_data.next = self.lanes.ram_a_data.val();
        self.lanes.ram_a_read.next = self.slots.a_read.val();
        self.slots.b_enable.next = self.lanes.ram_b_enable.val();
        self.slots.b_write.next = self.lanes.ram_b_write.val();
        self.slots.b_address.next = self.lanes.ram_b_key.val();
        self.slots.b_data.next = self.lanes.ram_b_data.val();
        self.lanes.ram_b_read.next = self.slots.b_read.val();
        self.pairs.clock.next = self.clock.val();
        self.pairs.reset.next = self.reset.val();
        self.pairs.push.next = self.lanes.queue_push.val();
        self.pairs.data.next = self.lanes.queue_data.val();
        self.pairs.pop.next = self.lanes.queue_pop.val();
        self.lanes.queue_valid.next = self.pairs.valid.val();
        self.lanes.queue_head.next = self.pairs.head.val();

        self.adder.clock.next = self.clock.val();
        self.adder.reset.next = self.reset.val();
        self.adder.offered.next = self.lanes.issue.val();
        self.adder.key.next = self.lanes.issue_key.val();
        self.lanes.accepted.next = self.adder.accepted.val();
        self.adder.left.next = self.lanes.left.val();
        self.adder.right.next = self.lanes.right.val();
        self.in_flight.clock.next = self.clock.val();
        self.in_flight.reset.next = self.reset.val();
        self.in_flight.issue.next = self.adder.accepted.val();
        self.in_flight.returned.next = self.adder.returned.val();
        self.busy.next = self.adder.busy.val();
        self.sum_store.clock.next = self.clock.val();
        self.sum_store.reset.next = self.reset.val();
        self.sum_store.returned.next = self.adder.returned.val();
        self.sum_store.returned_key.next = self.adder.returned_key.val();
        self.sum_store.sum.next = self.adder.sum.val();
        self.sum_store.taken.next = self.value_lane.sum_taken.val();

        self.walk.clock.next = self.clock.val();
        self.walk.reset.next = self.reset.val();
        self.walk.start.next = self.sequencer.walk_start.val();
        self.walk.settled.next = self.settled.val();
        self.walk.take_ready.next = self.value_lane.take_ready.val();
        self.answers.clock.next = self.clock.val();
        self.answers.reset.next = self.reset.val();
        self.answers.push.next = self.lanes.taken.val();
        self.answers.full_in.next = self.lanes.taken_full.val();
        self.answers.tag_in.next = self.lanes.taken_tag.val();
        self.answers.value_in.next = self.lanes.taken_value.val();
        self.answers.pop.next = self.split.pop.val() | self.sums.pop.val();
        self.split.clock.next = self.clock.val();
        self.split.reset.next = self.reset.val();
        self.split.reading.next = self.sums.active.val();
        self.split.answer_valid.next = self.answers.valid.val();
        self.split.answer_full.next = self.answers.full.val();
        self.split.answer_tag.next = self.answers.tag.val();
        self.split.ready.next = self.value_lane.value_ready.val();
        self.sums.clock.next = self.clock.val();
        self.sums.reset.next = self.reset.val();
        self.sums.start.next = self.walk.reading.val();
        self.sums.stop.next = self.sequencer.flush.val();
        self.sums.answer_valid.next = self.answers.valid.val();
        self.sums.answer_full.next = self.answers.full.val();
        self.sums.answer_value.next = self.answers.value.val();
        self.result_valid.next = self.sums.valid.val();
        self.result_beat.next = self.sums.beat.val();
        self.sums.ready.next = self.result_ready.val();
    }
}
