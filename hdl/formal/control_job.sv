// axi/control.rs: the life of a job, and reset by register.
//
// Assumed of the engine: `done` comes only while a job runs.
  always @(*) if (done) assume (running);
  reg under_way; // from start to done, or to a reset by register
  always @(posedge clock)
    if (reset || resetting) under_way <= 0;
    else if (start && !done) under_way <= 1;
    else if (done) under_way <= 0;
  reg [3:0] cleared;
  always @(posedge clock) cleared <= (reset || !clear) ? 0 : cleared + 1;

  always @(posedge clock) if (started) begin
    assert (!(start && $past(start)));
    assert (resetting || (running == (under_way || start)));
    assert (clear_left <= CLEAR);
    if (start) begin
      // No start while a job runs, waits to be acknowledged, or a reset is under way.
      assert (!under_way && !done_bit && !clear);
      assert ($past(engine_idle && start_bit && !resetting));
    end
    // Arguments hold from start to done.
    if ($past(started) && !$past(reset) && $past(running || start_bit)) assert ($stable(arguments));
    // Reset by register: first drain, until drained, then clear, for CLEAR cycles.
    assert (!(drain && clear));
    if (clear) assert (clear_left + cleared == CLEAR);
    if ($past(started) && !$past(reset)) begin
      if ($past(drain && !drained)) assert (drain);
      if ($past(drain && drained)) assert (!drain && clear && (cleared == 0));
      if ($past(clear) && !clear) assert ($past(cleared) == CLEAR - 1);
      if ($rose(clear)) assert ($past(drain && drained));
      if ($rose(drain)) assert ($past(control_write && data[8] && strobe[1]));
      if ($past(control_write && data[8] && strobe[1] && !resetting)) assert (drain);
      if ($past(resetting)) assert (!running && !start_bit && !done_bit && !start);
      // A finished job stays finished until it is acknowledged.
      if ($past(done && !resetting)) assert (done_bit);
      if ($past(done_bit) && !done_bit)
        assert ($past(resetting) || $past(control_write && data[4]));
    end
    cover (start && $past(under_way, 6));
    cover ($past(clear) && !clear);
    cover (drain && $past(running));
    cover (done_bit && start_bit && engine_idle);
  end
