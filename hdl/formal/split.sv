// msm/feed.rs and msm/folded.rs, Split: an answer that has a value gives it once to the set of its high half and then
// once to that of its low half, to whichever it is wanted in, and one without a value to none; only then it is popped.
//
// Assumed, as the queue of answers has it: an answer stays until it is popped. `reading` does not change meanwhile.
  localparam K = $bits(key);
  wire high = answer_full && answer_tag[2*K+1];
  wire low = answer_full && answer_tag[K];
  wire given = valid && ready;
  reg high_given, low_given;
  always @(posedge clock)
    if (reset || pop) {high_given, low_given} <= 0;
    else if (given) begin
      high_given <= 1;
      low_given <= high_given || !high;
    end
  always @(posedge clock) if (started && $past(started) && !$past(reset) && $past(answer_valid && !pop)) begin
    assume (answer_valid && (answer_full == $past(answer_full)) && (answer_tag == $past(answer_tag)));
    assume (reading == $past(reading));
  end
  always @(posedge clock) if (started && !reset) begin
    assert (!low_given);
    if (high_given) assert (answer_valid && high && low);
    if (valid) begin
      assert (answer_valid && !reading);
      if (high && !high_given) assert (key == answer_tag[K+1 +: K]);
      else assert (low && (key == answer_tag[K-1:0]));
    end
    if (pop) begin
      assert (answer_valid && !reading);
      assert (!high || high_given || given);
      assert (!low || low_given || (given && (high_given || !high)));
    end
    // A stream: a value that is not taken stays.
    if ($past(started && !reset && valid && !ready)) assert (valid && (key == $past(key)));
    cover (pop && given && high_given && $past(valid && !ready));
    cover (pop && answer_full && given && !high_given);
    cover (pop && !answer_full);
  end
