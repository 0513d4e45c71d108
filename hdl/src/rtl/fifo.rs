//! A small first-word-fall-through queue.

use super::leaf_block;
use rust_hdl::prelude::*;

/// Shape of a [`Fifo`].
#[derive(Clone, Debug)]
pub(crate) struct FifoConfig {
    pub(crate) width: usize,
    /// Capacity is 2^log_depth; with a single place, `reserve` is 0.
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
    if config.log_depth == 0 {
        debug_assert_eq!(config.reserve, 0);
        return one_place_text(data, head);
    }
    let depth = 1usize << config.log_depth;
    let count_bits = config.log_depth + 1;
    format!(
        "reg [{top}:0] mem [0:{depth_top}];
reg [{ptr_top}:0] write_position;
reg [{ptr_top}:0] read_position;
reg [{count_top}:0] count;
// Registers stand for comparisons of `count`: count == {depth}; `valid`: count != 0; `ready`: count < {limit}.
reg at_capacity;
wire taken = pop && valid;
wire stored = push && !at_capacity;
always @(*) {head} = mem[read_position];
always @(posedge clock) begin
  if (stored) mem[write_position] <= {data};
  if (reset) begin
    write_position <= {ptr_bits}'d0;
    read_position <= {ptr_bits}'d0;
    count <= {count_bits}'d0;
    at_capacity <= 1'b0;
    valid <= 1'b0;
    ready <= {ready_empty};
    overflow <= 1'b0;
  end else begin
    if (stored) write_position <= write_position + {ptr_bits}'d1;
    if (taken) read_position <= read_position + {ptr_bits}'d1;
    if (stored && !taken) begin
      count <= count + {count_bits}'d1;
      at_capacity <= count == {count_bits}'d{depth_top};
      valid <= 1'b1;
      ready <= {ready_more};
    end
    if (taken && !stored) begin
      count <= count - {count_bits}'d1;
      at_capacity <= 1'b0;
      valid <= count != {count_bits}'d1;
      ready <= count <= {count_bits}'d{limit};
    end
    if (push && !stored) overflow <= 1'b1;
  end
end",
        top = config.width - 1,
        depth_top = depth - 1,
        ptr_top = config.log_depth - 1,
        ptr_bits = config.log_depth,
        count_top = count_bits - 1,
        limit = depth - config.reserve,
        ready_empty = if depth > config.reserve { "1'b1" } else { "1'b0" },
        // No register is below a bound of 0.
        ready_more = match depth.saturating_sub(config.reserve + 1) {
            0 => "1'b0".to_owned(),
            bound => format!("count < {count_bits}'d{bound}"),
        },
    )
}

fn one_place_text(data: &str, head: &str) -> String {
    format!(
        "wire stored = push && !valid;
wire kept = stored || (valid && !pop);
always @(posedge clock) begin
  if (stored) {head} <= {data};
  if (reset) begin
    valid <= 1'b0;
    ready <= 1'b1;
    overflow <= 1'b0;
  end else begin
    valid <= kept;
    ready <= !kept;
    if (push && valid) overflow <= 1'b1;
  end
end"
    )
}
