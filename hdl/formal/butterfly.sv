// What arith/reduced.rs puts around the multiplier of a butterfly, for all a, b < 2p:
// sum = a + b mod p below 2p, difference = a − b + 2p.
  always @(*) assume ((a < 2 * PRIME) && (b < 2 * PRIME));
  reg [8:0] true_sum;
  always @(posedge clk) if (full) begin
    true_sum = $past(a, LATENCY) + $past(b, LATENCY);
    assert (sum == ((true_sum < 2 * PRIME) ? true_sum : true_sum - 2 * PRIME));
    assert (difference == 2 * PRIME + $past(a, LATENCY) - $past(b, LATENCY));
    cover ((sum == 0) && (true_sum != 0));
    cover (difference == 1);
  end
