// arith/mont_mul.rs: z·R ≡ x·y mod p and z < 2p, for all x < 4p, y < p.
  always @(*) assume ((x < 4 * PRIME) && (y < PRIME));
  reg [15:0] product, lifted;
  always @(posedge clk) if (full) begin
    product = $past(x, LATENCY) * {12'd0, $past(y, LATENCY)};
    lifted = {11'd0, z} << LOG_RADIX;
    assert (z < 2 * PRIME);
    assert ((lifted % PRIME) == (product % PRIME));
    assert (lifted >= product);
    cover ((z >= PRIME) && (product != 0));
    cover (product == (4 * PRIME - 1) * (PRIME - 1));
  end
