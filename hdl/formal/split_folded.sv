// The folded engine's own account: what was taken apart is the answer at the queue's head.
  always @(posedge clock) if (started) begin
    if (!loaded) assert (!high_given);
    if (loaded && !reset) begin
      assert (answer_valid && !reading);
      assert (low_wanted == low);
      assert (high_wanted == (high && !high_given));
      assert ((high_key == answer_tag[K+1 +: K]) && (low_key == answer_tag[K-1:0]));
    end
  end
