// axi/burst.rs, BurstWriter: a drain comes to its end, by steps that only the memory's answers can delay,
// and nothing is written that did not come from the stream.
  wire [31:0] work = awvalid + announced + burst_left + queued + unacknowledged;
  always @(posedge clock) if (started) begin
    if (queued != 0) assert (announced >= queued);
    if ($past(started) && !$past(reset) && $past(drain)) begin
      assert (left_now == 0);
      if ($past(taken_address || written || next || acknowledged)) assert (work < $past(work));
      else assert (work == $past(work));
      if (drain) begin
        // Nothing but the memory is waited for.
        assert ((work == 0) == idle);
        assert (idle || awvalid || wvalid || next || ((addressed != 0) && (finished != 0)));
        // A beat of the stream is only put while it was on the bus already.
        if (wvalid && (wstrb != 0)) assert ($past(wvalid && !wready));
      end
    end
    cover ($past(drain, 2) && drain && idle && $past(work == 1) && $past(stage == 2, 3));
    cover (drain && written && (wstrb == 0));
    cover (drain && written && (wstrb != 0) && $past(drain));
  end
