//! From replies to bytes of the line.

use rust_hdl::prelude::*;
use vegalith_abi::serial;

use super::crc::crc_step;
use super::receive::FrameConfig;
use crate::rtl::leaf_block;

leaf_block! {
    /// Sends the bytes given by `valid` and `ready`, up to and with the one marked `last`, as one frame:
    /// between flags, escaped, and followed by their check. `idle`: nothing is being sent.
    FrameTransmitter(_config: FrameConfig) = transmitter_body;
    In clock: 1;
    In reset: 1;
    In valid: 1;
    Out ready: 1;
    In data: 8;
    In last: 1;
    Out idle: 1;
    Out line_valid: 1;
    In line_ready: 1;
    Out line_data: 8;
}

fn transmitter_body(_: &FrameConfig) -> String {
    format!(
        "localparam IDLE = 3'd0, OPEN = 3'd1, TAKE = 3'd2, SEND = 3'd3, CLOSE = 3'd4;
reg [2:0] state;
// The byte under way, and whether it must be escaped.
reg [7:0] current;
reg special;
reg escaping;
// Behind the last byte the check's register turns into what is left of it to send.
reg in_check;
reg [2:0] check_bytes;
reg [31:0] check;
wire [7:0] plain = in_check ? ~check[7:0] : data;
wire moves = line_valid && line_ready;
{crc_function}
always @(*) begin
  idle = state == IDLE;
  ready = (state == TAKE) && !in_check;
  line_valid = (state == OPEN) || (state == SEND) || (state == CLOSE);
  if (state != SEND) line_data = 8'h{flag:x};
  else if (escaping) line_data = current ^ 8'h{xor:x};
  else if (special) line_data = 8'h{escape:x};
  else line_data = current;
end
always @(posedge clock) begin
  if (state == TAKE) begin
    current <= plain;
    special <= (plain == 8'h{flag:x}) || (plain == 8'h{escape:x});
  end
  if (reset) begin
    state <= IDLE;
    escaping <= 1'b0;
  end else begin
    case (state)
    IDLE: begin
      check <= 32'hffffffff;
      in_check <= 1'b0;
      check_bytes <= 3'd{crc_bytes};
      if (valid) state <= OPEN;
    end
    OPEN: if (moves) state <= TAKE;
    TAKE: begin
      if (in_check) begin
        check <= check >> 8;
        check_bytes <= check_bytes - 3'd1;
        state <= SEND;
      end else if (valid) begin
        check <= crc_step(check, data);
        in_check <= last;
        state <= SEND;
      end
    end
    SEND: if (moves) begin
      escaping <= special && !escaping;
      if (!special || escaping) state <= (check_bytes == 3'd0) ? CLOSE : TAKE;
    end
    default: if (moves) state <= IDLE;
    endcase
  end
end",
        crc_bytes = serial::CRC_BYTES,
        flag = serial::FLAG,
        escape = serial::ESCAPE,
        xor = serial::ESCAPE_XOR,
        crc_function = crc_step(),
    )
}
