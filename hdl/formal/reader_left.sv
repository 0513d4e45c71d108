// axi/burst.rs, BurstReader: the registers that stand for what is left of a command and for what is queued.
//
// Assumed of the kernel: a command is of a beat or more.
  always @(*) if (command_valid) assume (command_beats != 0);
  wire [31:0] left_now = some_left ? left : 0;
  wire [31:0] to_end_of_burst = (1 << LOG_BURST) - page_beat[LOG_BURST-1:0];
  always @(*) if (started) begin
    assert (some_filled == (filled != 0));
    assert (some_free == (filled != (1 << LOG_QUEUE)));
    if (some_left) assert (left != 0);
    if (some_left && !arvalid) begin
      assert (burst == ((left < to_end_of_burst) ? left : to_end_of_burst));
      if (room) assert (reserved + (1 << LOG_BURST) <= (1 << LOG_QUEUE));
      assert (last_burst == (left <= to_end_of_burst));
    end
  end
