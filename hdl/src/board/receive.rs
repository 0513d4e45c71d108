//! From bytes of the line to checked requests.

use rust_hdl::prelude::*;
use vegalith_abi::serial;

use super::crc::crc_step;
use crate::rtl::leaf_block;

/// Bits of a place in the payload, and of its length.
pub(super) const PAYLOAD_BITS: usize = serial::MAX_PAYLOAD_BYTES.ilog2() as usize + 1;

/// The frames have nothing to configure: `vegalith_abi::serial` says what they are.
#[derive(Clone, Debug)]
pub(super) struct FrameConfig;

leaf_block! {
    /// `frame` rises with a complete request whose check is right, and stands with the request's fields
    /// until `taken`; meanwhile everything that arrives is dropped. `payload` is the byte at `place` of
    /// the cycle before. `dropped` pulses with each damaged frame.
    FrameReceiver(_config: FrameConfig) = receiver_body;
    In clock: 1;
    In reset: 1;
    In valid: 1;
    In data: 8;
    Out frame: 1;
    In taken: 1;
    Out number: 8;
    Out opcode: 8;
    Out address: 32;
    Out length: 16;
    Out payload_bytes: PAYLOAD_BITS;
    In place: PAYLOAD_BITS;
    Out payload: 8;
    Out dropped: 1;
}

fn receiver_body(_: &FrameConfig) -> String {
    let header = serial::REQUEST_HEADER_BYTES;
    let around = header + serial::CRC_BYTES;
    let longest = around + serial::MAX_PAYLOAD_BYTES;
    let n = (usize::BITS - longest.leading_zeros()) as usize;
    // The check's bytes stand behind the payload until it is known where that ends.
    let buffer = (serial::MAX_PAYLOAD_BYTES + serial::CRC_BYTES).next_power_of_two();
    format!(
        "reg hunting;
reg escaped;
reg [{n_top}:0] count;
reg [31:0] check;
reg [63:0] header;
reg [7:0] buffer [0:{buffer_last}];
// The byte of the cycle before, and what it is.
reg arrived;
reg flag;
reg escape;
reg [7:0] line;
wire [7:0] plain = escaped ? (line ^ 8'h{xor:x}) : line;
wire store = arrived && !flag && !escape && !hunting;
wire [{n_top}:0] buffer_place = count - {n}'d{header};
wire right = (check == 32'h{residue:x}) && (count >= {n}'d{around}) && !escaped;
always @(*) {{length, address, opcode, number}} = header;
{crc_function}
always @(posedge clock) begin
  if (store && (count >= {n}'d{header})) buffer[buffer_place[{buffer_top}:0]] <= plain;
  if (store && (count < {n}'d{header})) header <= {{plain, header[63:8]}};
  payload <= buffer[{place}];
  dropped <= 1'b0;
  arrived <= valid && !reset;
  flag <= data == 8'h{flag:x};
  escape <= data == 8'h{escape:x};
  line <= data;
  if (arrived && flag) check <= 32'hffffffff;
  else if (store) check <= crc_step(check, plain);
  if (reset) begin
    hunting <= 1'b1;
    escaped <= 1'b0;
    count <= {n}'d0;
    frame <= 1'b0;
  end else if (frame) begin
    hunting <= 1'b1;
    if (taken) frame <= 1'b0;
  end else if (arrived) begin
    if (flag) begin
      hunting <= 1'b0;
      escaped <= 1'b0;
      count <= {n}'d0;
      if (!hunting && (count != {n}'d0)) begin
        frame <= right;
        dropped <= !right;
        payload_bytes <= {payload_slice};
      end
    end else if (!hunting) begin
      escaped <= escape;
      if (!escape) count <= count + {n}'d1;
      // Two escapes in a row, and more than the longest frame has: the flag that ends the frame finds
      // it damaged.
      if ((escape && escaped) || (store && (count == {n}'d{longest}))) begin
        hunting <= 1'b1;
        dropped <= 1'b1;
      end
    end
  end
end",
        n_top = n - 1,
        buffer_last = buffer - 1,
        buffer_top = buffer.ilog2() - 1,
        flag = serial::FLAG,
        escape = serial::ESCAPE,
        xor = serial::ESCAPE_XOR,
        residue = serial::CRC_RESIDUE,
        crc_function = crc_step(),
        place = "place",
        payload_slice = format_args!("count[{}:0] - {PAYLOAD_BITS}'d{around}", PAYLOAD_BITS - 1),
    )
}
