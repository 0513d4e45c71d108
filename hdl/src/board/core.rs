//! A board without its pins: a kernel, its memory, and the serial bridge to both.
//!
//! ```text
//!  uart_rx ─ UartReceiver ─ FrameReceiver ─┐         ┌─ s_axi_control ─ kernel
//!                                          ├─ Bridge ┤                    │ gmem0    │ gmem1
//!  uart_tx ─ UartTransmitter ─ FrameTransm.┘         │                 ReadPort   ReadPort, WritePort
//!                                                    └── bytes ── A ───── Banks ───── B
//! ```
//!
//! The kernel's accesses never wait for the bridge's, nor those of one of its masters for the other's.

use rust_hdl::prelude::*;

use super::banks::Banks;
use super::bridge::Bridge;
use super::indicators::Indicators;
use super::read_port::{PortConfig, ReadPort};
use super::receive::{FrameConfig, FrameReceiver};
use super::socket::{KernelConfig, KernelSocket};
use super::transmit::FrameTransmitter;
use super::uart::{UartConfig, UartReceiver, UartTransmitter, BIT_CLOCKS_BITS};
use super::write_port::WritePort;
use crate::rtl::Wire;

/// See the module's head. `reset` is active high and synchronous; `bit_clocks` and `clock_khz` are
/// constants of the board.
#[derive(LogicBlock)]
pub(super) struct BoardCore {
    clock: Wire<In>,
    reset: Wire<In>,
    bit_clocks: Wire<In>,
    clock_khz: Wire<In>,
    uart_rx: Wire<In>,
    uart_tx: Wire<Out>,
    lights: Wire<Out>,
    serial_in: UartReceiver,
    serial_out: UartTransmitter,
    receiver: FrameReceiver,
    transmitter: FrameTransmitter,
    bridge: Bridge,
    indicators: Indicators,
    kernel: KernelSocket,
    read0: ReadPort,
    read1: ReadPort,
    write: WritePort,
    banks: Banks,
}

impl BoardCore {
    pub(super) fn new(kernel: &KernelConfig, memory: &PortConfig) -> Self {
        BoardCore {
            clock: Wire::new(1),
            reset: Wire::new(1),
            bit_clocks: Wire::new(BIT_CLOCKS_BITS),
            clock_khz: Wire::new(32),
            uart_rx: Wire::new(1),
            uart_tx: Wire::new(1),
            lights: Wire::new(8),
            serial_in: UartReceiver::new(&UartConfig),
            serial_out: UartTransmitter::new(&UartConfig),
            receiver: FrameReceiver::new(&FrameConfig),
            transmitter: FrameTransmitter::new(&FrameConfig),
            bridge: Bridge::new(memory),
            indicators: Indicators::new(&UartConfig),
            kernel: KernelSocket::new(kernel),
            read0: ReadPort::new(memory),
            read1: ReadPort::new(memory),
            write: WritePort::new(memory),
            banks: Banks::new(memory),
        }
    }
}

