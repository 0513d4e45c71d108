//! The write slave of the on-chip memory.

use rust_hdl::prelude::*;
use vegalith_abi::memory::BEAT_BYTES;

use super::read_port::{PortConfig, LATENCY_CYCLES};
use crate::rtl::{count_text, leaf_block};

/// Log2 of the bursts that may be unanswered. A writer of the kernels sends at most five addresses
/// ahead of their data.
const LOG_QUEUE: usize = 4;

leaf_block! {
    /// Takes a beat a cycle from the cycle after its burst's address on, and answers a burst
    /// [`LATENCY_CYCLES`] after its last beat, in order; bursts outside the memory with SLVERR and
    /// without effect. `access` writes `data` to `word` in bytes of `strobe`, whatever else the memory
    /// is asked for.
    WritePort(config: PortConfig) = write_port_body;
    In clock: 1;
    In reset: 1;
    In awaddr: 64;
    In awvalid: 1;
    Out awready: 1;
    In wdata: 512;
    In wstrb: BEAT_BYTES;
    In wlast: 1;
    In wvalid: 1;
    Out wready: 1;
    Out bresp: 2;
    Out bvalid: 1;
    In bready: 1;
    Out access: 1;
    Out word: config.word_bits();
    Out strobe: BEAT_BYTES;
    Out data: 512;
}

fn write_port_body(config: &PortConfig) -> String {
    let bits = config.word_bits();
    format!(
        "// Outside the memory, first beat.
reg [{bits}:0] queue [0:{last}];
reg [{log_top}:0] write_position;
reg [{log_top}:0] read_position;
reg [{log}:0] queued;
// Stand for queued != 0 and answered != 0.
reg some_queued;
reg some_answered;
reg [{log}:0] unanswered;
reg [5:0] beat;
reg [{line_top}:0] answer_line;
reg [{line_top}:0] outside_line;
reg [{last}:0] answers;
reg [{log_top}:0] answer_position;
reg [{log_top}:0] next_answer;
reg [{log}:0] answered;
wire [{bits}:0] head = queue[read_position];
wire taken = awvalid && awready;
wire written = wvalid && wready;
wire completed = written && wlast;
wire answer = answer_line[{line_top}];
wire acknowledged = bvalid && bready;
wire unused = &{{1'b0, awaddr[5:0]}};
always @(*) begin
  awready = unanswered != {count_bits}'d{depth};
  wready = some_queued;
  bvalid = some_answered;
  bresp = {{answers[next_answer], 1'b0}};
end
always @(posedge clock) begin
  if (taken) queue[write_position] <= {{awaddr[63:{log_bytes}] != {high_bits}'d0, awaddr[{address_top}:6]}};
  // A burst stays in its page, so that only the lowest bits count.
  word <= {{head[{word_top}:6], head[5:0] + beat}};
  data <= wdata;
  strobe <= wstrb;
  outside_line <= {{outside_line[{line_below}:0], head[{bits}]}};
  if (answer) answers[answer_position] <= outside_line[{line_top}];
  if (reset) begin
    write_position <= {log}'d0;
    read_position <= {log}'d0;
    queued <= {count_bits}'d0;
    some_queued <= 1'b0;
    some_answered <= 1'b0;
    unanswered <= {count_bits}'d0;
    beat <= 6'd0;
    answer_line <= {line}'d0;
    answer_position <= {log}'d0;
    next_answer <= {log}'d0;
    answered <= {count_bits}'d0;
    access <= 1'b0;
  end else begin
    access <= written && !head[{bits}];
    if (completed) beat <= 6'd0;
    else if (written) beat <= beat + 6'd1;
    if (taken) write_position <= write_position + {log}'d1;
    if (completed) read_position <= read_position + {log}'d1;
{queued}    if (taken && !acknowledged) unanswered <= unanswered + {count_bits}'d1;
    if (acknowledged && !taken) unanswered <= unanswered - {count_bits}'d1;
    answer_line <= {{answer_line[{line_below}:0], completed}};
    if (answer) answer_position <= answer_position + {log}'d1;
    if (acknowledged) next_answer <= next_answer + {log}'d1;
{answered}  end
end",
        queued = count_text("queued", LOG_QUEUE + 1, "taken", "completed", "some_queued"),
        answered = count_text("answered", LOG_QUEUE + 1, "answer", "acknowledged", "some_answered"),
        word_top = bits - 1,
        log = LOG_QUEUE,
        log_top = LOG_QUEUE - 1,
        last = (1 << LOG_QUEUE) - 1,
        count_bits = LOG_QUEUE + 1,
        depth = 1 << LOG_QUEUE,
        log_bytes = config.log_bytes,
        address_top = config.log_bytes - 1,
        high_bits = 64 - config.log_bytes,
        line = LATENCY_CYCLES - 1,
        line_top = LATENCY_CYCLES - 2,
        line_below = LATENCY_CYCLES - 3,
    )
}
