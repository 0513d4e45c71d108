// Every run starts with a cycle of reset.
  reg started = 0;
  always @(posedge clock) started <= 1;
  always @(*) if (!started) assume (reset);
