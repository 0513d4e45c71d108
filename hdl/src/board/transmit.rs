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
        "localparam IDLE = 3'd0, OPEN = 3'd1, BODY = 3'd2, CHECK = 3'd3, CLOSE = 3'd4;
reg [2:0] state;
reg escaping;
reg [1:0] place;
reg [31:0] check;
// Behind the last byte the check's register turns into what is left of it to send.
wire [7:0] plain = (state == CHECK) ? ~check[7:0] : data;
wire special = (plain == 8'h{flag:x}) || (plain == 8'h{escape:x});
wire moves = line_valid && line_ready;
wire passed = moves && (escaping || !special);
{crc_function}
always @(*) begin
  idle = state == IDLE;
  ready = passed && (state == BODY);
  line_valid = (state == BODY) ? valid : (state != IDLE);
  if ((state == OPEN) || (state == CLOSE)) line_data = 8'h{flag:x};
  else if (escaping) line_data = plain ^ 8'h{xor:x};
  else if (special) line_data = 8'h{escape:x};
  else line_data = plain;
end
always @(posedge clock) begin
  if (reset) begin
    state <= IDLE;
    escaping <= 1'b0;
  end else begin
    case (state)
    IDLE: begin
      check <= 32'hffffffff;
      place <= 2'd0;
      if (valid) state <= OPEN;
    end
    OPEN: if (moves) state <= BODY;
    BODY: if (moves) begin
      escaping <= special && !escaping;
      if (passed) begin
        check <= crc_step(check, data);
        if (last) state <= CHECK;
      end
    end
    CHECK: if (moves) begin
      escaping <= special && !escaping;
      if (passed) begin
        check <= check >> 8;
        place <= place + 2'd1;
        if (place == 2'd3) state <= CLOSE;
      end
    end
    default: if (moves) state <= IDLE;
    endcase
  end
end",
        flag = serial::FLAG,
        escape = serial::ESCAPE,
        xor = serial::ESCAPE_XOR,
        crc_function = crc_step(),
    )
}
