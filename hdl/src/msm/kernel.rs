//! The MSM kernel: engine, registers and masters under the port names of a Vitis RTL kernel.

use num_bigint::BigUint;
use rust_hdl::prelude::*;
use vegalith_abi::memory::BEAT_BYTES;
use vegalith_abi::{registers, BlockType};

use super::engine::{EngineConfig, MsmEngine};
use super::parts::{AdderBody, AdderConfig};
use super::{CycleModel, MsmConfig};
use crate::arith::{Census, ModuleSet};
use crate::axi::{
    BurstConfig, BurstReader, BurstWriter, ControlSlave, CounterConfig, Counters, Identity,
    ARGUMENT_WORDS,
};
use crate::curve::{complete_adder, PointAdder};
use crate::presets::GenerateError;
use crate::rtl::{leaf_block, Design, Wire};

/// A kernel's design with its operators.
pub(crate) fn kernel(
    config: &MsmConfig,
    top: &str,
    preset_digest: [u8; 32],
) -> Result<(Design, Census), GenerateError> {
    config.validate()?;
    let adder = complete_adder(&config.params(), &config.target)?;
    let engine = config.engine(adder_config(&adder));
    let params = config.params();
    let identity = Identity {
        block_type: BlockType::Msm as u32,
        preset_digest,
        capabilities: [
            config.curve as u32,
            config.window_bits as u32,
            1,
            config.log_max_points as u32,
            params.field.radix_bits as u32,
            config.num_partial_sums() as u32,
        ],
    };
    let block = MsmKernel::new(&engine, &identity);
    let mut design = Design::from_block(top, block).map_err(GenerateError::Design)?;
    let mut modules = ModuleSet::default();
    modules
        .merge(&adder.module, 1)
        .map_err(|clash| GenerateError::Design(clash.to_string()))?;
    design.add_modules(&modules);
    Ok((design, modules.census))
}

/// The cycle model of a configuration's engine.
pub(super) fn cycle_model(config: &MsmConfig) -> Result<CycleModel, GenerateError> {
    config.validate()?;
    let adder = complete_adder(&config.params(), &config.target)?;
    Ok(config.engine(adder_config(&adder)).cycle_model())
}

fn adder_config(adder: &PointAdder) -> AdderConfig {
    AdderConfig {
        latency: adder.module.latency_cycles,
        coordinate_bits: adder.coordinate_bits,
        body: AdderBody::Module(adder.module.name.clone()),
    }
}

leaf_block! {
    /// The words of an MSM job among the arguments.
    MsmArguments(_config: BigUint) = arguments_body;
    In words: 32 * ARGUMENT_WORDS;
    Out points: 64;
    Out scalars: 64;
    Out result: 64;
    Out num_points: 32;
}

fn arguments_body(_: &BigUint) -> String {
    let bit = |offset: u32| 8 * (offset - registers::ARGUMENTS) as usize;
    let (points, scalars, result, count) = (
        bit(registers::msm::POINTS),
        bit(registers::msm::SCALARS),
        bit(registers::msm::RESULT),
        bit(registers::msm::NUM_POINTS),
    );
    format!(
        "wire unused = &{{1'b0, words[{last}:{used}]}};
always @(*) begin
  points = words[{points}+:64];
  scalars = words[{scalars}+:64];
  result = words[{result}+:64];
  num_points = words[{count}+:32];
end",
        last = 32 * ARGUMENT_WORDS - 1,
        used = count + 32,
    )
}

/// What the ports that never change carry.
#[derive(Clone, Debug)]
pub(crate) struct TiesConfig {
    sum_beats: usize,
}

leaf_block! {
    /// Constants of the AXI4 masters: incrementing bursts of whole beats.
    Ties(config: TiesConfig) = ties_body;
    In reset_n: 1;
    Out reset: 1;
    Out size: 3;
    Out burst: 2;
    Out strobe: BEAT_BYTES;
    Out sum_beats: 32;
}