impl Logic for BoardCore {
    #[hdl_gen]
    fn update(&mut self) {
        self.serial_in.clock.next = self.clock.val();
        self.serial_in.reset.next = self.reset.val();
        self.serial_in.bit_clocks.next = self.bit_clocks.val();
        self.serial_in.line.next = self.uart_rx.val();

        self.receiver.clock.next = self.clock.val();
        self.receiver.reset.next = self.reset.val();
        self.receiver.valid.next = self.serial_in.valid.val();
        self.receiver.data.next = self.serial_in.data.val();
        self.receiver.taken.next = self.bridge.taken.val();
        self.receiver.place.next = self.bridge.place.val();

        self.bridge.clock.next = self.clock.val();
        self.bridge.reset.next = self.reset.val();
        self.bridge.clock_khz.next = self.clock_khz.val();
        self.bridge.frame.next = self.receiver.frame.val();
        self.bridge.number.next = self.receiver.number.val();
        self.bridge.opcode.next = self.receiver.opcode.val();
        self.bridge.address.next = self.receiver.address.val();
        self.bridge.length.next = self.receiver.length.val();
        self.bridge.payload_bytes.next = self.receiver.payload_bytes.val();
        self.bridge.payload.next = self.receiver.payload.val();
        self.bridge.dropped.next = self.receiver.dropped.val();
        self.bridge.reply_ready.next = self.transmitter.ready.val();
        self.bridge.reply_idle.next = self.transmitter.idle.val();
        self.bridge.awready.next = self.kernel.s_axi_control_awready.val();
        self.bridge.wready.next = self.kernel.s_axi_control_wready.val();
        self.bridge.bresp.next = self.kernel.s_axi_control_bresp.val();
        self.bridge.bvalid.next = self.kernel.s_axi_control_bvalid.val();
        self.bridge.arready.next = self.kernel.s_axi_control_arready.val();
        self.bridge.rdata.next = self.kernel.s_axi_control_rdata.val();
        self.bridge.rresp.next = self.kernel.s_axi_control_rresp.val();
        self.bridge.rvalid.next = self.kernel.s_axi_control_rvalid.val();
        self.bridge.byte_ready.next = self.banks.byte_ready.val();
        self.bridge.byte_done.next = self.banks.byte_done.val();
        self.bridge.byte_read.next = self.banks.byte_read.val();
        self.bridge.unready0.next = self.read0.unready.val();
        self.bridge.unready1.next = self.read1.unready.val();

        self.transmitter.clock.next = self.clock.val();
        self.transmitter.reset.next = self.reset.val();
        self.transmitter.valid.next = self.bridge.reply_valid.val();
        self.transmitter.data.next = self.bridge.reply_data.val();
        self.transmitter.last.next = self.bridge.reply_last.val();
        self.transmitter.line_ready.next = self.serial_out.ready.val();

        self.serial_out.clock.next = self.clock.val();
        self.serial_out.reset.next = self.reset.val();
        self.serial_out.bit_clocks.next = self.bit_clocks.val();
        self.serial_out.valid.next = self.transmitter.line_valid.val();
        self.serial_out.data.next = self.transmitter.line_data.val();
        self.uart_tx.next = self.serial_out.line.val();

        self.indicators.clock.next = self.clock.val();
        self.indicators.reset.next = self.reset.val();
        self.indicators.kernel_reset_n.next = self.bridge.kernel_reset_n.val();
        self.indicators.busy0.next = self.read0.access.val();
        self.indicators.busy1.next = self.read1.access.val();
        self.indicators.busy2.next = self.write.access.val();
        self.indicators.dropped.next = self.receiver.dropped.val();
        self.indicators.unready0.next = self.read0.unready.val();
        self.indicators.unready1.next = self.read1.unready.val();
        self.indicators.frame.next = self.receiver.frame.val();
        self.lights.next = self.indicators.lights.val();

        self.kernel.ap_clk.next = self.clock.val();
        self.kernel.ap_rst_n.next = self.indicators.reset_n.val();
        self.kernel.s_axi_control_awaddr.next = self.bridge.awaddr.val();
        self.kernel.s_axi_control_awvalid.next = self.bridge.awvalid.val();
        self.kernel.s_axi_control_wdata.next = self.bridge.wdata.val();
        self.kernel.s_axi_control_wstrb.next = self.bridge.wstrb.val();
        self.kernel.s_axi_control_wvalid.next = self.bridge.wvalid.val();
        self.kernel.s_axi_control_bready.next = self.bridge.bready.val();
        self.kernel.s_axi_control_araddr.next = self.bridge.araddr.val();
        self.kernel.s_axi_control_arvalid.next = self.bridge.arvalid.val();
        self.kernel.s_axi_control_rready.next = self.bridge.rready.val();

        self.read0.clock.next = self.clock.val();
        self.read0.reset.next = self.indicators.memory_reset.val();
        self.read0.araddr.next = self.kernel.m_axi_gmem0_araddr.val();
        self.read0.arlen.next = self.kernel.m_axi_gmem0_arlen.val();
        self.read0.arvalid.next = self.kernel.m_axi_gmem0_arvalid.val();
        self.read0.rready.next = self.kernel.m_axi_gmem0_rready.val();
        self.kernel.m_axi_gmem0_arready.next = self.read0.arready.val();
        self.kernel.m_axi_gmem0_rdata.next = self.read0.rdata.val();
        self.kernel.m_axi_gmem0_rresp.next = self.read0.rresp.val();
        self.kernel.m_axi_gmem0_rlast.next = self.read0.rlast.val();
        self.kernel.m_axi_gmem0_rvalid.next = self.read0.rvalid.val();
        self.read0.hold.next = self.indicators.never.val();
        self.read0.data.next = self.banks.a_data.val();

        self.read1.clock.next = self.clock.val();
        self.read1.reset.next = self.indicators.memory_reset.val();
        self.read1.araddr.next = self.kernel.m_axi_gmem1_araddr.val();
        self.read1.arlen.next = self.kernel.m_axi_gmem1_arlen.val();
        self.read1.arvalid.next = self.kernel.m_axi_gmem1_arvalid.val();
        self.read1.rready.next = self.kernel.m_axi_gmem1_rready.val();
        self.kernel.m_axi_gmem1_arready.next = self.read1.arready.val();
        self.kernel.m_axi_gmem1_rdata.next = self.read1.rdata.val();
        self.kernel.m_axi_gmem1_rresp.next = self.read1.rresp.val();
        self.kernel.m_axi_gmem1_rlast.next = self.read1.rlast.val();
        self.kernel.m_axi_gmem1_rvalid.next = self.read1.rvalid.val();
        self.read1.hold.next = self.write.access.val();
        self.read1.data.next = self.banks.b_data.val();

        self.write.clock.next = self.clock.val();
        self.write.reset.next = self.indicators.memory_reset.val();
        self.write.awaddr.next = self.kernel.m_axi_gmem1_awaddr.val();
        self.write.awvalid.next = self.kernel.m_axi_gmem1_awvalid.val();
        self.write.wdata.next = self.kernel.m_axi_gmem1_wdata.val();
        self.write.wstrb.next = self.kernel.m_axi_gmem1_wstrb.val();
        self.write.wlast.next = self.kernel.m_axi_gmem1_wlast.val();
        self.write.wvalid.next = self.kernel.m_axi_gmem1_wvalid.val();
        self.write.bready.next = self.kernel.m_axi_gmem1_bready.val();
        self.kernel.m_axi_gmem1_awready.next = self.write.awready.val();
        self.kernel.m_axi_gmem1_wready.next = self.write.wready.val();
        self.kernel.m_axi_gmem1_bresp.next = self.write.bresp.val();
        self.kernel.m_axi_gmem1_bvalid.next = self.write.bvalid.val();

        self.banks.clock.next = self.clock.val();
        self.banks.reset.next = self.reset.val();
        self.banks.a_access.next = self.read0.access.val();
        self.banks.a_word.next = self.read0.word.val();
        self.banks.byte_valid.next = self.bridge.byte_valid.val();
        self.banks.byte_write.next = self.bridge.byte_write.val();
        self.banks.byte_address.next = self.bridge.byte_address.val();
        self.banks.byte_data.next = self.bridge.byte_data.val();
        self.banks.b_word.next = self.read1.word.val();
        self.banks.b_write.next = self.write.access.val();
        self.banks.b_write_word.next = self.write.word.val();
        self.banks.b_strobe.next = self.write.strobe.val();
        self.banks.b_write_data.next = self.write.data.val();
    }
}
