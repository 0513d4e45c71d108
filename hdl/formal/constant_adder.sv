// rtl/carry.rs: sum = x + constant mod 2^13, for all x, with carries cut over three cycles.
  reg [7:0] age = 0;
  always @(posedge clock) if (age != 3) age <= age + 1;
  always @(posedge clock) if (age == 3) begin
    assert (sum == ($past(x, 3) + 13'h16b5));
    cover (sum == 0);
    cover (sum == 13'h1fff);
  end