fn ties_body(config: &TiesConfig) -> String {
    format!(
        "always @(*) begin
  reset = !reset_n;
  size = 3'd{};
  burst = 2'd1;
  strobe = {{{BEAT_BYTES}{{1'b1}}}};
  sum_beats = 32'd{};
end",
        BEAT_BYTES.ilog2(),
        config.sum_beats
    )
}

leaf_block! {
    /// How many of the two readers took a beat.
    ReadCount(_config: BigUint) = read_count_body;
    In first: 1;
    In second: 1;
    Out reads: 2;
}

fn read_count_body(_: &BigUint) -> String {
    "always @(*) reads = {1'b0, first} + {1'b0, second};".to_owned()
}

/// The top of an MSM design; see `vegalith_abi` for its contract.
#[derive(LogicBlock)]
struct MsmKernel {
    ap_clk: Wire<In>,
    ap_rst_n: Wire<In>,
    s_axi_control_awaddr: Wire<In>,
    s_axi_control_awvalid: Wire<In>,
    s_axi_control_awready: Wire<Out>,
    s_axi_control_wdata: Wire<In>,
    s_axi_control_wstrb: Wire<In>,
    s_axi_control_wvalid: Wire<In>,
    s_axi_control_wready: Wire<Out>,
    s_axi_control_bresp: Wire<Out>,
    s_axi_control_bvalid: Wire<Out>,
    s_axi_control_bready: Wire<In>,
    s_axi_control_araddr: Wire<In>,
    s_axi_control_arvalid: Wire<In>,
    s_axi_control_arready: Wire<Out>,
    s_axi_control_rdata: Wire<Out>,
    s_axi_control_rresp: Wire<Out>,
    s_axi_control_rvalid: Wire<Out>,
    s_axi_control_rready: Wire<In>,
    m_axi_gmem0_araddr: Wire<Out>,
    m_axi_gmem0_arlen: Wire<Out>,
    m_axi_gmem0_arsize: Wire<Out>,
    m_axi_gmem0_arburst: Wire<Out>,
    m_axi_gmem0_arvalid: Wire<Out>,
    m_axi_gmem0_arready: Wire<In>,
    m_axi_gmem0_rdata: Wire<In>,
    m_axi_gmem0_rresp: Wire<In>,
    m_axi_gmem0_rlast: Wire<In>,
    m_axi_gmem0_rvalid: Wire<In>,
    m_axi_gmem0_rready: Wire<Out>,
    m_axi_gmem1_araddr: Wire<Out>,
    m_axi_gmem1_arlen: Wire<Out>,
    m_axi_gmem1_arsize: Wire<Out>,
    m_axi_gmem1_arburst: Wire<Out>,
    m_axi_gmem1_arvalid: Wire<Out>,
    m_axi_gmem1_arready: Wire<In>,
    m_axi_gmem1_rdata: Wire<In>,
    m_axi_gmem1_rresp: Wire<In>,
    m_axi_gmem1_rlast: Wire<In>,
    m_axi_gmem1_rvalid: Wire<In>,
    m_axi_gmem1_rready: Wire<Out>,
    m_axi_gmem1_awaddr: Wire<Out>,
    m_axi_gmem1_awlen: Wire<Out>,
    m_axi_gmem1_awsize: Wire<Out>,
    m_axi_gmem1_awburst: Wire<Out>,
    m_axi_gmem1_awvalid: Wire<Out>,
    m_axi_gmem1_awready: Wire<In>,
    m_axi_gmem1_wdata: Wire<Out>,
    m_axi_gmem1_wstrb: Wire<Out>,
    m_axi_gmem1_wlast: Wire<Out>,
    m_axi_gmem1_wvalid: Wire<Out>,
    m_axi_gmem1_wready: Wire<In>,
    m_axi_gmem1_bresp: Wire<In>,
    m_axi_gmem1_bvalid: Wire<In>,
    m_axi_gmem1_bready: Wire<Out>,
    ties: Ties,
    control: ControlSlave,
    arguments: MsmArguments,
    counters: Counters,
    read_count: ReadCount,
    points_reader: BurstReader,
    scalars_reader: BurstReader,
    sums_writer: BurstWriter,
    engine: MsmEngine,
}

impl MsmKernel {
    fn new(engine: &EngineConfig, identity: &Identity) -> Self {
        let sums = engine.map.num_windows * engine.map.window_bits;
        let nothing = BigUint::default();
        MsmKernel {
            ap_clk: Wire::new(1),
            ap_rst_n: Wire::new(1),
            s_axi_control_awaddr: Wire::new(12),
            s_axi_control_awvalid: Wire::new(1),
            s_axi_control_awready: Wire::new(1),
            s_axi_control_wdata: Wire::new(32),
            s_axi_control_wstrb: Wire::new(4),
            s_axi_control_wvalid: Wire::new(1),
            s_axi_control_wready: Wire::new(1),
            s_axi_control_bresp: Wire::new(2),
            s_axi_control_bvalid: Wire::new(1),
            s_axi_control_bready: Wire::new(1),
            s_axi_control_araddr: Wire::new(12),
            s_axi_control_arvalid: Wire::new(1),
            s_axi_control_arready: Wire::new(1),
            s_axi_control_rdata: Wire::new(32),
            s_axi_control_rresp: Wire::new(2),
            s_axi_control_rvalid: Wire::new(1),
            s_axi_control_rready: Wire::new(1),
            m_axi_gmem0_araddr: Wire::new(64),
            m_axi_gmem0_arlen: Wire::new(8),
            m_axi_gmem0_arsize: Wire::new(3),
            m_axi_gmem0_arburst: Wire::new(2),
            m_axi_gmem0_arvalid: Wire::new(1),
            m_axi_gmem0_arready: Wire::new(1),
            m_axi_gmem0_rdata: Wire::new(512),
            m_axi_gmem0_rresp: Wire::new(2),
            m_axi_gmem0_rlast: Wire::new(1),
            m_axi_gmem0_rvalid: Wire::new(1),
            m_axi_gmem0_rready: Wire::new(1),
            m_axi_gmem1_araddr: Wire::new(64),
            m_axi_gmem1_arlen: Wire::new(8),
            m_axi_gmem1_arsize: Wire::new(3),
            m_axi_gmem1_arburst: Wire::new(2),
            m_axi_gmem1_arvalid: Wire::new(1),
            m_axi_gmem1_arready: Wire::new(1),
            m_axi_gmem1_rdata: Wire::new(512),
            m_axi_gmem1_rresp: Wire::new(2),
            m_axi_gmem1_rlast: Wire::new(1),
            m_axi_gmem1_rvalid: Wire::new(1),
            m_axi_gmem1_rready: Wire::new(1),
            m_axi_gmem1_awaddr: Wire::new(64),
            m_axi_gmem1_awlen: Wire::new(8),
            m_axi_gmem1_awsize: Wire::new(3),
            m_axi_gmem1_awburst: Wire::new(2),
            m_axi_gmem1_awvalid: Wire::new(1),
            m_axi_gmem1_awready: Wire::new(1),
            m_axi_gmem1_wdata: Wire::new(512),
            m_axi_gmem1_wstrb: Wire::new(BEAT_BYTES),
            m_axi_gmem1_wlast: Wire::new(1),
            m_axi_gmem1_wvalid: Wire::new(1),
            m_axi_gmem1_wready: Wire::new(1),
            m_axi_gmem1_bresp: Wire::new(2),
            m_axi_gmem1_bvalid: Wire::new(1),
            m_axi_gmem1_bready: Wire::new(1),
            ties: Ties::new(&TiesConfig {
                sum_beats: 3 * sums,
            }),
            control: ControlSlave::new(identity),
            arguments: MsmArguments::new(&nothing),
            counters: Counters::new(&CounterConfig { busy_bits: 1 }),
            read_count: ReadCount::new(&nothing),
            points_reader: BurstReader::new(&BurstConfig),
            scalars_reader: BurstReader::new(&BurstConfig),
            sums_writer: BurstWriter::new(&BurstConfig),
            engine: MsmEngine::new(engine),
        }
    }
}

impl Logic for MsmKernel {
    #[hdl_gen]
    fn update(&mut self) {
        self.ties.reset_n.next = self.ap_rst_n.val();

        self.control.clock.next = self.ap_clk.val();
        self.control.reset.next = self.ties.reset.val();
        self.control.awaddr.next = self.s_axi_control_awaddr.val();
        self.control.awvalid.next = self.s_axi_control_awvalid.val();
        self.s_axi_control_awready.next = self.control.awready.val();
        self.control.wdata.next = self.s_axi_control_wdata.val();
        self.control.wstrb.next = self.s_axi_control_wstrb.val();
        self.control.wvalid.next = self.s_axi_control_wvalid.val();
        self.s_axi_control_wready.next = self.control.wready.val();
        self.s_axi_control_bresp.next = self.control.bresp.val();
        self.s_axi_control_bvalid.next = self.control.bvalid.val();
        self.control.bready.next = self.s_axi_control_bready.val();
        self.control.araddr.next = self.s_axi_control_araddr.val();
        self.control.arvalid.next = self.s_axi_control_arvalid.val();
        self.s_axi_control_arready.next = self.control.arready.val();
        self.s_axi_control_rdata.next = self.control.rdata.val();
        self.s_axi_control_rresp.next = self.control.rresp.val();
        self.s_axi_control_rvalid.next = self.control.rvalid.val();
        self.control.rready.next = self.s_axi_control_rready.val();
        self.control.engine_idle.next = self.engine.idle.val();
        self.control.done.next = self.engine.done.val();
        self.control.counters.next = self.counters.values.val();
        self.control.errors.next = self.engine.errors.val();
        self.arguments.words.next = self.control.arguments.val();

        self.counters.clock.next = self.ap_clk.val();
        self.counters.reset.next = self.ties.reset.val();
        self.counters.start.next = self.control.start.val();
        self.counters.done.next = self.engine.done.val();
        self.counters.busy.next = self.engine.pair_issued.val();
        self.counters.stalled.next = self.engine.input_held.val();
        self.read_count.first.next = self.points_reader.beat_read.val();
        self.read_count.second.next = self.scalars_reader.beat_read.val();
        self.counters.reads.next = self.read_count.reads.val();
        self.counters.written.next = self.sums_writer.beat_written.val();

        self.engine.clock.next = self.ap_clk.val();
        self.engine.reset.next = self.ties.reset.val();
        self.engine.start.next = self.control.start.val();
        self.engine.num_points.next = self.arguments.num_points.val();
        self.engine.writer_idle.next = self.sums_writer.idle.val();
        self.engine.bus_error.next = self.points_reader.error.val()
            | self.scalars_reader.error.val()
            | self.sums_writer.error.val();

        self.points_reader.clock.next = self.ap_clk.val();
        self.points_reader.reset.next = self.ties.reset.val();
        self.points_reader.command_valid.next = self.engine.points_command_valid.val();
        self.engine.points_command_ready.next = self.points_reader.command_ready.val();
        self.points_reader.command_address.next = self.arguments.points.val();
        self.points_reader.command_beats.next = self.engine.points_command_beats.val();
        self.engine.points_valid.next = self.points_reader.valid.val();
        self.points_reader.ready.next = self.engine.points_ready.val();
        self.engine.points_beat.next = self.points_reader.beat.val();
        self.m_axi_gmem0_araddr.next = self.points_reader.araddr.val();
        self.m_axi_gmem0_arlen.next = self.points_reader.arlen.val();
        self.m_axi_gmem0_arsize.next = self.ties.size.val();
        self.m_axi_gmem0_arburst.next = self.ties.burst.val();
        self.m_axi_gmem0_arvalid.next = self.points_reader.arvalid.val();
        self.points_reader.arready.next = self.m_axi_gmem0_arready.val();
        self.points_reader.rdata.next = self.m_axi_gmem0_rdata.val();
        self.points_reader.rresp.next = self.m_axi_gmem0_rresp.val();
        self.points_reader.rlast.next = self.m_axi_gmem0_rlast.val();
        self.points_reader.rvalid.next = self.m_axi_gmem0_rvalid.val();
        self.m_axi_gmem0_rready.next = self.points_reader.rready.val();

        self.scalars_reader.clock.next = self.ap_clk.val();
        self.scalars_reader.reset.next = self.ties.reset.val();
        self.scalars_reader.command_valid.next = self.engine.scalars_command_valid.val();
        self.engine.scalars_command_ready.next = self.scalars_reader.command_ready.val();
        self.scalars_reader.command_address.next = self.arguments.scalars.val();
        self.scalars_reader.command_beats.next = self.engine.scalars_command_beats.val();
        self.engine.scalars_valid.next = self.scalars_reader.valid.val();
        self.scalars_reader.ready.next = self.engine.scalars_ready.val();
        self.engine.scalars_beat.next = self.scalars_reader.beat.val();
        self.m_axi_gmem1_araddr.next = self.scalars_reader.araddr.val();
        self.m_axi_gmem1_arlen.next = self.scalars_reader.arlen.val();
        self.m_axi_gmem1_arsize.next = self.ties.size.val();
        self.m_axi_gmem1_arburst.next = self.ties.burst.val();
        self.m_axi_gmem1_arvalid.next = self.scalars_reader.arvalid.val();
        self.scalars_reader.arready.next = self.m_axi_gmem1_arready.val();
        self.scalars_reader.rdata.next = self.m_axi_gmem1_rdata.val();
        self.scalars_reader.rresp.next = self.m_axi_gmem1_rresp.val();
        self.scalars_reader.rlast.next = self.m_axi_gmem1_rlast.val();
        self.scalars_reader.rvalid.next = self.m_axi_gmem1_rvalid.val();
        self.m_axi_gmem1_rready.next = self.scalars_reader.rready.val();

        self.sums_writer.clock.next = self.ap_clk.val();
        self.sums_writer.reset.next = self.ties.reset.val();
        self.sums_writer.command_valid.next = self.engine.sums_command_valid.val();
        self.engine.sums_command_ready.next = self.sums_writer.command_ready.val();
        self.sums_writer.command_address.next = self.arguments.result.val();
        self.sums_writer.command_beats.next = self.ties.sum_beats.val();
        self.sums_writer.valid.next = self.engine.sums_valid.val();
        self.engine.sums_ready.next = self.sums_writer.ready.val();
        self.sums_writer.beat.next = self.engine.sums_beat.val();
        self.m_axi_gmem1_awaddr.next = self.sums_writer.awaddr.val();
        self.m_axi_gmem1_awlen.next = self.sums_writer.awlen.val();
        self.m_axi_gmem1_awsize.next = self.ties.size.val();
        self.m_axi_gmem1_awburst.next = self.ties.burst.val();
        self.m_axi_gmem1_awvalid.next = self.sums_writer.awvalid.val();
        self.sums_writer.awready.next = self.m_axi_gmem1_awready.val();
        self.m_axi_gmem1_wdata.next = self.sums_writer.wdata.val();
        self.m_axi_gmem1_wstrb.next = self.ties.strobe.val();
        self.m_axi_gmem1_wlast.next = self.sums_writer.wlast.val();
        self.m_axi_gmem1_wvalid.next = self.sums_writer.wvalid.val();
        self.sums_writer.wready.next = self.m_axi_gmem1_wready.val();
        self.sums_writer.bresp.next = self.m_axi_gmem1_bresp.val();
        self.sums_writer.bvalid.next = self.m_axi_gmem1_bvalid.val();
        self.m_axi_gmem1_bready.next = self.sums_writer.bready.val();
    }
}
