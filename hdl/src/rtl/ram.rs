//! True dual-port memory.

use super::leaf_block;
use rust_hdl::prelude::*;

/// Shape of a [`DualPortRam`].
#[derive(Clone, Debug)]
pub(crate) struct RamConfig {
    pub(crate) width: usize,
    pub(crate) depth: usize,
    /// Value of the `ram_style` attribute: "block", "ultra" or "auto".
    pub(crate) style: &'static str,
}

impl RamConfig {
    pub(crate) fn address_bits(&self) -> usize {
        (usize::BITS - (self.depth - 1).leading_zeros()).max(1) as usize
    }
}

leaf_block! {
    /// Two ports, each of which either reads or writes one word a cycle; read data are valid a
    /// cycle later. The ports must not use the same address in the same cycle.
    DualPortRam(config: RamConfig) = ram_body;
    In clock: 1;
    In a_enable: 1;
    In a_write: 1;
    In a_address: config.address_bits();
    In a_data: config.width;
    Out a_read: config.width;
    In b_enable: 1;
    In b_write: 1;
    In b_address: config.address_bits();
    In b_data: config.width;
    Out b_read: config.width;
}

fn ram_body(config: &RamConfig) -> String {
    format!(
        "/* verilator lint_off MULTIDRIVEN */ // two write ports are what a true dual-port memory has
(* ram_style = \"{style}\" *) reg [{top}:0] mem [0:{depth_top}];
/* verilator lint_on MULTIDRIVEN */
always @(posedge clock) begin
  if (a_enable) begin
    if (a_write) mem[a_address] <= a_data;
    else a_read <= mem[a_address];
  end
end
always @(posedge clock) begin
  if (b_enable) begin
    if (b_write) mem[b_address] <= b_data;
    else b_read <= mem[b_address];
  end
end",
        style = config.style,
        top = config.width - 1,
        depth_top = config.depth - 1,
    )
}
