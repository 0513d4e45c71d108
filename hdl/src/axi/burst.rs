//! AXI4 bursts: from a command (address, beats) to a stream of beats and back.
//!
//! Bursts end at multiples of their greatest length, at most 64 beats of 64 bytes, so that none
//! crosses a 4096-byte page. There are no IDs: everything stays in order.

use rust_hdl::prelude::*;
use vegalith_abi::memory::BEAT_BYTES;

use crate::graph::Target;
use crate::rtl::{count_text, leaf_block};

/// Log2 of the bursts whose addresses a writer sends ahead of their data, so that short bursts follow
/// each other without a gap.
const LOG_WRITE_QUEUE: usize = 2;

/// Sizes of the burst blocks.
#[derive(Clone, Debug)]
pub(crate) struct BurstConfig {
    /// Log2 of the beats of the longest burst, 1 to 6.
    log_burst: usize,
    /// Log2 of the beats that a reader's queue holds.
    log_read_queue: usize,
}

impl BurstConfig {
    /// A queue of four whole bursts, so that reading streams at a memory latency of up to three of
    /// them, as far as the target's logic holds it.
    pub(crate) fn new(target: &Target) -> Self {
        let log_read_queue = target.log_lut_ram_words.min(8);
        BurstConfig {
            log_burst: log_read_queue - 2,
            log_read_queue,
        }
    }

    /// Sizes as they are given, for proofs.
    pub(crate) fn with_sizes(log_burst: usize, log_read_queue: usize) -> Self {
        BurstConfig {
            log_burst,
            log_read_queue,
        }
    }

