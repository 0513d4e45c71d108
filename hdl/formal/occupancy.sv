// msm/merge.rs, Occupancy: `full` tells whether a slot holds a value, for two lanes that visit any slots.
//
// One slot, any, is followed; visits are answered, and count, a cycle after they are made. Assumed, as the
// contract asks: every slot is cleared after reset, and nothing visits meanwhile.
  (* anyconst *) wire [$bits(a_key)-1:0] key;
  reg cleared = 0;
  always @(posedge clock) begin
    if (clear && (clear_key == key)) cleared <= 1;
    if (reset) cleared <= 0;
  end
  always @(*) if (!cleared) assume (!a_visit && !b_visit);
  always @(*) if (clear) assume (!a_visit && !b_visit && !a_visit_1 && !b_visit_1);
  wire a_here = a_visit_1 && (a_key_1 == key);
  wire b_here = b_visit_1 && (b_key_1 == key);
  reg holds;
  always @(posedge clock)
    if (clear && (clear_key == key)) holds <= 0;
    else if (a_here && !b_here) holds <= !holds;
    else if (b_here && !a_here) holds <= !holds && !b_take_1;
  // The account of the four copies.
  always @(posedge clock) if (started && cleared) begin
    assert (a_for_a[key] == a_for_b[key]);
    assert (b_for_a[key] == b_for_b[key]);
    assert ((a_for_a[key] ^ b_for_a[key]) == holds);
    if (a_here) assert (a_own == a_for_a[key]);
    if (b_here) assert (b_own == b_for_b[key]);
    if (a_here) assert (b_other == b_for_a[key]);
    if (b_here) assert (a_other == a_for_b[key]);
  end
  always @(posedge clock) if (started) begin
    if (!cleared) assert (!a_visit_1 && !b_visit_1 && !a_toggled && !b_toggled);
    if (a_here && !b_here) assert (!same && (a_full == holds));
    if (b_here && !a_here) assert (!same && (b_full == holds));
    if (a_here && b_here) assert (same);
  end
