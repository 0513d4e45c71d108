//! The on-chip memory's cells: one true dual-port block memory for each byte of a beat.

use rust_hdl::prelude::*;
use vegalith_abi::memory::BEAT_BYTES;

use super::read_port::PortConfig;
use crate::rtl::leaf_block;

/// Cycles from `access` to data: the address registers, the memories, their output registers.
pub(super) const BANK_LATENCY: usize = 3;

/// Banks that share a copy of the address registers: the address has a cycle to reach memories that
/// are spread over the chip.
const BANKS_PER_COPY: usize = 8;

leaf_block! {
    /// Side A reads `a_word`, or, where that port leaves the cycle free, reads or writes the byte
    /// `byte_address`; `byte_ready` says that it did, and a byte that was read stands in `byte_read`
    /// while `byte_done`. Side B writes, or else reads `b_word`.
    ///
    /// Data of a write are there for accesses of the next cycle; a read and a write of the same beat in
    /// the same cycle give anything.
    Banks(config: PortConfig) = banks_body;
    In clock: 1;
    In reset: 1;
    In a_access: 1;
    In a_word: config.word_bits();
    Out a_data: 512;
    In byte_valid: 1;
    In byte_write: 1;
    In byte_address: config.log_bytes;
    In byte_data: 8;
    Out byte_ready: 1;
    Out byte_done: 1;
    Out byte_read: 8;
    In b_word: config.word_bits();
    In b_write: 1;
    In b_write_word: config.word_bits();
    In b_strobe: BEAT_BYTES;
    In b_write_data: 512;
    Out b_data: 512;
}

fn banks_body(config: &PortConfig) -> String {
    let bits = config.word_bits();
    let copies = BEAT_BYTES / BANKS_PER_COPY;
    let declared: String = (0..copies)
        .map(|copy| {
            format!(
                "(* keep *) reg [{top}:0] a_address_{copy};
(* keep *) reg [{top}:0] b_address_{copy};
(* keep *) reg [7:0] a_byte_{copy};
",
                top = bits - 1
            )
        })
        .collect();
    let copied: String = (0..copies)
        .map(|copy| {
            format!(
                "  a_address_{copy} <= a_access ? a_word : byte_address[{address_top}:6];
  a_byte_{copy} <= byte_data;
  b_address_{copy} <= b_write ? b_write_word : b_word;
",
                address_top = config.log_bytes - 1
            )
        })
        .collect();
    let banks: String = (0..BEAT_BYTES)
        .map(|bank| {
            let copy = bank / BANKS_PER_COPY;
            let (top, bottom) = (8 * bank + 7, 8 * bank);
            format!(
                "(* no_rw_check *) reg [7:0] bank_{bank} [0:{last}];
always @(posedge clock) begin
  if (a_write[{bank}]) bank_{bank}[a_address_{copy}] <= a_byte_{copy};
  else a_read[{top}:{bottom}] <= bank_{bank}[a_address_{copy}];
end
always @(posedge clock) begin
  if (b_enable[{bank}]) bank_{bank}[b_address_{copy}] <= b_data_in[{top}:{bottom}];
  else b_read[{top}:{bottom}] <= bank_{bank}[b_address_{copy}];
end
",
                last = (1usize << bits) - 1,
            )
        })
        .collect();
    format!(
        "{declared}reg [{lanes_top}:0] a_write;
reg [{lanes_top}:0] b_enable;
reg [511:0] b_data_in;
reg [511:0] a_read;
reg [511:0] b_read;
// The byte's place, from its access to its data and on to the choice of eight and of one.
reg [5:0] lane_1;
reg [5:0] lane_2;
reg [5:0] lane_3;
reg [2:0] lane_4;
reg [3:0] done_line;
reg [63:0] eight;
always @(*) byte_ready = byte_valid && !a_access;
always @(posedge clock) begin
{copied}  a_write <= (byte_ready && byte_write) ? ({lanes}'d1 << byte_address[5:0]) : {lanes}'d0;
  b_enable <= b_write ? b_strobe : {lanes}'d0;
  b_data_in <= b_write_data;
  a_data <= a_read;
  b_data <= b_read;
  lane_1 <= byte_address[5:0];
  lane_2 <= lane_1;
  lane_3 <= lane_2;
  lane_4 <= lane_3[2:0];
  eight <= a_data[{{lane_3[5:3], 6'd0}}+:64];
  byte_read <= eight[{{lane_4, 3'd0}}+:8];
  if (reset) {{byte_done, done_line}} <= 5'd0;
  else {{byte_done, done_line}} <= {{done_line, byte_ready && !byte_write}};
end
/* verilator lint_off MULTIDRIVEN */ // two write ports are what a true dual-port memory has
{banks}/* verilator lint_on MULTIDRIVEN */",
        lanes = BEAT_BYTES,
        lanes_top = BEAT_BYTES - 1,
    )
}
