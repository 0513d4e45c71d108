// axi/burst.rs, BurstReader: as many beats as commanded are requested, in a row, and all are delivered
// in order.
//
// Totals since reset. One beat of any number is followed: its address when requested, its data from the
// bus to the stream. Assumed: commands have 64-byte aligned addresses and do not pass 2^32 beats in sum,
// beyond which the totals of this file would wrap.
  (* anyseq *) wire follow;
  reg [31:0] commanded, requested, received, delivered;
  reg [57:0] next_page_beat;
  reg [31:0] command_left;
  wire command_taken = command_valid && command_ready;
  wire beat_taken = valid && ready;
  always @(*) assume (!command_taken || (command_beats != 0));
  always @(posedge clock)
    if (reset) begin
      commanded <= 0;
      requested <= 0;
      received <= 0;
      delivered <= 0;
      command_left <= 0;
    end else begin
      // A drain forgets what has not been requested, and drops what arrives.
      if (command_taken) begin
        commanded <= commanded + command_beats;
        next_page_beat <= command_address[63:6];
        command_left <= command_beats;
      end else if (drain) begin
        commanded <= commanded - left_now;
        command_left <= 0;
      end
      if (request) begin
        requested <= requested + burst;
        next_page_beat <= next_page_beat + burst;
        command_left <= command_left - burst;
      end
      received <= received + pushed;
      delivered <= delivered + popped;
    end

  reg followed = 0;
  reg [31:0] followed_number;
  reg [$bits(rdata)-1:0] followed_data;
  always @(posedge clock)
    if (reset) followed <= 0;
    else if (pushed && follow && !followed) begin
      followed <= 1;
      followed_number <= received;
      followed_data <= rdata;
    end else if (popped && (followed_number == delivered)) followed <= 0;
  wire [31:0] followed_ahead = followed_number - delivered;
  wire [LOG_QUEUE-1:0] followed_place = read_position + followed_ahead[LOG_QUEUE-1:0];

  always @(posedge clock) if (started) begin
    assert (commanded - requested == left_now);
    assert (command_left == left_now);
    if (left_now != 0) assert (page_beat == next_page_beat);
    assert (requested - delivered == reserved);
    assert (received - delivered == filled);
    // So, when idle, exactly what was commanded has been delivered.
    if (drained) assert (commanded == delivered);
    if ($past(started) && !$past(reset) && $past(request)) begin
      assert (araddr == {$past(next_page_beat), 6'd0});
      assert (arlen + 32'd1 == requested - $past(requested));
    end
    if (followed) begin
      assert (followed_ahead < filled);
      assert (mem[followed_place] == followed_data);
      if (beat_taken && (followed_ahead == 0)) assert (beat == followed_data);
    end
    if ($past(started) && !$past(reset) && $past(valid && !ready) && !drain) begin
      assert (valid);
      assert (beat == $past(beat));
    end
    cover (drained && (delivered == 7) && !followed && $past(followed));
    cover (beat_taken && followed && (followed_ahead == 0) && (followed_number == 4));
    cover (arvalid && (arlen == (1 << LOG_BURST) - 1) && (requested > (1 << LOG_BURST)));
  end
