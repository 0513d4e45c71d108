// arith/reduced.rs, negate_canonical: z = −x mod p for all x < p.
  always @(*) assume (x < PRIME);
  always @(posedge clk) if (full) begin
    assert (z < PRIME);
    assert (z == (PRIME - $past(x, LATENCY)) % PRIME);
    cover ($past(x, LATENCY) == 0);
    cover ($past(x, LATENCY) == PRIME - 1);
  end
