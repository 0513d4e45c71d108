// Cycles since the start, up to the latency: from then on a pipeline without reset holds only results of
// operands that the solver has chosen.
  reg [7:0] age = 0;
  always @(posedge clk) if (age != LATENCY) age <= age + 1;
  wire full = age == LATENCY;
