//! Executes the requests of the serial link.

use rust_hdl::prelude::*;
use vegalith_abi::registers::{ADDRESS_BITS, SPACE_BYTES};
use vegalith_abi::serial::{self, identification as field};

use super::read_port::{PortConfig, LATENCY_CYCLES};
use super::receive::PAYLOAD_BITS;
use crate::rtl::leaf_block;

/// Log2 of the cycles after which the kernel's register slave is given up.
const LOG_BUS_CYCLES: usize = 12;

/// Bits of a place in the identification.
const IDENTIFICATION_BITS: usize = (field::BYTES - 1).ilog2() as usize + 1;

/// Log2 of the cycles that a reset lasts, half of them with the kernel in reset.
const LOG_RESET_CYCLES: usize = 6;

leaf_block! {
    /// Takes a request from the receiver, acts on the kernel's registers, on the memory's byte port or
    /// on the kernel's reset, and gives the reply to the transmitter; one at a time.
    ///
    /// A memory access waits for a cycle that the kernel leaves free. A write that is repeated is
    /// answered with the status that it had, and not executed.
    Bridge(config: PortConfig) = bridge_body;
    In clock: 1;
    In reset: 1;
    In clock_khz: 32;
    In frame: 1;
    Out taken: 1;
    In number: 8;
    In opcode: 8;
    In address: 32;
    In length: 16;
    In payload_bytes: PAYLOAD_BITS;
    Out place: PAYLOAD_BITS;
    In payload: 8;
    In dropped: 1;
    Out reply_valid: 1;
    In reply_ready: 1;
    Out reply_data: 8;
    Out reply_last: 1;
    In reply_idle: 1;
    Out awaddr: ADDRESS_BITS as usize;
    Out awvalid: 1;
    In awready: 1;
    Out wdata: 32;
    Out wstrb: 4;
    Out wvalid: 1;
    In wready: 1;
    In bresp: 2;
    In bvalid: 1;
    Out bready: 1;
    Out araddr: ADDRESS_BITS as usize;
    Out arvalid: 1;
    In arready: 1;
    In rdata: 32;
    In rresp: 2;
    In rvalid: 1;
    Out rready: 1;
    Out byte_valid: 1;
    Out byte_write: 1;
    Out byte_address: config.log_bytes;
    Out byte_data: 8;
    In byte_ready: 1;
    In byte_done: 1;
    In byte_read: 8;
    Out kernel_reset_n: 1;
    In unready0: 1;
    In unready1: 1;
}

/// The cases that choose a byte of the identification by its place.
fn identification_cases(config: &PortConfig) -> String {
    let mut bytes = vec!["8'd0".to_owned(); field::BYTES];
    let mut put = |offset: usize, value: &[u8]| {
        for (at, byte) in value.iter().enumerate() {
            bytes[offset + at] = format!("8'h{byte:x}");
        }
    };
    put(field::MAGIC, &field::MAGIC_VALUE);
    put(field::VERSION, &serial::PROTOCOL_VERSION.to_le_bytes());
    put(
        field::MAX_PAYLOAD,
        &(serial::MAX_PAYLOAD_BYTES as u16).to_le_bytes(),
    );
    put(
        field::MEMORY_BYTES,
        &(1u32 << config.log_bytes).to_le_bytes(),
    );
    put(
        field::LATENCY_CYCLES,
        &(LATENCY_CYCLES as u16).to_le_bytes(),
    );
    for byte in 0..4 {
        bytes[field::CLOCK_KHZ + byte] = format!("clock_khz[{}:{}]", 8 * byte + 7, 8 * byte);
    }
    for byte in 0..2 {
        bytes[field::DROPPED_FRAMES + byte] =
            format!("dropped_frames[{}:{}]", 8 * byte + 7, 8 * byte);
    }
    bytes[field::FAULTS] = format!(
        "{{7'd0, unready0 || unready1}} << {}",
        field::FAULT_UNREADY.trailing_zeros()
    );
    let bits = IDENTIFICATION_BITS;
    bytes
        .iter()
        .enumerate()
        .map(|(place, value)| format!("  {bits}'d{place}: identity <= {value};\n"))
        .collect()
}

