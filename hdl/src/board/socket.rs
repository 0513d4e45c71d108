//! A kernel, seen from its board.

use rust_hdl::prelude::*;
use vegalith_abi::memory::BEAT_BYTES;
use vegalith_abi::registers::ADDRESS_BITS;

use crate::rtl::leaf_block;

/// Which kernel.
#[derive(Clone, Debug)]
pub(super) struct KernelConfig {
    /// Its top module.
    pub(super) module: String,
}

leaf_block! {
    /// The ports that every kernel has, but for those that a board has no use for: `awlen`, the sizes
    /// and kinds of bursts, which are whole beats at rising addresses.
    KernelSocket(config: KernelConfig) = socket_body;
    In ap_clk: 1;
    In ap_rst_n: 1;
    In s_axi_control_awaddr: ADDRESS_BITS as usize;
    In s_axi_control_awvalid: 1;
    Out s_axi_control_awready: 1;
    In s_axi_control_wdata: 32;
    In s_axi_control_wstrb: 4;
    In s_axi_control_wvalid: 1;
    Out s_axi_control_wready: 1;
    Out s_axi_control_bresp: 2;
    Out s_axi_control_bvalid: 1;
    In s_axi_control_bready: 1;
    In s_axi_control_araddr: ADDRESS_BITS as usize;
    In s_axi_control_arvalid: 1;
    Out s_axi_control_arready: 1;
    Out s_axi_control_rdata: 32;
    Out s_axi_control_rresp: 2;
    Out s_axi_control_rvalid: 1;
    In s_axi_control_rready: 1;
    Out m_axi_gmem0_araddr: 64;
    Out m_axi_gmem0_arlen: 8;
    Out m_axi_gmem0_arvalid: 1;
    In m_axi_gmem0_arready: 1;
    In m_axi_gmem0_rdata: 8 * BEAT_BYTES;
    In m_axi_gmem0_rresp: 2;
    In m_axi_gmem0_rlast: 1;
    In m_axi_gmem0_rvalid: 1;
    Out m_axi_gmem0_rready: 1;
    Out m_axi_gmem1_araddr: 64;
    Out m_axi_gmem1_arlen: 8;
    Out m_axi_gmem1_arvalid: 1;
    In m_axi_gmem1_arready: 1;
    In m_axi_gmem1_rdata: 8 * BEAT_BYTES;
    In m_axi_gmem1_rresp: 2;
    In m_axi_gmem1_rlast: 1;
    In m_axi_gmem1_rvalid: 1;
    Out m_axi_gmem1_rready: 1;
    Out m_axi_gmem1_awaddr: 64;
    Out m_axi_gmem1_awvalid: 1;
    In m_axi_gmem1_awready: 1;
    Out m_axi_gmem1_wdata: 8 * BEAT_BYTES;
    Out m_axi_gmem1_wstrb: BEAT_BYTES;
    Out m_axi_gmem1_wlast: 1;
    Out m_axi_gmem1_wvalid: 1;
    In m_axi_gmem1_wready: 1;
    In m_axi_gmem1_bresp: 2;
    In m_axi_gmem1_bvalid: 1;
    Out m_axi_gmem1_bready: 1;
}

const INPUTS: [&str; 25] = [
    "ap_clk",
    "ap_rst_n",
    "s_axi_control_awaddr",
    "s_axi_control_awvalid",
    "s_axi_control_wdata",
    "s_axi_control_wstrb",
    "s_axi_control_wvalid",
    "s_axi_control_bready",
    "s_axi_control_araddr",
    "s_axi_control_arvalid",
    "s_axi_control_rready",
    "m_axi_gmem0_arready",
    "m_axi_gmem0_rdata",
    "m_axi_gmem0_rresp",
    "m_axi_gmem0_rlast",
    "m_axi_gmem0_rvalid",
    "m_axi_gmem1_arready",
    "m_axi_gmem1_rdata",
    "m_axi_gmem1_rresp",
    "m_axi_gmem1_rlast",
    "m_axi_gmem1_rvalid",
    "m_axi_gmem1_awready",
    "m_axi_gmem1_wready",
    "m_axi_gmem1_bresp",
    "m_axi_gmem1_bvalid",
];

const OUTPUTS: [(&str, usize); 23] = [
    ("s_axi_control_awready", 1),
    ("s_axi_control_wready", 1),
    ("s_axi_control_bresp", 2),
    ("s_axi_control_bvalid", 1),
    ("s_axi_control_arready", 1),
    ("s_axi_control_rdata", 32),
    ("s_axi_control_rresp", 2),
    ("s_axi_control_rvalid", 1),
    ("m_axi_gmem0_araddr", 64),
    ("m_axi_gmem0_arlen", 8),
    ("m_axi_gmem0_arvalid", 1),
    ("m_axi_gmem0_rready", 1),
    ("m_axi_gmem1_araddr", 64),
    ("m_axi_gmem1_arlen", 8),
    ("m_axi_gmem1_arvalid", 1),
    ("m_axi_gmem1_rready", 1),
    ("m_axi_gmem1_awaddr", 64),
    ("m_axi_gmem1_awvalid", 1),
    ("m_axi_gmem1_wdata", 8 * BEAT_BYTES),
    ("m_axi_gmem1_wstrb", BEAT_BYTES),
    ("m_axi_gmem1_wlast", 1),
    ("m_axi_gmem1_wvalid", 1),
    ("m_axi_gmem1_bready", 1),
];

/// Outputs of a kernel that its board leaves open.
const OPEN: [&str; 7] = [
    "m_axi_gmem0_arsize",
    "m_axi_gmem0_arburst",
    "m_axi_gmem1_arsize",
    "m_axi_gmem1_arburst",
    "m_axi_gmem1_awlen",
    "m_axi_gmem1_awsize",
    "m_axi_gmem1_awburst",
];

fn socket_body(config: &KernelConfig) -> String {
    let wires: String = OUTPUTS
        .iter()
        .map(|(name, width)| {
            format!(
                "wire [{}:0] of_{name};\nalways @(*) {name} = of_{name};\n",
                width - 1
            )
        })
        .collect();
    let ports: Vec<String> = INPUTS
        .iter()
        .map(|name| format!(".{name}({name})"))
        .chain(
            OUTPUTS
                .iter()
                .map(|(name, _)| format!(".{name}(of_{name})")),
        )
        .chain(OPEN.iter().map(|name| format!(".{name}()")))
        .collect();
    format!(
        "{wires}/* verilator lint_off PINCONNECTEMPTY */ // OPEN: the memory takes whole bursts of beats
{} kernel_core(
  {}
);
/* verilator lint_on PINCONNECTEMPTY */",
        config.module,
        ports.join(",\n  ")
    )
}
