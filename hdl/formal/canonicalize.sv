// arith/reduced.rs, canonicalize: z = x mod p for all x < 2p.
  always @(*) assume (x < 2 * PRIME);
  always @(posedge clk) if (full) begin
    assert (z < PRIME);
    assert (z == $past(x, LATENCY) % PRIME);
    cover ($past(x, LATENCY) == PRIME);
    cover ($past(x, LATENCY) == 2 * PRIME - 1);
  end
