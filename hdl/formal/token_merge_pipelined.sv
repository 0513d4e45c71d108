// Where values for the followed slot may be in the pipelined engine, and that these are all.
  (* hierconn *) wire \occupancy.a_visit_1 ;
  (* hierconn *) wire \occupancy.b_visit_1 ;
  (* hierconn *) wire \occupancy.b_take_1 ;
  (* hierconn *) wire [$bits(slot)-1:0] \occupancy.a_key_1 ;
  (* hierconn *) wire [$bits(slot)-1:0] \occupancy.b_key_1 ;
  (* hierconn *) wire \lanes.a_visit_1 ;
  (* hierconn *) wire \lanes.b_visit_1 ;
  (* hierconn *) wire \lanes.b_take_1 ;
  (* hierconn *) wire [$bits(slot)-1:0] \lanes.a_key_1 ;
  (* hierconn *) wire [$bits(slot)-1:0] \lanes.b_key_1 ;
  (* hierconn *) wire [$bits(slot)-1:0] \lanes.b_tag_1 ;
  (* hierconn *) wire [V-1:0] \lanes.a_value_1 ;
  (* hierconn *) wire [V-1:0] \lanes.b_value_1 ;
  (* hierconn *) wire \lanes.a_pair_2 ;
  (* hierconn *) wire \lanes.same_2 ;
  (* hierconn *) wire \lanes.b_pair_2 ;
  (* hierconn *) wire \lanes.b_take_2 ;
  (* hierconn *) wire [$bits(slot)-1:0] \lanes.a_key_2 ;
  (* hierconn *) wire [$bits(slot)-1:0] \lanes.b_key_2 ;
  (* hierconn *) wire [V-1:0] \lanes.a_value_2 ;
  (* hierconn *) wire [V-1:0] \lanes.b_value_2 ;
  (* hierconn *) wire [$bits(slot)-1:0] \pairs.slot ;
  (* hierconn *) wire \pairs.any_here ;
  (* hierconn *) wire [V-1:0] \pairs.sum_here ;
  (* hierconn *) wire [$clog2(DEPTH):0] \pairs.count ;
  (* hierconn *) wire [$clog2(DEPTH):0] \answers.count ;
  (* hierconn *) wire [LATENCY-1:0] \adder.valid_line ;
  (* hierconn *) wire [LATENCY*$bits(slot)-1:0] \adder.key_line ;
  (* hierconn *) wire [LATENCY*V-1:0] \adder.adder.line ;
  (* hierconn *) wire [2:0] \in_flight.count ;
  always @(*) assume (\pairs.slot == slot);

  // In a visit's first cycle, and in its second as a pair.
  wire a_1 = \lanes.a_visit_1 && (\lanes.a_key_1 == slot);
  wire b_1 = \lanes.b_visit_1 && !\lanes.b_take_1 && (\lanes.b_key_1 == slot);
  wire a_2 = (\lanes.a_pair_2 || \lanes.same_2 ) && (\lanes.a_key_2 == slot);
  wire b_2 = \lanes.b_pair_2 && (\lanes.b_key_2 == slot);
  wire issued = lanes$issue && (lanes$issue_key == slot);
  // In the adder.
  integer i;
  reg [2:0] under_way;
  reg adder_any;
  reg [V-1:0] adder_sum;
  always @(*) begin
    under_way = 0;
    adder_any = 0;
    adder_sum = 0;
    for (i = 0; i < LATENCY; i = i + 1) begin
      under_way = under_way + \adder.valid_line [i];
      if (\adder.valid_line [i] && (\adder.key_line [i*$bits(slot) +: $bits(slot)] == slot)) begin
        adder_any = 1;
        adder_sum = adder_sum + \adder.adder.line [i*V +: V];
      end
    end
  end
  wire moving = a_1 || b_1 || a_2 || b_2 || \pairs.any_here || issued || adder_any;
  // A take in its first cycle owns what the slot has.
  wire stored = \occupancy.cleared && \occupancy.holds && !taking[0];

  // What goes from place to place. No two visits of a cycle leave the slot, and no two pairs enter the adder.
  wire [V-1:0] first = (a_1 ? \lanes.a_value_1 : 0) + (b_1 ? \lanes.b_value_1 : 0);
  wire [V-1:0] direct = a_2 ? \lanes.a_value_2 + (\lanes.same_2 ? \lanes.b_value_2 : slots$a_read) : 0;
  wire [V-1:0] pushed = b_2 ? \lanes.b_value_2 + slots$b_read : 0;
  wire [V-1:0] popped = lanes$queue_pop && (pairs$head[2*V +: $bits(slot)] == slot)
    ? pairs$head[V +: V] + pairs$head[0 +: V] : 0;
  wire [V-1:0] entering = issued ? lanes$left + lanes$right : 0;
  wire [V-1:0] returning = adder$returned && (adder$returned_key == slot) ? adder$sum : 0;
  wire [V-1:0] leaving = a_2 ? direct : pushed;
  wire [V-1:0] next_pair = a_2 ? direct : popped;
  // So what each place must have: visits in their first cycle; the slot and its visits in their second; and beyond
  // them the pair queue; and beyond that the register before the adder, and the adder.
  reg [V-1:0] in_first, in_slot, beyond_slot, in_pairs, beyond_pairs, in_issue, in_adder;
  always @(posedge clock) begin
    in_first <= reset ? 0 : returning + sent;
    in_slot <= reset ? 0 : in_slot - (taking[0] ? expect_value[V-1:0] : 0) + in_first - leaving;
    beyond_slot <= reset ? 0 : beyond_slot + leaving - returning;
    in_pairs <= reset ? 0 : in_pairs + pushed - popped;
    beyond_pairs <= reset ? 0 : beyond_pairs + next_pair - returning;
    in_issue <= reset ? 0 : next_pair;
    in_adder <= reset ? 0 : in_adder + entering - returning;
  end
  wire [V-1:0] slot_sum = leaving + (\occupancy.cleared && \occupancy.holds ? \slots.content : 0);
  wire [V-1:0] all = in_first + in_slot + beyond_slot;
  wire [V-1:0] all_beyond_slot = in_pairs + beyond_pairs;
  wire [V-1:0] all_beyond_pairs = in_issue + in_adder;
  wire [V-1:0] sent_or_taking = total + (taking[0] ? expect_value[V-1:0] : 0);

  always @(posedge clock) if (started) begin
    assert (any == (moving || stored));
    assert (!(a_2 && b_2));
    assert (in_first == first);
    assert (in_slot == slot_sum);
    assert (sent_or_taking == all);
    assert (beyond_slot == all_beyond_slot);
    assert (in_pairs == \pairs.sum_here );
    assert (beyond_pairs == all_beyond_pairs);
    assert (in_issue == entering);
    assert (in_adder == adder_sum);
    if (!any) assert (total == 0);
    if (!unsettled) assert (!moving);
    if (taking[0]) begin
      assert (\occupancy.cleared && (\occupancy.holds == expect_full[0]));
      assert (expect_value[V-1:0] == (expect_full[0] ? \slots.content : 0));
      assert (!moving && !any);
    end
    assert (taking[0] == (\lanes.b_visit_1 && \lanes.b_take_1 && (\lanes.b_tag_1 == slot)));
    if (\lanes.b_visit_1 && \lanes.b_take_1 ) assert (\lanes.b_tag_1 == \lanes.b_key_1 );
    // The queues have room for what visits.
    assert (\pairs.count + (\lanes.b_visit_1 && !\lanes.b_take_1 ) + \lanes.b_pair_2 <= DEPTH);
    assert (\answers.count + (\lanes.b_visit_1 && \lanes.b_take_1 ) + \lanes.b_take_2 <= DEPTH);
    assert (\in_flight.count == under_way);
    // Both blocks see the same visits.
    assert (\occupancy.a_visit_1 == \lanes.a_visit_1 );
    assert (\occupancy.b_visit_1 == \lanes.b_visit_1 );
    if (\lanes.a_visit_1 ) assert (\occupancy.a_key_1 == \lanes.a_key_1 );
    if (\lanes.b_visit_1 ) assert (\occupancy.b_key_1 == \lanes.b_key_1 );
    if (\lanes.b_visit_1 ) assert (\occupancy.b_take_1 == \lanes.b_take_1 );
    if (!\occupancy.cleared ) assert (!moving);
    if (!visited) assert (!any && !\lanes.a_visit_1 && !\lanes.b_visit_1 && settled && !adder$returned);
    assert (!(slots$a_enable && slots$b_enable && (slots$a_address == slots$b_address)));
  end
  always @(posedge clock) if (started && !reset) begin
    cover (a_2 && \lanes.same_2 );
    cover (a_2 && \lanes.a_pair_2 && \lanes.b_pair_2 );
    cover (a_1 && $past(a_1 || b_1));
    cover (\pairs.any_here && value_valid && !value_ready && !point_valid);
    cover ((under_way == LATENCY) && b_1);
  end
