//! The token merge as a whole: what an MSM engine has around its slots, with integers in place of points; and
//! what makes values of its answers.
//!
//! The blocks are the engine's, and so are the connections between them: a test below holds each against
//! `msm/engine.rs`. Where the engine has points, values on their way through the aggregation and takes,
//! this has inputs.

use num_bigint::BigUint;
use rust_hdl::prelude::*;

use crate::msm::{
    AdderBody, AdderConfig, AdderTiming, AnswerQueue, FeedConfig, InFlight, InFlightConfig,
    LaneConfig, Lanes, MergeConfig, Occupancy, PointAdder, QueueConfig, QueueSize, SlotMap, Split,
    SumStore, ValueLane, ONE_PLACE,
};
use crate::rtl::{Design, DualPortRam, Fifo, FifoConfig, RamConfig, VerilogFile, Wire};

/// Four slots.
const KEY_BITS: usize = 2;
/// A value is an integer of three bits, one where a point has a coordinate.
const COORDINATE_BITS: usize = 1;
const VALUE_BITS: usize = 3 * COORDINATE_BITS;

/// Cycles of the pipelined adder.
const LATENCY: usize = 2;
/// The folded adder has two sums under way, and returns one as shortly before it takes a pair as it may.
const FOLDED: AdderTiming = AdderTiming {
    latency: 6,
    interval: 5,
};

/// The queues of pairs and of answers. Two visits may be under way when one has no more room than that.
const QUEUE: QueueSize = QueueSize {
    log_depth: 2,
    reserve: 2,
};

/// The blocks of an engine between its points and its answers.
#[derive(LogicBlock)]
struct TokenMerge {
    clock: Wire<In>,
    reset: Wire<In>,
    clear: Wire<In>,
    clear_key: Wire<In>,
    point_valid: Wire<In>,
    point_ready: Wire<Out>,
    point_key: Wire<In>,
    point_x: Wire<In>,
    point_y: Wire<In>,
    value_valid: Wire<In>,
    value_ready: Wire<Out>,
    value_key: Wire<In>,
    value: Wire<In>,
    take: Wire<In>,
    take_ready: Wire<Out>,
    take_key: Wire<In>,
    answer_valid: Wire<Out>,
    answer_pop: Wire<In>,
    settled: Wire<Out>,
    overflow: Wire<Out>,
    value_lane: ValueLane,
    occupancy: Occupancy,
    lanes: Lanes,
    slots: DualPortRam,
    pairs: Fifo,
    adder: PointAdder,
    in_flight: InFlight,
    sum_store: SumStore,
    answers: AnswerQueue,
}

impl TokenMerge {
    fn new(timing: AdderTiming) -> Self {
        let pipelined_adder = timing.is_pipelined();
        let queue = if pipelined_adder { QUEUE } else { ONE_PLACE };
        let feed = feed(pipelined_adder);
        let merge = MergeConfig {
            key_bits: KEY_BITS,
            num_slots: feed.map.num_slots(),
            value_bits: VALUE_BITS,
            tag_bits: KEY_BITS,
            pipelined_adder,
        };
        let name = adder_name(timing).to_owned();
        TokenMerge {
            clock: Wire::new(1),
            reset: Wire::new(1),
            clear: Wire::new(1),
            clear_key: Wire::new(KEY_BITS),
            point_valid: Wire::new(1),
            point_ready: Wire::new(1),
            point_key: Wire::new(KEY_BITS),
            point_x: Wire::new(COORDINATE_BITS),
            point_y: Wire::new(COORDINATE_BITS),
            value_valid: Wire::new(1),
            value_ready: Wire::new(1),
            value_key: Wire::new(KEY_BITS),
            value: Wire::new(VALUE_BITS),
            take: Wire::new(1),
            take_ready: Wire::new(1),
            take_key: Wire::new(KEY_BITS),
            answer_valid: Wire::new(1),
            answer_pop: Wire::new(1),
            settled: Wire::new(1),
            overflow: Wire::new(1),
            value_lane: ValueLane::new(&LaneConfig {
                feed,
                field_bits: COORDINATE_BITS,
                one: BigUint::from(1u32),
            }),
            occupancy: Occupancy::new(&merge),
            lanes: Lanes::new(&merge),
            slots: DualPortRam::new(&RamConfig {
                width: VALUE_BITS,
                depth: 1 << KEY_BITS,
                style: "auto",
            }),
            pairs: Fifo::new(&FifoConfig {
                width: KEY_BITS + 2 * VALUE_BITS,
                log_depth: queue.log_depth,
                reserve: queue.reserve,
            }),
            adder: PointAdder::new(&AdderConfig {
                key_bits: KEY_BITS,
                coordinate_bits: COORDINATE_BITS,
                timing,
                body: if pipelined_adder {
                    AdderBody::Pipelined(name)
                } else {
                    AdderBody::Folded(name)
                },
            }),
            in_flight: InFlight::new(&InFlightConfig { count_bits: 3 }),
            sum_store: SumStore::new(&merge),
            answers: AnswerQueue::new(&QueueConfig {
                parts: vec![1, KEY_BITS, VALUE_BITS],
                size: queue,
            }),
        }
    }
}

