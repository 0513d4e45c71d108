// rtl/ram.rs: a read gives what was written last to its address, by either port, a cycle later.
//
// Any one address is followed. Assumed, as the contract asks: the two ports do not use one address in
// one cycle.
  (* anyconst *) wire [$bits(a_address)-1:0] address;
  always @(*) assume (!(a_enable && b_enable && (a_address == b_address)));
  wire a_here = a_enable && (a_address == address);
  wire b_here = b_enable && (b_address == address);
  reg known = 0;
  reg [$bits(a_data)-1:0] value;
  reg a_due = 0;
  reg b_due = 0;
  reg [$bits(a_data)-1:0] due;
  always @(posedge clock) begin
    if (a_here && a_write) {known, value} <= {1'b1, a_data};
    if (b_here && b_write) {known, value} <= {1'b1, b_data};
    // A port holds what it read until it reads again.
    if (a_enable && !a_write) a_due <= known && a_here;
    if (b_enable && !b_write) b_due <= known && b_here;
    if ((a_here && !a_write) || (b_here && !b_write)) due <= value;
  end
  reg started = 0;
  always @(posedge clock) started <= 1;
  always @(posedge clock) if (started) begin
    if (known) assert (mem[address] == value);
    if (a_due && $past(a_here && !a_write)) assert (a_read == due);
    if (b_due && $past(b_here && !b_write)) assert (b_read == due);
    if ($past(!(a_enable && !a_write))) assert ($stable(a_read));
    if ($past(!(b_enable && !b_write))) assert ($stable(b_read));
    cover (a_due && (a_read == 2) && (address == 3));
    cover (b_due && (b_read == 1) && $past(a_enable && a_write));
  end
