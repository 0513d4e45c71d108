//! The top of every design: an engine behind registers and masters, under the port names of a
//! Vitis RTL kernel. See `vegalith_abi` for the contract.

use rust_hdl::prelude::*;
use vegalith_abi::memory::BEAT_BYTES;

use super::burst::{BurstConfig, BurstReader, BurstWriter};
use super::control::{ControlSlave, Identity, ARGUMENT_WORDS};
use super::counters::{CounterConfig, Counters};
use crate::graph::Target;
use crate::rtl::{leaf_block, Design, Wire};

/// What a kernel is built around.
#[derive(Clone, Debug)]
pub(crate) struct SocketConfig {
    /// Module that has the ports of an [`EngineSocket`].
    pub(crate) engine: String,
    /// Width of the number of units busy in a cycle.
    pub(crate) busy_bits: usize,
}

leaf_block! {
    /// An engine, seen from its kernel: this block's ports are those of every engine.
    ///
    /// `arguments` hold from `start` to the pulse `done`. The engine gives commands (byte address,
    /// beats) to two readers and a writer and takes or gives their beats; `busy` counts the units
    /// that work in a cycle.
    EngineSocket(config: SocketConfig) = socket_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In arguments: 32 * ARGUMENT_WORDS;
    Out idle: 1;
    Out done: 1;
    Out errors: 32;
    In bus_error: 1;
    Out read0_valid: 1;
    In read0_ready: 1;
    Out read0_address: 64;
    Out read0_beats: 32;
    In data0_valid: 1;
    Out data0_ready: 1;
    In data0_beat: 512;
    Out read1_valid: 1;
    In read1_ready: 1;
    Out read1_address: 64;
    Out read1_beats: 32;
    In data1_valid: 1;
    Out data1_ready: 1;
    In data1_beat: 512;
    Out write_valid: 1;
    In write_ready: 1;
    Out write_address: 64;
    Out write_beats: 32;
    Out result_valid: 1;
    In result_ready: 1;
    Out result_beat: 512;
    In writer_idle: 1;
    Out busy: config.busy_bits;
    Out stalled: 1;
}

fn socket_body(config: &SocketConfig) -> String {
    let inputs = [
        "clock",
        "reset",
        "start",
        "arguments",
        "bus_error",
        "read0_ready",
        "data0_valid",
        "data0_beat",
        "read1_ready",
        "data1_valid",
        "data1_beat",
        "write_ready",
        "result_ready",
        "writer_idle",
    ];
    let outputs = [
        ("idle", 1),
        ("done", 1),
        ("errors", 32),
        ("read0_valid", 1),
        ("read0_address", 64),
        ("read0_beats", 32),
        ("data0_ready", 1),
        ("read1_valid", 1),
        ("read1_address", 64),
        ("read1_beats", 32),
        ("data1_ready", 1),
        ("write_valid", 1),
        ("write_address", 64),
        ("write_beats", 32),
        ("result_valid", 1),
        ("result_beat", 512),
        ("busy", config.busy_bits),
        ("stalled", 1),
    ];
    let mut text = String::new();
    for (name, width) in outputs {
        text += &format!(
            "wire [{}:0] of_{name};\nalways @(*) {name} = of_{name};\n",
            width - 1
        );
    }
    let ports: Vec<String> = inputs
        .iter()
        .map(|name| format!(".{name}({name})"))
        .chain(
            outputs
                .iter()
                .map(|(name, _)| format!(".{name}(of_{name})")),
        )
        .collect();
    text + &format!(
        "{} engine_core(\n  {}\n);",
        config.engine,
        ports.join(",\n  ")
    )
}

/// A [`Ties`] has nothing to configure.
#[derive(Clone, Debug)]
pub(crate) struct TiesConfig;

leaf_block! {
    /// Constants of the AXI4 masters (incrementing bursts of whole beats), and the resets, registered:
    /// `reset` goes to the register slave, `reset_engine`, which a register sets too, to all else. All
    /// clocked, because simulators never evaluate a combinational block that reads nothing.
    Ties(_config: TiesConfig) = ties_body;
    In clock: 1;
    In reset_n: 1;
    In clear: 1;
    Out reset: 1;
    Out reset_engine: 1;
    Out size: 3;
    Out burst: 2;
}