impl Logic for TokenMerge {
    #[hdl_gen]
    fn update(&mut self) {
        self.settled.next = !(self.lanes.busy.val()
            | self.in_flight.any.val()
            | self.sum_store.pending.val()
            | self.answers.valid.val());
        self.overflow.next =
            self.pairs.overflow.val() | self.sum_store.lost.val() | self.answers.overflow.val();

        self.value_lane.point_valid.next = self.point_valid.val();
        self.point_ready.next = self.value_lane.point_ready.val();
        self.value_lane.point_key.next = self.point_key.val();
        self.value_lane.point_x.next = self.point_x.val();
        self.value_lane.point_y.next = self.point_y.val();
        self.value_lane.value_valid.next = self.value_valid.val();
        self.value_ready.next = self.value_lane.value_ready.val();
        self.value_lane.value_key.next = self.value_key.val();
        self.value_lane.value.next = self.value.val();
        self.value_lane.take.next = self.take.val();
        self.take_ready.next = self.value_lane.take_ready.val();
        self.value_lane.take_key.next = self.take_key.val();
        self.value_lane.pairs_ready.next = self.pairs.ready.val();
        self.value_lane.answers_ready.next = self.answers.ready.val();
        self.value_lane.free.next = self.lanes.free.val();
        self.value_lane.sum_pending.next = self.sum_store.pending.val();
        self.value_lane.sum_key.next = self.sum_store.key.val();
        self.value_lane.sum.next = self.sum_store.value.val();

        self.occupancy.clock.next = self.clock.val();
        self.occupancy.reset.next = self.reset.val();
        self.occupancy.clear.next = self.clear.val();
        self.occupancy.clear_key.next = self.clear_key.val();
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
        self.lanes.b_tag.next = self.take_key.val();
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
        self.sum_store.clock.next = self.clock.val();
        self.sum_store.reset.next = self.reset.val();
        self.sum_store.returned.next = self.adder.returned.val();
        self.sum_store.returned_key.next = self.adder.returned_key.val();
        self.sum_store.sum.next = self.adder.sum.val();
        self.sum_store.taken.next = self.value_lane.sum_taken.val();

        self.answers.clock.next = self.clock.val();
        self.answers.reset.next = self.reset.val();
        self.answers.push.next = self.lanes.taken.val();
        self.answers.full_in.next = self.lanes.taken_full.val();
        self.answers.tag_in.next = self.lanes.taken_tag.val();
        self.answers.value_in.next = self.lanes.taken_value.val();
        self.answer_valid.next = self.answers.valid.val();
        self.answers.pop.next = self.answer_pop.val();
    }
}

/// A map of final sums alone: of it, only the number of slots is used.
fn feed(pipelined_adder: bool) -> FeedConfig {
    FeedConfig {
        map: SlotMap {
            num_windows: 1,
            window_bits: KEY_BITS + 1,
            nodes: Vec::new(),
            sums_base: 0,
            log_sums_stride: KEY_BITS,
        },
        value_bits: VALUE_BITS,
        pipelined_adder,
    }
}