fn bridge_body(config: &PortConfig) -> String {
    let log_bytes = config.log_bytes;
    format!(
        "localparam IDLE = 4'd0, CHECK = 4'd1, JUDGE = 4'd14, ACT = 4'd2, GATHER = 4'd3, WRITE = 4'd4, READ = 4'd5;
localparam STORE = 4'd6, RESET = 4'd7, TURN = 4'd8, PICK = 4'd9, SEND = 4'd10, FETCH = 4'd11, AWAIT = 4'd12, DONE = 4'd13;
reg [3:0] state;
reg linked;
reg [7:0] last_number;
reg [7:0] last_status;
reg [7:0] status;
reg [7:0] verdict;
reg fresh;
reg repeated;
// What becomes of the request: its head is in order; its number is none that may come; its reply is known.
reg good;
reg unexpected;
reg answered;
// The index is that of a register's last byte, of the last byte written, or of the reply's last.
reg last_gathered;
reg last_written;
reg last_replied;
reg length_fits;
reg address_fits;
// A byte of the head, or 3: behind it.
reg [1:0] head_place;
reg [{p_top}:0] index;
reg [{p_top}:0] reply_bytes;
reg payload_there;
reg [31:0] word;
reg [7:0] fetched;
reg [7:0] identity;
reg [{bus_top}:0] waited;
reg [{reset_top}:0] reset_left;
reg [15:0] dropped_frames;
reg identifies;
reg on_register;
reg on_memory;
reg resets;
reg reads;
wire [16:0] expected_payload = ((opcode == 8'd{write_register}) || (opcode == 8'd{write_memory})) ? {{1'b0, length}} : 17'd0;
wire [{log_bytes}:0] memory_end = {{1'b0, address[{address_top}:0]}} + {{{end_pad}'d0, length[{p_top}:0]}};
reg given_up;
wire in_body = head_place == 2'd3;
wire head_ends = head_place == 2'd2;
always @(*) begin
  taken = state == DONE;
  place = index;
  wdata = word;
  awaddr = address[{register_top}:0];
  araddr = address[{register_top}:0];
  wstrb = 4'hf;
  bready = state == WRITE;
  rready = state == READ;
  byte_valid = ((state == STORE) && payload_there) || (state == FETCH);
  byte_write = state == STORE;
  byte_data = payload;
  reply_valid = state == SEND;
end
// What is chosen or compared here stands for some cycles before it is looked at: the request since it was
// found to be good, the index since the byte before.
always @(posedge clock) begin
  identifies <= opcode == 8'd{identify};
  on_register <= (opcode == 8'd{read_register}) || (opcode == 8'd{write_register});
  on_memory <= (opcode == 8'd{read_memory}) || (opcode == 8'd{write_memory});
  resets <= opcode == 8'd{reset_kernel};
  reads <= (opcode == 8'd{read_register}) || (opcode == 8'd{read_memory});
  length_fits <= ({{{payload_pad}'d0, payload_bytes}} == expected_payload) && (on_register ? (length == 16'd4)
    : on_memory ? ((length != 16'd0) && (length <= 16'd{max_payload})) : (length == 16'd0));
  address_fits <= on_register ? ((address < 32'd{space}) && (address[1:0] == 2'd0))
    : on_memory ? ((address[31:{log_bytes}] == {high_bits}'d0) && (memory_end <= {end_bits}'d{memory_bytes}))
    : (address == 32'd0);
  given_up <= waited == {{{bus_bits}{{1'b1}}}};
  last_gathered <= index == {p}'d3;
  last_written <= index == length[{p_top}:0] - {p}'d1;
  last_replied <= index + {p}'d1 == reply_bytes;
  case (index[{id_top}:0])
{identification}  default: identity <= 8'd0;
  endcase
end
always @(posedge clock) begin
  if (reset) begin
    state <= IDLE;
    linked <= 1'b0;
    last_number <= 8'd0;
    last_status <= 8'd{status_sequence};
    awvalid <= 1'b0;
    wvalid <= 1'b0;
    arvalid <= 1'b0;
    kernel_reset_n <= 1'b0;
    payload_there <= 1'b0;
    dropped_frames <= 16'd0;
  end else begin
    if (dropped && (dropped_frames != 16'hffff)) dropped_frames <= dropped_frames + 16'd1;
    kernel_reset_n <= (state != RESET) || !reset_left[{reset_top}];
    payload_there <= 1'b0;
    case (state)
    IDLE: begin
      head_place <= 2'd0;
      index <= {p}'d0;
      reply_bytes <= {p}'d0;
      waited <= {bus_bits}'d0;
      reset_left <= {{{reset_bits}{{1'b1}}}};
      byte_address <= address[{address_top}:0];
      if (frame && reply_idle) state <= CHECK;
    end
    CHECK: begin
      fresh <= linked && (number == (last_number + 8'd1));
      repeated <= linked && (number == last_number);
      if (!identifies && !on_register && !on_memory && !resets) verdict <= 8'd{status_opcode};
      else if (!length_fits) verdict <= 8'd{status_length};
      else if (!address_fits) verdict <= 8'd{status_address};
      else verdict <= 8'd{status_ok};
      state <= JUDGE;
    end
    JUDGE: begin
      good <= verdict == 8'd{status_ok};
      unexpected <= !identifies && !fresh && !repeated;
      answered <= !identifies && repeated && !reads;
      state <= ACT;
    end
    ACT: begin
      state <= TURN;
      status <= verdict;
      if (identifies) begin
        if (good) begin
          linked <= 1'b1;
          last_number <= number;
          last_status <= 8'd{status_sequence};
          reply_bytes <= {p}'d{identification_bytes};
        end
      end else if (unexpected) status <= 8'd{status_sequence};
      else if (answered) status <= last_status;
      else begin
        last_number <= number;
        last_status <= verdict;
        if (good) case (opcode)
        8'd{read_register}: begin
          arvalid <= 1'b1;
          reply_bytes <= {p}'d4;
          state <= READ;
        end
        8'd{write_register}: state <= GATHER;
        8'd{read_memory}: reply_bytes <= length[{p_top}:0];
        8'd{write_memory}: state <= STORE;
        default: state <= RESET;
        endcase
      end
    end
    GATHER: begin
      payload_there <= !payload_there;
      if (payload_there) begin
        word <= {{payload, word[31:8]}};
        index <= index + {p}'d1;
        if (last_gathered) begin
          awvalid <= 1'b1;
          wvalid <= 1'b1;
          state <= WRITE;
        end
      end
    end
    WRITE: begin
      waited <= waited + {bus_bits}'d1;
      if (awready) awvalid <= 1'b0;
      if (wready) wvalid <= 1'b0;
      if (bvalid || given_up) begin
        awvalid <= 1'b0;
        wvalid <= 1'b0;
        if (!bvalid || (bresp != 2'd0)) begin
          status <= 8'd{status_bus};
          last_status <= 8'd{status_bus};
        end
        state <= TURN;
      end
    end
    READ: begin
      waited <= waited + {bus_bits}'d1;
      if (arready) arvalid <= 1'b0;
      word <= rdata;
      if (rvalid || given_up) begin
        arvalid <= 1'b0;
        if (!rvalid || (rresp != 2'd0)) begin
          status <= 8'd{status_bus};
          reply_bytes <= {p}'d0;
        end
        state <= TURN;
      end
    end
    STORE: begin
      // The payload's byte comes a cycle after its place, and stays while its write waits.
      payload_there <= !(byte_valid && byte_ready);
      if (byte_valid && byte_ready) begin
        index <= index + {p}'d1;
        byte_address <= byte_address + {log_bytes}'d1;
        if (last_written) begin
          index <= {p}'d0;
          state <= TURN;
        end
      end
    end
    RESET: begin
      reset_left <= reset_left - {reset_bits}'d1;
      if (reset_left == {reset_bits}'d0) state <= TURN;
    end
    TURN: begin
      if (!in_body) index <= {p}'d0;
      state <= PICK;
    end
    PICK: begin
      case (head_place)
      2'd0: reply_data <= number;
      2'd1: reply_data <= opcode | 8'h{reply:x};
      2'd2: reply_data <= status;
      default: reply_data <= identifies ? identity : on_memory ? fetched : word[7:0];
      endcase
      reply_last <= in_body ? last_replied : (head_ends && (reply_bytes == {p}'d0));
      state <= SEND;
    end
    SEND: if (reply_ready) begin
      if (in_body) begin
        index <= index + {p}'d1;
        word <= word >> 8;
      end else head_place <= head_place + 2'd1;
      if (reply_last) state <= DONE;
      else if ((in_body || head_ends) && on_memory) state <= FETCH;
      else state <= TURN;
    end
    FETCH: if (byte_ready) begin
      byte_address <= byte_address + {log_bytes}'d1;
      state <= AWAIT;
    end
    AWAIT: begin
      fetched <= byte_read;
      if (byte_done) state <= PICK;
    end
    default: state <= IDLE;
    endcase
  end
end",
        id_top = IDENTIFICATION_BITS - 1,
        p = PAYLOAD_BITS,
        p_top = PAYLOAD_BITS - 1,
        payload_pad = 17 - PAYLOAD_BITS,
        bus_bits = LOG_BUS_CYCLES,
        bus_top = LOG_BUS_CYCLES - 1,
        reset_bits = LOG_RESET_CYCLES,
        reset_top = LOG_RESET_CYCLES - 1,
        register_top = ADDRESS_BITS - 1,
        space = SPACE_BYTES,
        address_top = log_bytes - 1,
        end_pad = log_bytes + 1 - PAYLOAD_BITS,
        end_bits = log_bytes + 1,
        high_bits = 32 - log_bytes,
        memory_bytes = 1u64 << log_bytes,
        max_payload = serial::MAX_PAYLOAD_BYTES,
        identification = identification_cases(config),
        identification_bytes = field::BYTES,
        identify = serial::IDENTIFY,
        read_register = serial::READ_REGISTER,
        write_register = serial::WRITE_REGISTER,
        read_memory = serial::READ_MEMORY,
        write_memory = serial::WRITE_MEMORY,
        reset_kernel = serial::RESET_KERNEL,
        reply = serial::REPLY,
        status_ok = serial::STATUS_OK,
        status_opcode = serial::STATUS_OPCODE,
        status_length = serial::STATUS_LENGTH,
        status_address = serial::STATUS_ADDRESS,
        status_bus = serial::STATUS_BUS,
        status_sequence = serial::STATUS_SEQUENCE,
    )
}