fn ties_body(_: &TiesConfig) -> String {
    format!(
        "always @(posedge clock) begin
  reset <= !reset_n;
  reset_engine <= !reset_n || clear;
  size <= 3'd{};
  burst <= 2'd1;
end",
        BEAT_BYTES.ilog2(),
    )
}

leaf_block! {
    /// How many of the two readers took a beat.
    ReadCount(_config: TiesConfig) = read_count_body;
    In first: 1;
    In second: 1;
    Out reads: 2;
}

fn read_count_body(_: &TiesConfig) -> String {
    "always @(*) reads = {1'b0, first} + {1'b0, second};".to_owned()
}

/// The design of a kernel around an engine that is printed as a module of its own.
pub(crate) fn kernel_design(
    top: &str,
    engine: Design,
    busy_bits: usize,
    identity: &Identity,
    target: &Target,
) -> Result<Design, String> {
    let socket = SocketConfig {
        engine: engine.top.clone(),
        busy_bits,
    };
    let mut design = Design::from_block(top, Kernel::new(&socket, identity, target))?;
    design.add(engine);
    Ok(design)
}

#[derive(LogicBlock)]
struct Kernel {
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
    counters: Counters,
    read_count: ReadCount,
    reader0: BurstReader,
    reader1: BurstReader,
    writer: BurstWriter,
    engine: EngineSocket,
}

impl Kernel {
    fn new(socket: &SocketConfig, identity: &Identity, target: &Target) -> Self {
        let burst = BurstConfig::new(target);
        Kernel {
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
            ties: Ties::new(&TiesConfig),
            control: ControlSlave::new(identity),
            counters: Counters::new(&CounterConfig {
                busy_bits: socket.busy_bits,
            }),
            read_count: ReadCount::new(&TiesConfig),
            reader0: BurstReader::new(&burst),
            reader1: BurstReader::new(&burst),
            writer: BurstWriter::new(&burst),
            engine: EngineSocket::new(socket),
        }
    }
}

