// axi/burst.rs, BurstWriter: what is under way on the bus, and the rules of AXI4 for it.
//
// Assumed of the memory: an answer comes only for a burst whose address and last beat it has taken.
// Assumed of the source of beats: a beat that is offered stays until it is taken. Assumed of the kernel:
// reset comes, and a drain ends, when nothing is under way (docs/formal.md says what that rests on).
  reg [15:0] addressed; // bursts whose address was taken, unanswered
  reg [15:0] finished; // bursts whose last beat was taken, unanswered
  wire taken_address = awvalid && awready;
  always @(posedge clock)
    if (reset) begin
      addressed <= 0;
      finished <= 0;
    end else begin
      addressed <= addressed + taken_address - acknowledged;
      finished <= finished + (written && wlast) - acknowledged;
    end
  wire [3:0] open = queued + (burst_left != 0);
  always @(*) if (bvalid) assume ((addressed != 0) && (finished != 0));
  always @(*) if (started && reset) assume (!awvalid && (open == 0) && (unacknowledged == 0));
  always @(posedge clock) if (started && $past(drain) && !drain) assume ($past(idle));
  always @(posedge clock)
    if (started && !$past(reset) && $past(valid && !ready)) assume (valid && $stable(beat));

  // Beats of the bursts that wait for their turn.
  integer i;
  reg [1:0] place;
  reg [31:0] announced;
  reg none_empty;
  always @(*) begin
    announced = 0;
    none_empty = 1;
    for (i = 0; i < 4; i = i + 1) begin
      place = i - read_position;
      if (place < queued) begin
        announced = announced + lengths[i];
        if ((lengths[i] == 0) || (lengths[i] > (1 << LOG_BURST))) none_empty = 0;
      end
    end
  end

  always @(posedge clock) if (started) begin
    assert (none_empty);
    assert (queued <= 4);
    assert (write_position == read_position + queued[1:0]);
    assert (unacknowledged == 32'd0 + addressed + awvalid);
    assert (unacknowledged == 32'd0 + finished + open);
    assert (burst_left <= (1 << LOG_BURST));
    if (awvalid) begin
      assert (awaddr[5:0] == 0);
      assert (awlen < (1 << LOG_BURST));
      // No burst crosses a 4096-byte page, nor a multiple of its own greatest length.
      assert (awaddr[11:6] + {2'd0, awlen} <= 8'd63);
      assert (awaddr[6+:LOG_BURST] + awlen < (1 << LOG_BURST));
    end
    if ($past(started) && !$past(reset) && $past(awvalid && !awready)) begin
      assert (awvalid);
      assert ($stable(awaddr));
      assert ($stable(awlen));
    end
    if ($past(started) && !$past(reset) && $past(wvalid && !wready)) begin
      assert (wvalid);
      assert ($stable(wdata));
      assert ($stable(wstrb));
      assert ($stable(wlast));
    end
    assert (bready);
    assert (!wvalid || (burst_left != 0));
    assert (idle == ((left_now == 0) && !awvalid && (open == 0) && (addressed == 0)));
    assert (error == (bvalid && (bresp != 0)));
  end
