// axi/control.rs: a register reads what was last written to it, byte by byte, and only arguments and the
// control word are written.
//
// One byte of one argument, any, is followed.
  (* anyconst *) wire [4:0] word;
  (* anyconst *) wire [1:0] lane;
  always @(*) assume (word < NUM_ARGUMENTS);
  reg known = 0;
  reg [7:0] value;
  wire here = write && (write_word == 4 + word) && strobe[lane] && !running && !start_bit;
  always @(posedge clock)
    if (reset) {known, value} <= {1'b1, 8'd0};
    else if (here) value <= data[8*lane+:8];
  reg read_here = 0;
  reg [7:0] expected;
  always @(posedge clock)
    if (arvalid && arready) begin
      read_here <= araddr[11:2] == 4 + word;
      expected <= value;
    end
  always @(posedge clock) if (started) begin
    assert (known && (arguments[{word, lane, 3'd0}+:8] == value));
    if (rvalid && read_here && known) assert (rdata[8*lane+:8] == expected);
    if ($past(started) && !$past(reset) && $past(arvalid && arready)) begin
      if ($past(araddr[11:2]) == 10'h200) assert (rdata == 32'h544c4756);
      if ($past(araddr[11:2]) == 10'h230) assert (rdata == $past(errors));
      if ($past(araddr[11:2]) == 10'h222) assert (rdata == $past(counters[95:64]));
      if ($past(araddr[11:2]) > 10'h230) assert (rdata == 0);
    end
    cover (rvalid && read_here && (expected == 8'h5a) && (word == 23) && (lane == 3));
    cover (rvalid && (rdata == 32'h544c4756));
  end
