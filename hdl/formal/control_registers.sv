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
  // What is read is what was there when the blocks chose.
  reg [9:0] asked;
  reg [7:0] expected;
  reg [31:0] errors_then, counter_then;
  always @(posedge clock)
    if (addressed) begin
      asked <= read_word;
      expected <= value;
      errors_then <= errors;
      counter_then <= counters[95:64];
    end
  wire read_here = asked == 4 + word;
  wire [31:0] found = chosen ? (of_block_0 | of_block_1 | of_block_2 | of_block_3 | of_block_64 | of_block_65 | of_block_66
    | of_block_68 | of_block_69 | of_block_70) : rdata;
  always @(posedge clock) if (started) begin
    if (write) assert (of_argument[word] == (write_word == 4 + word));
    assert (known && (arguments[{word, lane, 3'd0}+:8] == value));
    if (chosen || rvalid) begin
      if (read_here) assert (found[8*lane+:8] == expected);
      if (asked == 10'h200) assert (found == 32'h544c4756);
      if (asked == 10'h230) assert (found == errors_then);
      if (asked == 10'h222) assert (found == counter_then);
      if (asked > 10'h230) assert (found == 0);
    end
    cover (rvalid && read_here && (expected == 8'h5a) && (word == 23) && (lane == 3));
    cover (rvalid && (rdata == 32'h544c4756));
  end
