// Where values for the followed slot may be in the folded engine, and that these are all; and the pace that lets a
// sum find its place: msm/folded.rs, check_pace.
  (* hierconn *) wire \occupancy.b_visit_1 ;
  (* hierconn *) wire \occupancy.b_take_1 ;
  (* hierconn *) wire \occupancy.a_visit_1 ;
  (* hierconn *) wire [$bits(slot)-1:0] \occupancy.b_key_1 ;
  (* hierconn *) wire [2:0] \lanes.stage ;
  (* hierconn *) wire \lanes.take ;
  (* hierconn *) wire \lanes.full ;
  (* hierconn *) wire \lanes.enable ;
  (* hierconn *) wire [$bits(slot)-1:0] \lanes.key ;
  (* hierconn *) wire [$bits(slot)-1:0] \lanes.tag ;
  (* hierconn *) wire [V-1:0] \lanes.value ;
  (* hierconn *) wire [$bits(slot)-1:0] \adder.older ;
  (* hierconn *) wire [$bits(slot)-1:0] \adder.newer ;
  (* hierconn *) wire \adder.first_key ;
  (* hierconn *) wire \adder.next_key ;
  (* hierconn *) wire [3:0] \adder.adder.since ;
  (* hierconn *) wire [LATENCY-1:0] \adder.adder.under_way ;
  (* hierconn *) wire [LATENCY*V-1:0] \adder.adder.line ;
  (* hierconn *) wire [2:0] \in_flight.count ;
  wire [2:0] stage = \lanes.stage ;
  wire [3:0] since = \adder.adder.since ;
  wire [LATENCY-1:0] under_way = \adder.adder.under_way ;
  wire [LATENCY-1:0] newest = (1 << since) >> 1;
  wire [LATENCY-1:0] returns = 1 << (LATENCY - 1);

  // A visit in its three cycles: a value that finds one reads it in the second, and leaves as a pair in the third.
  wire here = !\lanes.take && (\lanes.key == slot);
  wire at_1 = stage[0] && here;
  wire at_2 = stage[1] && here;
  wire at_3 = stage[2] && here && \lanes.full ;
  wire paired = pairs$valid && (pairs$head[2*V +: $bits(slot)] == slot);
  wire waiting = sum_store$pending && (sum_store$key == slot);
  // In the adder: the older of two is further on.
  integer i;
  reg [2:0] num_under_way;
  reg older_passed;
  reg adder_any;
  reg [V-1:0] adder_sum;
  always @(*) begin
    num_under_way = 0;
    older_passed = 0;
    adder_any = 0;
    adder_sum = 0;
    for (i = LATENCY - 1; i >= 0; i = i - 1)
      if (under_way[i]) begin
        num_under_way = num_under_way + 1;
        if ((older_passed ? \adder.newer : \adder.older ) == slot) begin
          adder_any = 1;
          adder_sum = adder_sum + \adder.adder.line [i*V +: V];
        end
        older_passed = 1;
      end
  end
  wire moving = at_1 || at_2 || at_3 || paired || adder_any || waiting;
  // What the slot has: nothing yet while a value is about to be written, and for a take what it had.
  wire stored = \occupancy.cleared && \occupancy.holds && !taking[0] && !(at_2 && !\lanes.full );

  // What goes from place to place.
  wire [V-1:0] leaving = at_3 ? \lanes.value + slots$b_read : 0;
  wire [V-1:0] entering = paired && adder$accepted ? pairs$head[V +: V] + pairs$head[0 +: V] : 0;
  wire [V-1:0] returning = adder$returned && (adder$returned_key == slot) ? adder$sum : 0;
  wire [V-1:0] merging = value_lane$sum_taken && waiting ? sum_store$value : 0;
  // So what each place must have: the slot and its visits; and beyond them the place for a pair, the adder, and the
  // sum that waits.
  reg [V-1:0] in_slot, beyond_slot, in_pair, in_adder, in_store;
  always @(posedge clock) begin
    in_slot <= reset ? 0 : in_slot + sent + merging - (take_here ? total : 0) - leaving;
    beyond_slot <= reset ? 0 : beyond_slot + leaving - merging;
    in_pair <= reset ? 0 : in_pair + leaving - entering;
    in_adder <= reset ? 0 : in_adder + entering - returning;
    in_store <= reset ? 0 : in_store + returning - merging;
  end
  wire [V-1:0] all = in_slot + beyond_slot;
  wire [V-1:0] all_beyond = in_pair + in_adder + in_store;
  wire [V-1:0] slot_sum = leaving + (at_1 || at_2 ? \lanes.value : 0)
    + ((at_2 && \lanes.full ) || stored ? \slots.content : 0);
  wire [V-1:0] pair_sum = paired ? pairs$head[V +: V] + pairs$head[0 +: V] : 0;
  wire [V-1:0] store_sum = waiting ? sum_store$value : 0;

  always @(posedge clock) if (started) begin
    assert (any == (moving || stored));
    if (!any) assert (total == 0);
    assert (total == all);
    assert (in_slot == slot_sum);
    assert (beyond_slot == all_beyond);
    assert (in_pair == pair_sum);
    assert (in_adder == adder_sum);
    assert (in_store == store_sum);
    if (!unsettled) assert (!moving);
    // A take on its way finds what is expected.
    assert (taking == (\lanes.take && (\lanes.tag == slot) ? stage : 0));
    if (\lanes.take && (stage != 0)) assert (\lanes.tag == \lanes.key );
    if (taking[0]) assert (\occupancy.cleared && (\occupancy.holds == expect_full[0]) && !any);
    if (taking[0] && expect_full[0]) assert (\slots.content == expect_value[0 +: V]);
    if (taking[1]) assert (\lanes.full == expect_full[1]);
    if (taking[1] && expect_full[1]) assert (\slots.content == expect_value[V +: V]);
    if (stage[1]) assert (\lanes.enable == (\lanes.full || !\lanes.take ));
    if (at_2) assert (\occupancy.holds == !\lanes.full );
    // One visit at a time; both blocks see it; its pair and its answer find their places empty.
    assert ((stage == 0) || (stage == 1) || (stage == 2) || (stage == 4));
    assert (\occupancy.b_visit_1 == stage[0]);
    assert (!\occupancy.a_visit_1 );
    if (stage[0]) assert ((\occupancy.b_key_1 == \lanes.key ) && (\occupancy.b_take_1 == \lanes.take ));
    assert ((pairs$ready == !pairs$valid) && (answers$ready == !answers$valid));
    if ((stage != 0) && !\lanes.take ) assert (!pairs$valid);
    if ((stage != 0) && \lanes.take ) assert (!answers$valid);
    // Two sums are under way only in the cycle in which the older one returns.
    assert ((since >= 1) && (since <= LATENCY + 1));
    assert ((under_way == newest) || ((since == 1) && (under_way == (newest | returns))));
    assert (\in_flight.count == num_under_way);
    assert ((\adder.next_key ^ \adder.first_key ) == num_under_way[0]);
    // A sum that waits is gone before the next returns.
    if (since == 1) assert (!pairs$valid);
    if (sum_store$pending) begin
      assert (since != LATENCY);
      if (since == 1) assert (!stage[0] && (!adder$returned || (stage == 0)));
      if (since == 3) assert (!stage[0]);
      if (since == 4) assert (!stage[0] && !stage[1]);
      if (since == 5) assert (stage == 0);
    end
    if (!\occupancy.cleared ) assert (!moving);
    if (!visited) assert (!any && (stage == 0) && settled && !adder$returned);
  end
  always @(posedge clock) if (started && !reset) begin
    // A pair waits for the adder, and a value or a sum for the pair's place; a sum goes when the next returns.
    cover (paired && !adder$accepted && value_valid);
    cover (waiting && pairs$valid);
    cover (waiting && value_lane$sum_taken && adder$returned);
    // A sum meets a value.
    cover (at_3 && $past(waiting && value_lane$sum_taken, 3));
    cover (adder_any && stored && at_1);
  end
