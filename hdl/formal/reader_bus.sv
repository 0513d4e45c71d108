// axi/burst.rs, BurstReader: what is under way on the bus, and the rules of AXI4 for it.
//
// Assumed of the memory: beats come only for bursts whose address it has taken. Assumed of the kernel:
// reset comes when nothing is under way (docs/formal.md says what that rests on).
  reg [31:0] owed;
  wire taken_address = arvalid && arready;
  wire [31:0] burst_out = arvalid ? {24'd0, arlen} + 32'd1 : 32'd0;
  always @(posedge clock)
    if (reset) owed <= 0;
    else owed <= owed + (taken_address ? burst_out : 32'd0) - pushed;
  always @(*) if (rvalid) assume (owed != 0);
  always @(*) if (started && reset) assume (!arvalid && (owed == 0));

  always @(posedge clock) if (started) begin
    // Every requested beat has its place: on its way to the bus, owed by it, or in the queue.
    assert (reserved == burst_out + owed + filled);
    assert (reserved <= (1 << LOG_QUEUE));
    assert (owed <= (1 << LOG_QUEUE));
    assert (write_position == read_position + filled[LOG_QUEUE-1:0]);
    assert ((owed == 0) || rready);
    if (arvalid) begin
      assert (araddr[5:0] == 0);
      assert (arlen < (1 << LOG_BURST));
      // No burst crosses a 4096-byte page, nor a multiple of its own greatest length.
      assert (araddr[11:6] + {2'd0, arlen} <= 8'd63);
      assert (araddr[6+:LOG_BURST] + arlen < (1 << LOG_BURST));
    end
    if ($past(started) && !$past(reset) && $past(arvalid && !arready)) begin
      assert (arvalid);
      assert ($stable(araddr));
      assert ($stable(arlen));
    end
    assert (drained == ((left_now == 0) && !arvalid && (owed == 0) && (filled == 0)));
    assert (error == (pushed && (rresp != 0)));
  end
