  always @(posedge clock) if (started) begin
    cover (a_here && b_visit_1 && !b_here && a_full && b_full && $past(a_here));
    cover (b_here && b_take_1 && b_full && (key == 2) && $past(a_here));
    cover (same && holds && a_here && $past(b_here));
  end