/// The token merge of the pipelined engine and of the folded one, each with its adder and what splits answers.
pub(super) fn designs() -> Result<Vec<Design>, String> {
    let mut designs = Vec::new();
    for (suffix, timing) in [("", AdderTiming::pipelined(LATENCY)), ("_folded", FOLDED)] {
        let top = format!("formal_token_merge{suffix}");
        let mut design = Design::from_block(&top, TokenMerge::new(timing))?;
        design.files.push(VerilogFile {
            name: format!("{}.v", adder_name(timing)),
            text: adder(timing),
        });
        designs.push(design);
        let top = format!("formal_split{suffix}");
        let split = Split::new(&feed(timing.is_pipelined()));
        designs.push(Design::from_block(&top, split)?);
    }
    Ok(designs)
}

fn adder_name(timing: AdderTiming) -> &'static str {
    match timing.is_pipelined() {
        true => "formal_sum",
        false => "formal_folded_sum",
    }
}

/// The sum of integers with a point adder's ports and pace. The solver chooses the values, so one that is
/// lost, or counted again, changes a sum.
fn adder(AdderTiming { latency, interval }: AdderTiming) -> String {
    let [ports, control] = match interval {
        1 => [String::new(), String::new()],
        _ => [
            ", input wire rst, input wire valid, output wire ready, output wire done".to_owned(),
            pace(latency, interval),
        ],
    };
    format!(
        "module {name}(input wire clk{ports},
  input wire x1, input wire y1, input wire z1, input wire x2, input wire y2, input wire z2,
  output wire x3, output wire y3, output wire z3);
reg [{top}:0] line;
wire [{value_top}:0] sum = {{x1, y1, z1}} + {{x2, y2, z2}};
assign {{x3, y3, z3}} = line[{top}:{low}];
always @(posedge clk) line <= {{line[{below}:0], sum}};
{control}endmodule
",
        name = adder_name(AdderTiming { latency, interval }),
        top = latency * VALUE_BITS - 1,
        value_top = VALUE_BITS - 1,
        low = (latency - 1) * VALUE_BITS,
        below = (latency - 1) * VALUE_BITS - 1,
    )
}

/// When a folded adder takes a pair: `AdderTiming::ready`.
fn pace(latency: usize, interval: usize) -> String {
    format!(
        "reg [{top}:0] under_way;
// Cycles since a pair was taken, as far as they matter.
reg [3:0] since;
wire taken = valid && ready;
assign ready = !rst && ((since > 4'd{latency}) || (since == 4'd{interval}));
assign done = under_way[{top}];
always @(posedge clk) begin
  under_way <= rst ? {latency}'d0 : {{under_way[{below}:0], taken}};
  since <= rst ? 4'd{empty} : taken ? 4'd1 : (since == 4'd{empty}) ? since : since + 4'd1;
end
",
        top = latency - 1,
        below = latency - 2,
        empty = latency + 1,
    )
}

#[cfg(test)]
mod tests {
    /// Of statements like `self.lanes.issue.next = …`, those that connect a block with just one other:
    /// the two blocks, and the statement without spaces.
    fn connections(source: &str) -> Vec<(String, String, String)> {
        let code: String = source
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//"))
            .flat_map(str::split_whitespace)
            .collect();
        let block = |path: &str| {
            let path = path.strip_prefix("self.")?;
            Some(path.split_once('.')?.0.to_owned())
        };
        code.split(';')
            .filter_map(|statement| {
                let statement = &statement[statement.find("self.")?..];
                let (to, from) = statement.split_once(".next=")?;
                let plain = from.ends_with(".val()") && from.matches('.').count() == 3;
                let blocks = (block(to)?, block(from).filter(|_| plain)?);
                Some((blocks.0, blocks.1, statement.to_owned()))
            })
            .collect()
    }

    #[test]
    fn blocks_are_connected_as_in_the_engine() {
        let engine = connections(include_str!("../msm/engine.rs"));
        let own = connections(include_str!("token_merge.rs"));
        assert!(own.len() > 40, "{}", own.len());
        for connection in &own {
            assert!(engine.contains(connection), "{}", connection.2);
        }
        // The other way round, but for the value of an answer: whether that is sent on is Split's to say.
        let has = |block: &String| own.iter().any(|(to, from, _)| block == to || block == from);
        let free = "self.value_lane.value.next=self.answers.value.val()";
        for connection in &engine {
            if has(&connection.0) && has(&connection.1) && connection.2 != free {
                assert!(own.contains(connection), "{}", connection.2);
            }
        }
    }
}
