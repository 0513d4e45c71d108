//! A read slave of the on-chip memory: from AXI4 bursts to one memory access a cycle.

use rust_hdl::prelude::*;
use vegalith_abi::memory::BEAT_BYTES;

use super::banks::BANK_LATENCY;
use crate::rtl::{count_text, leaf_block};

/// Log2 of the bursts that a port holds. A reader of the kernels reserves at most 256 beats and asks
/// for a burst every other cycle, so that fewer are ever waiting.
const LOG_QUEUE: usize = 4;

/// Cycles from an address to its first beat, and from the last beat of a write to its response, when
/// nothing is under way: the queue, the burst's counter, and the memory.
pub(crate) const LATENCY_CYCLES: usize = 2 + BANK_LATENCY;

/// Size of the memory behind a port.
#[derive(Clone, Debug)]
pub(crate) struct PortConfig {
    /// Log2 of the bytes.
    pub(crate) log_bytes: usize,
}

impl PortConfig {
    /// Bits of the number of a beat in memory.
    pub(crate) fn word_bits(&self) -> usize {
        self.log_bytes - BEAT_BYTES.ilog2() as usize
    }
}

leaf_block! {
    /// Answers bursts in order, a beat a cycle, the first after [`LATENCY_CYCLES`]; beats outside the
    /// memory with SLVERR. `access` asks the memory for `word`, unless `hold` takes the cycle away;
    /// its data come back [`BANK_LATENCY`] cycles later.
    ///
    /// The master must take every beat in its cycle, as a reader that asks only for what it has room
    /// for does; one that does not loses the beat and sets `unready` until reset.
    ReadPort(config: PortConfig) = read_port_body;
    In clock: 1;
    In reset: 1;
    In araddr: 64;
    In arlen: 8;
    In arvalid: 1;
    Out arready: 1;
    Out rdata: 512;
    Out rresp: 2;
    Out rlast: 1;
    Out rvalid: 1;
    In rready: 1;
    Out access: 1;
    Out word: config.word_bits();
    In hold: 1;
    In data: 512;
    Out unready: 1;
}

fn read_port_body(config: &PortConfig) -> String {
    let bits = config.word_bits();
    format!(
        "// Outside the memory, first beat, beats less one.
reg [{entry_top}:0] queue [0:{last}];
reg [{log_top}:0] write_position;
reg [{log_top}:0] read_position;
reg [{log}:0] queued;
// Stands for queued != 0.
reg some_queued;
reg active;
// Stands for left == 0.
reg last;
reg outside;
reg [7:0] left;
reg [{stage_top}:0] valid_line;
reg [{stage_top}:0] last_line;
reg [{stage_top}:0] outside_line;
wire [{entry_top}:0] head = queue[read_position];
wire taken = arvalid && arready;
wire finished = active && last && !hold;
wire load = some_queued && (!active || finished);
wire unused = &{{1'b0, araddr[5:0]}};
always @(*) begin
  arready = queued != {count_bits}'d{depth};
  access = active;
  rdata = data;
  rvalid = valid_line[{stage_top}];
  rlast = last_line[{stage_top}];
  rresp = {{outside_line[{stage_top}], 1'b0}};
end
always @(posedge clock) begin
  if (taken) queue[write_position] <= {{araddr[63:{log_bytes}] != {high_bits}'d0, araddr[{address_top}:6], arlen}};
  if (load) begin
    {{outside, word, left}} <= head;
    last <= head[7:0] == 8'd0;
  end else if (active && !hold) begin
    last <= left == 8'd1;
    word <= word + {bits}'d1;
    left <= left - 8'd1;
  end
  last_line <= {{last_line[{stage_below}:0], last}};
  outside_line <= {{outside_line[{stage_below}:0], outside}};
  if (reset) begin
    write_position <= {log}'d0;
    read_position <= {log}'d0;
    queued <= {count_bits}'d0;
    some_queued <= 1'b0;
    active <= 1'b0;
    valid_line <= {stages}'d0;
    unready <= 1'b0;
  end else begin
    if (taken) write_position <= write_position + {log}'d1;
    if (load) read_position <= read_position + {log}'d1;
{counted}    if (load) active <= 1'b1;
    else if (finished) active <= 1'b0;
    valid_line <= {{valid_line[{stage_below}:0], active && !hold}};
    if (rvalid && !rready) unready <= 1'b1;
  end
end",
        counted = count_text("queued", LOG_QUEUE + 1, "taken", "load", "some_queued"),
        entry_top = bits + 8,
        log = LOG_QUEUE,
        log_top = LOG_QUEUE - 1,
        last = (1 << LOG_QUEUE) - 1,
        count_bits = LOG_QUEUE + 1,
        depth = 1 << LOG_QUEUE,
        log_bytes = config.log_bytes,
        address_top = config.log_bytes - 1,
        high_bits = 64 - config.log_bytes,
        stages = BANK_LATENCY,
        stage_top = BANK_LATENCY - 1,
        stage_below = BANK_LATENCY - 2,
    )
}
