// axi/burst.rs, BurstReader: a drain comes to its end, by steps that only the memory's answers can delay.
//
// `work` falls with every transfer and never rises while draining; as long as it is not 0, a transfer is
// possible without anyone but the memory. So a memory that answers ends the drain.
  wire [LOG_QUEUE+1:0] work = {reserved, 1'b0} - filled + arvalid;
  always @(posedge clock) if (started) begin
    if ($past(started) && !$past(reset) && $past(drain)) begin
      assert (left_now == 0);
      assert (!command_ready || !drain);
      if ($past(taken_address || pushed || popped)) assert (work < $past(work));
      else assert (work == $past(work));
      if (drain) begin
        assert (!valid);
        assert (drained == (work == 0));
        assert (drained || arvalid || (owed != 0) || popped);
      end
    end
    cover ($past(drain) && drain && drained && $past(work != 0) && $past(drain, 4) && (owed == 0));
    cover (drain && (owed == 3) && (filled == 1));
    cover ($fell(drain) && drained);
  end