    /// Statements that give `burst`, the length of the next one, and `last_burst`.
    ///
    /// Both are registers, made from what is left or, where nothing is, from the command that may be
    /// taken: between two requests there is a cycle, in which the address stands on the bus.
    fn next_burst(&self) -> String {
        let log = self.log_burst;
        format!(
            "reg some_left;
reg [{log}:0] burst;
reg last_burst;
wire [31:0] from_left = some_left ? left : command_beats;
wire [{log}:0] from_place = {{1'b0, some_left ? page_beat[{top}:0] : command_address[{address_top}:6]}};
wire [{bits}:0] place_behind = {{1'b0, from_left[{log}:0]}} + {{1'b0, from_place}};
wire fits = (from_left[31:{bits}] == {high_bits}'d0) && (place_behind <= {wide_bits}'d{longest});
always @(posedge clock) begin
  burst <= fits ? from_left[{log}:0] : {bits}'d{longest} - from_place;
  last_burst <= fits;
end
",
            bits = log + 1,
            wide_bits = log + 2,
            high_bits = 31 - log,
            longest = 1 << log,
            top = log - 1,
            address_top = 5 + log,
        )
    }

    /// An expression that puts AxLEN of a burst on 8 bits.
    fn length(&self) -> String {
        let bits = self.log_burst + 1;
        format!("{{{pad}'d0, burst - {bits}'d1}}", pad = 8 - bits)
    }
}

leaf_block! {
    /// Reads `command_beats` ≥ 1 beats from `command_address` (64-byte aligned).
    ///
    /// A burst is requested only when the queue has room for the longest, so the bus never waits.
    /// `error` pulses on a response that is not OKAY; the beats are passed on all the same.
    ///
    /// While `drain`, commands are forgotten and none taken, and beats are dropped as they come;
    /// `drained` tells that nothing is under way on the bus.
    BurstReader(config: BurstConfig) = reader_body;
    In clock: 1;
    In reset: 1;
    In drain: 1;
    Out drained: 1;
    In command_valid: 1;
    Out command_ready: 1;
    In command_address: 64;
    In command_beats: 32;
    Out valid: 1;
    In ready: 1;
    Out beat: 512;
    Out error: 1;
    Out beat_read: 1;
    Out araddr: 64;
    Out arlen: 8;
    Out arvalid: 1;
    In arready: 1;
    In rdata: 512;
    In rresp: 2;
    In rlast: 1;
    In rvalid: 1;
    Out rready: 1;
}

fn reader_body(config: &BurstConfig) -> String {
    let log = config.log_read_queue;
    let burst_bits = config.log_burst + 1;
    format!(
        "reg [31:0] left;
reg [57:0] page_beat;
reg [{log}:0] reserved;
reg [511:0] mem [0:{last}];
reg [{top}:0] write_position;
reg [{top}:0] read_position;
reg [{log}:0] filled;
// Stand for filled != 0 and for room in the queue.
reg some_filled;
reg some_free;
{next_burst}// Room for the longest burst; of the cycle before, but then nothing was requested.
reg room;
wire request = some_left && !arvalid && room && !drain;
wire pushed = rvalid && rready;
wire popped = some_filled && (ready || drain);
wire unused = &{{1'b0, rlast, command_address[5:0]}};
always @(*) begin
  command_ready = !some_left && !drain;
  valid = some_filled && !drain;
  drained = !some_left && (reserved == {count_bits}'d0) && !arvalid;
  beat = mem[read_position];
  rready = some_free;
  error = pushed && (rresp != 2'd0);
  beat_read = pushed;
end
always @(posedge clock) begin
  room <= reserved <= {count_bits}'d{room_depth};
  if (pushed) mem[write_position] <= rdata;
  if (request) begin
    araddr <= {{page_beat, 6'd0}};
    arlen <= {length};
  end
  if (reset) begin
    some_left <= 1'b0;
    arvalid <= 1'b0;
    reserved <= {count_bits}'d0;
    write_position <= {log}'d0;
    read_position <= {log}'d0;
    filled <= {count_bits}'d0;
    some_filled <= 1'b0;
    some_free <= 1'b1;
  end else begin
    if (command_valid && command_ready) begin
      some_left <= 1'b1;
      left <= command_beats;
      page_beat <= command_address[63:6];
    end
    if (request) begin
      arvalid <= 1'b1;
      some_left <= !last_burst;
      left <= left - {{{left_pad}'d0, burst}};
      page_beat <= page_beat + {{{address_pad}'d0, burst}};
    end else if (arready) arvalid <= 1'b0;
    if (drain) some_left <= 1'b0;
    // All four sums, since it is known last which one is wanted.
    case ({{request, popped}})
    2'b00: reserved <= reserved;
    2'b01: reserved <= reserved - {count_bits}'d1;
    2'b10: reserved <= reserved + {{{reserved_pad}'d0, burst}};
    default: reserved <= reserved + {{{reserved_pad}'d0, burst}} - {count_bits}'d1;
    endcase
    some_free <= popped || (pushed ? filled != {count_bits}'d{last} : some_free);
    if (pushed) write_position <= write_position + {log}'d1;
    if (popped) read_position <= read_position + {log}'d1;
{filled}  end
end",
        last = (1 << log) - 1,
        top = log - 1,
        count_bits = log + 1,
        room_depth = (1 << log) - (1 << config.log_burst),
        reserved_pad = log + 1 - burst_bits,
        left_pad = 32 - burst_bits,
        address_pad = 58 - burst_bits,
        filled = count_text("filled", log + 1, "pushed", "popped", "some_filled"),
        next_burst = config.next_burst(),
        length = config.length(),
    )
}

leaf_block! {
    /// Writes `command_beats` ≥ 1 beats of the stream to `command_address` (64-byte aligned).
    ///
    /// `idle`: everything written has been acknowledged. `error` pulses on a response that is not
    /// OKAY.
    ///
    /// While `drain`, commands are forgotten and none taken, and bursts whose addresses are out get
    /// beats without a strobe, which change nothing; `idle` then tells that nothing is under way on
    /// the bus. A beat that the bus has seen when `drain` begins is held until it is taken.
    BurstWriter(config: BurstConfig) = writer_body;
    In clock: 1;
    In reset: 1;
    In drain: 1;
    In command_valid: 1;
    Out command_ready: 1;
    In command_address: 64;
    In command_beats: 32;
    In valid: 1;
    Out ready: 1;
    In beat: 512;
    Out idle: 1;
    Out error: 1;
    Out beat_written: 1;
    Out awaddr: 64;
    Out awlen: 8;
    Out awvalid: 1;
    In awready: 1;
    Out wdata: 512;
    Out wstrb: BEAT_BYTES;
    Out wlast: 1;
    Out wvalid: 1;
    In wready: 1;
    In bresp: 2;
    In bvalid: 1;
    Out bready: 1;
}

fn writer_body(config: &BurstConfig) -> String {
    let log = LOG_WRITE_QUEUE;
    let burst_bits = config.log_burst + 1;
    format!(
        "reg [31:0] left;
reg [57:0] page_beat;
reg [{burst_top}:0] burst_left;
reg [15:0] unacknowledged;
// Bursts whose addresses are ahead of their data.
reg [{burst_top}:0] lengths [0:{last}];
reg [{top}:0] write_position;
reg [{top}:0] read_position;
reg [{log}:0] queued;
// Beats are made up instead of taken from the stream.
reg empty_beats;
// The same for the data, whose wires are many.
reg empty_data;
// Stand for burst_left != 0 and queued != 0.
reg in_burst;
reg some_queued;
// Room for one more address; of the cycle before, but then nothing was requested.
reg room;
{next_burst}wire written = wvalid && wready;
wire request = some_left && !awvalid && room && !drain;
wire next = some_queued && (!in_burst || (written && wlast));
wire acknowledged = bvalid && bready;
wire unused = &{{1'b0, command_address[5:0]}};
always @(*) begin
  command_ready = !some_left && !drain;
  wvalid = (valid || empty_beats) && in_burst;
  ready = wready && in_burst && !empty_beats;
  wdata = empty_data ? 512'd0 : beat;
  wstrb = {{{BEAT_BYTES}{{!empty_beats}}}};
  bready = 1'b1;
  idle = !some_left && !some_queued && !in_burst
    && (unacknowledged == 16'd0) && !awvalid;
  error = acknowledged && (bresp != 2'd0);
  beat_written = written;
end
always @(posedge clock) begin
  room <= (queued != {count_bits}'d{depth}) && (unacknowledged != 16'hffff);
  if (request) begin
    awaddr <= {{page_beat, 6'd0}};
    awlen <= {length};
    lengths[write_position] <= burst;
  end
  empty_beats <= drain && !reset && (empty_beats || !wvalid || wready);
  empty_data <= drain && !reset && (empty_data || !wvalid || wready);
  if (reset) begin
    some_left <= 1'b0;
    awvalid <= 1'b0;
    burst_left <= {burst_bits}'d0;
    in_burst <= 1'b0;
    wlast <= 1'b0;
    some_queued <= 1'b0;
    unacknowledged <= 16'd0;
    write_position <= {log}'d0;
    read_position <= {log}'d0;
    queued <= {count_bits}'d0;
  end else begin
    if (command_valid && command_ready) begin
      some_left <= 1'b1;
      left <= command_beats;
      page_beat <= command_address[63:6];
    end
    if (request) begin
      awvalid <= 1'b1;
      some_left <= !last_burst;
      left <= left - {{{left_pad}'d0, burst}};
      page_beat <= page_beat + {{{address_pad}'d0, burst}};
      write_position <= write_position + {log}'d1;
    end else if (awready) awvalid <= 1'b0;
    if (drain) some_left <= 1'b0;
    if (next) begin
      burst_left <= lengths[read_position];
      in_burst <= 1'b1;
      wlast <= lengths[read_position] == {burst_bits}'d1;
      read_position <= read_position + {log}'d1;
    end else if (written) begin
      burst_left <= burst_left - {burst_bits}'d1;
      in_burst <= !wlast;
      wlast <= burst_left == {burst_bits}'d2;
    end
{queued}    if (request && !acknowledged) unacknowledged <= unacknowledged + 16'd1;
    if (acknowledged && !request) unacknowledged <= unacknowledged - 16'd1;
  end
end",
        last = (1 << log) - 1,
        top = log - 1,
        count_bits = log + 1,
        depth = 1 << log,
        burst_top = burst_bits - 1,
        left_pad = 32 - burst_bits,
        address_pad = 58 - burst_bits,
        queued = count_text("queued", log + 1, "request", "next", "some_queued"),
        next_burst = config.next_burst(),
        length = config.length(),
    )
}
