// axi/burst.rs, BurstWriter: the registers that stand for what is left of a command.
//
// Assumed of the kernel: a command is of a beat or more.
  always @(*) if (command_valid) assume (command_beats != 0);
  wire [31:0] left_now = some_left ? left : 0;
  wire [31:0] to_end_of_burst = (1 << LOG_BURST) - page_beat[LOG_BURST-1:0];
  always @(*) if (started) begin
    if (some_left) assert (left != 0);
    assert (empty_data == empty_beats);
    assert (some_queued == (queued != 0));
    assert (in_burst == (burst_left != 0));
    if (in_burst) assert (wlast == (burst_left == 1));
    if (!awvalid && room) assert ((queued != 4) && (unacknowledged != 16'hffff));
    if (some_left && !awvalid) begin
      assert (burst == ((left < to_end_of_burst) ? left : to_end_of_burst));
      assert (last_burst == (left <= to_end_of_burst));
    end
  end
