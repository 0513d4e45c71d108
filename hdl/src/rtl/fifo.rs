//! A small first-word-fall-through queue.

use super::leaf_block;
use rust_hdl::prelude::*;

/// Shape of a [`Fifo`].
#[derive(Clone, Debug)]
pub(crate) struct FifoConfig {
    pub(crate) width: usize,
    /// Capacity is 2^log_depth.
    pub(crate) log_depth: usize,
    /// Free places that `ready` keeps in reserve for pushes already under way.
    pub(crate) reserve: usize,
}

leaf_block! {
    /// Stores `data` when `push`; `head` is the oldest entry while `valid`; `pop` drops it.
    ///
    /// `ready` says that more than `reserve` places are free. A push into a full queue is lost and
    /// raises `overflow` until reset. Latency from push to `valid` is one cycle.
    Fifo(config: FifoConfig) = fifo_body;
    In clock: 1;
    In reset: 1;
    In push: 1;
    In data: config.width;
    Out ready: 1;
    Out valid: 1;
    Out head: config.width;
    In pop: 1;
    Out overflow: 1;
}

fn fifo_body(config: &FifoConfig) -> String {
    fifo_text(config, "data", "head")
}

/// The statements of a queue whose entry is `data` on the way in and assigned to `head` on the
/// way out: both may be concatenations of ports.
pub(crate) fn fifo_text(config: &FifoConfig, data: &str, head: &str) -> String {
    let depth = 1usize << config.log_depth;
    let count_bits = config.log_depth + 1;
    format!(
        "reg [{top}:0] mem [0:{depth_top}];
reg [{ptr_top}:0] write_position;
reg [{ptr_top}:0] read_position;
reg [{count_top}:0] count;
wire taken = pop && valid;
wire stored = push && (count != {count_bits}'d{depth});
always @(*) begin
  valid = count != {count_bits}'d0;
  ready = count < {count_bits}'d{limit};
  {head} = mem[read_position];
end
always @(posedge clock) begin
  if (stored) mem[write_position] <= {data};
  if (reset) begin
    write_position <= {ptr_bits}'d0;
    read_position <= {ptr_bits}'d0;
    count <= {count_bits}'d0;
    overflow <= 1'b0;
  end else begin
    if (stored) write_position <= write_position + {ptr_bits}'d1;
    if (taken) read_position <= read_position + {ptr_bits}'d1;
    if (stored && !taken) count <= count + {count_bits}'d1;
    if (taken && !stored) count <= count - {count_bits}'d1;
    if (push && !stored) overflow <= 1'b1;
  end
end",
        top = config.width - 1,
        depth_top = depth - 1,
        ptr_top = config.log_depth - 1,
        ptr_bits = config.log_depth,
        count_top = count_bits - 1,
        limit = depth - config.reserve,
    )
}
