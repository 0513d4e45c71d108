// The pipelined engine's own account: the answer stays at the queue's head.
  always @(posedge clock) if (started) assert (high_sent == high_given);
