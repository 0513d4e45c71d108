// The token merge as a whole: no value is lost or counted twice. One slot, any, is followed. A take of it is
// answered with the sum of all values that were sent to it since its last take, and with none if none was sent.
//
// Assumed, as the engine's sequencer and walk have it: slots are cleared after reset, before the first visit; a
// slot is taken only if, since the last value for it, everything has been `settled`. Values, keys, stalls and
// takes of other slots are anything. A take is answered TAKE cycles after it was accepted.
  localparam V = $bits(value);
  localparam LAST = TAKE - 1;
  (* hierconn *) wire [$bits(take_key)-1:0] \occupancy.key ;
  (* hierconn *) wire \occupancy.cleared ;
  (* hierconn *) wire \occupancy.holds ;
  (* hierconn *) wire [$bits(take_key)-1:0] \slots.slot ;
  (* hierconn *) wire [V-1:0] \slots.content ;
  wire [$bits(take_key)-1:0] slot = \occupancy.key ;
  always @(*) assume (\slots.slot == slot);

  wire point_here = point_valid && point_ready && (point_key == slot);
  wire value_here = value_valid && value_ready && (value_key == slot);
  wire take_here = take && take_ready && (take_key == slot);
  // What was sent since the last take: whether any, and the sum.
  reg any;
  reg [V-1:0] total;
  reg two_sent;
  reg unsettled;
  reg visited;
  // Takes under way, with what they must be answered.
  reg [LAST:0] taking;
  reg [LAST:0] expect_full;
  reg [TAKE*V-1:0] expect_value;
  wire [V-1:0] sent = (point_here ? {point_x, point_y, 1'b1} : 0) + (value_here ? value : 0);
  always @(posedge clock) begin
    any <= !reset && ((any && !take_here) || point_here || value_here);
    total <= reset ? 0 : (take_here ? 0 : total) + sent;
    two_sent <= !reset && !take_here && (two_sent || (any && (point_here || value_here)));
    unsettled <= !reset && (point_here || value_here || (unsettled && !settled));
    visited <= !reset && (visited || value_lane$visit || sum_store$a_visit);
    taking <= reset ? 0 : {taking, take_here};
    expect_full <= {expect_full, any};
    expect_value <= {expect_value, total};
  end
  always @(*) begin
    if (unsettled) assume (!take_here);
    if (visited) assume (!clear);
  end
  always @(posedge clock) if (started && !reset) begin
    assert (!overflow);
    assert (taking[LAST] == (lanes$taken && (lanes$taken_tag == slot)));
    if (taking[LAST]) begin
      assert (lanes$taken_full == expect_full[LAST]);
      if (lanes$taken_full) assert (lanes$taken_value == expect_value[TAKE*V-1 -: V]);
    end
    cover (taking[LAST] && lanes$taken_full && $past(two_sent, TAKE) && (lanes$taken_value == 6));
    cover (taking[LAST] && !lanes$taken_full);
  end