impl Logic for Kernel {
    #[hdl_gen]
    fn update(&mut self) {
        self.ties.clock.next = self.ap_clk.val();
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
        self.ties.clear.next = self.control.clear.val();
        self.control.drained.next =
            self.reader0.drained.val() & self.reader1.drained.val() & self.writer.idle.val();
        self.control.engine_idle.next = self.engine.idle.val();
        self.control.done.next = self.engine.done.val();
        self.control.counters.next = self.counters.values.val();
        self.control.errors.next = self.engine.errors.val();
        self.engine.arguments.next = self.control.arguments.val();

        self.counters.clock.next = self.ap_clk.val();
        self.counters.reset.next = self.ties.reset_engine.val();
        self.counters.start.next = self.control.start.val();
        self.counters.done.next = self.engine.done.val();
        self.counters.busy.next = self.engine.busy.val();
        self.counters.stalled.next = self.engine.stalled.val();
        self.read_count.first.next = self.reader0.beat_read.val();
        self.read_count.second.next = self.reader1.beat_read.val();
        self.counters.reads.next = self.read_count.reads.val();
        self.counters.written.next = self.writer.beat_written.val();

        self.engine.clock.next = self.ap_clk.val();
        self.engine.reset.next = self.ties.reset_engine.val();
        self.engine.start.next = self.control.start.val();
        self.engine.writer_idle.next = self.writer.idle.val();
        self.engine.bus_error.next =
            self.reader0.error.val() | self.reader1.error.val() | self.writer.error.val();

        self.reader0.clock.next = self.ap_clk.val();
        self.reader0.reset.next = self.ties.reset_engine.val();
        self.reader0.drain.next = self.control.drain.val();
        self.reader0.command_valid.next = self.engine.read0_valid.val();
        self.engine.read0_ready.next = self.reader0.command_ready.val();
        self.reader0.command_address.next = self.engine.read0_address.val();
        self.reader0.command_beats.next = self.engine.read0_beats.val();
        self.engine.data0_valid.next = self.reader0.valid.val();
        self.reader0.ready.next = self.engine.data0_ready.val();
        self.engine.data0_beat.next = self.reader0.beat.val();
        self.m_axi_gmem0_araddr.next = self.reader0.araddr.val();
        self.m_axi_gmem0_arlen.next = self.reader0.arlen.val();
        self.m_axi_gmem0_arsize.next = self.ties.size.val();
        self.m_axi_gmem0_arburst.next = self.ties.burst.val();
        self.m_axi_gmem0_arvalid.next = self.reader0.arvalid.val();
        self.reader0.arready.next = self.m_axi_gmem0_arready.val();
        self.reader0.rdata.next = self.m_axi_gmem0_rdata.val();
        self.reader0.rresp.next = self.m_axi_gmem0_rresp.val();
        self.reader0.rlast.next = self.m_axi_gmem0_rlast.val();
        self.reader0.rvalid.next = self.m_axi_gmem0_rvalid.val();
        self.m_axi_gmem0_rready.next = self.reader0.rready.val();

        self.reader1.clock.next = self.ap_clk.val();
        self.reader1.reset.next = self.ties.reset_engine.val();
        self.reader1.drain.next = self.control.drain.val();
        self.reader1.command_valid.next = self.engine.read1_valid.val();
        self.engine.read1_ready.next = self.reader1.command_ready.val();
        self.reader1.command_address.next = self.engine.read1_address.val();
        self.reader1.command_beats.next = self.engine.read1_beats.val();
        self.engine.data1_valid.next = self.reader1.valid.val();
        self.reader1.ready.next = self.engine.data1_ready.val();
        self.engine.data1_beat.next = self.reader1.beat.val();
        self.m_axi_gmem1_araddr.next = self.reader1.araddr.val();
        self.m_axi_gmem1_arlen.next = self.reader1.arlen.val();
        self.m_axi_gmem1_arsize.next = self.ties.size.val();
        self.m_axi_gmem1_arburst.next = self.ties.burst.val();
        self.m_axi_gmem1_arvalid.next = self.reader1.arvalid.val();
        self.reader1.arready.next = self.m_axi_gmem1_arready.val();
        self.reader1.rdata.next = self.m_axi_gmem1_rdata.val();
        self.reader1.rresp.next = self.m_axi_gmem1_rresp.val();
        self.reader1.rlast.next = self.m_axi_gmem1_rlast.val();
        self.reader1.rvalid.next = self.m_axi_gmem1_rvalid.val();
        self.m_axi_gmem1_rready.next = self.reader1.rready.val();

        self.writer.clock.next = self.ap_clk.val();
        self.writer.reset.next = self.ties.reset_engine.val();
        self.writer.drain.next = self.control.drain.val();
        self.writer.command_valid.next = self.engine.write_valid.val();
        self.engine.write_ready.next = self.writer.command_ready.val();
        self.writer.command_address.next = self.engine.write_address.val();
        self.writer.command_beats.next = self.engine.write_beats.val();
        self.writer.valid.next = self.engine.result_valid.val();
        self.engine.result_ready.next = self.writer.ready.val();
        self.writer.beat.next = self.engine.result_beat.val();
        self.m_axi_gmem1_awaddr.next = self.writer.awaddr.val();
        self.m_axi_gmem1_awlen.next = self.writer.awlen.val();
        self.m_axi_gmem1_awsize.next = self.ties.size.val();
        self.m_axi_gmem1_awburst.next = self.ties.burst.val();
        self.m_axi_gmem1_awvalid.next = self.writer.awvalid.val();
        self.writer.awready.next = self.m_axi_gmem1_awready.val();
        self.m_axi_gmem1_wdata.next = self.writer.wdata.val();
        self.m_axi_gmem1_wstrb.next = self.writer.wstrb.val();
        self.m_axi_gmem1_wlast.next = self.writer.wlast.val();
        self.m_axi_gmem1_wvalid.next = self.writer.wvalid.val();
        self.writer.wready.next = self.m_axi_gmem1_wready.val();
        self.writer.bresp.next = self.m_axi_gmem1_bresp.val();
        self.writer.bvalid.next = self.m_axi_gmem1_bvalid.val();
        self.m_axi_gmem1_bready.next = self.writer.bready.val();
    }
}
