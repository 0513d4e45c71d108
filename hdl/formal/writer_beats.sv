// axi/burst.rs, BurstWriter: as many beats as commanded are written, in bursts of the lengths that were
// announced, each with WLAST on its last beat and on no other.
//
// Totals since reset; one burst of any number is followed from its request to its last beat.
  reg [31:0] commanded, requested, put;
  reg [57:0] next_page_beat;
  wire command_taken = command_valid && command_ready;
  always @(*) assume (!command_taken || (command_beats != 0));
  always @(posedge clock)
    if (reset) begin
      commanded <= 0;
      requested <= 0;
      put <= 0;
    end else begin
      if (command_taken) begin
        commanded <= commanded + command_beats;
        next_page_beat <= command_address[63:6];
      end else if (drain) commanded <= commanded - left_now;
      if (request) begin
        requested <= requested + burst;
        next_page_beat <= next_page_beat + burst;
      end
      put <= put + written;
    end

  (* anyseq *) wire follow;
  reg [1:0] stage = 0; // 1: announced, 2: its beats are on their way
  reg [1:0] followed_place;
  reg [LOG_BURST:0] followed_length, followed_put;
  wire [1:0] followed_ahead = followed_place - read_position;
  always @(posedge clock)
    if (reset) stage <= 0;
    else begin
      if ((stage == 0) && request && follow) begin
        stage <= 1;
        followed_place <= write_position;
        followed_length <= burst;
      end
      if ((stage == 1) && next && (followed_ahead == 0)) begin
        stage <= 2;
        followed_put <= 0;
      end
      if ((stage == 2) && written) begin
        followed_put <= followed_put + 1;
        if (wlast) stage <= 0;
      end
    end

  always @(posedge clock) if (started) begin
    assert (commanded - requested == left_now);
    if (left_now != 0) assert (page_beat == next_page_beat);
    assert (requested - put == announced + burst_left);
    // So, when idle, exactly what was commanded has been written.
    if (idle) assert (commanded == put);
    if ($past(started) && !$past(reset) && $past(request)) begin
      assert (awaddr == {$past(next_page_beat), 6'd0});
      assert (awlen + 32'd1 == requested - $past(requested));
    end
    assert (stage != 3);
    if (stage == 1) begin
      assert (followed_ahead < queued);
      assert (lengths[followed_place] == followed_length);
    end
    if (stage == 2) begin
      assert (burst_left == followed_length - followed_put);
      assert (followed_put < followed_length);
      if (wvalid) assert (wlast == (followed_put + 1 == followed_length));
    end
    // A beat leaves the stream when the bus takes it, and not otherwise; made up ones write nothing.
    assert ((valid && ready) == (written && (wstrb != 0)));
    if (wvalid && (wstrb != 0)) assert ((wdata == beat) && (wstrb == {64{1'b1}}));
    cover (idle && (put == 7) && (unacknowledged == 0));
    cover ((stage == 2) && written && wlast && (followed_length == 3) && (queued == 2));
    cover ((queued == 4) && (put == 0));
  end
