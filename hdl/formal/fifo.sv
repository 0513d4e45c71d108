// rtl/fifo.rs: what goes in comes out, once, in order; `overflow` tells of every push that is lost.
//
// One entry, any, is followed from push to pop: `ahead` of it wait so many others. DEPTH is the
// capacity, RESERVE what `ready` keeps free.
  (* anyseq *) wire pick;
  reg followed = 0;
  reg [$bits(head)-1:0] followed_data;
  reg [PLACES:0] ahead;
  wire [PLACES-1:0] followed_place = read_position + ahead[PLACES-1:0];
  wire leaves = taken && (ahead == 0);
  reg lost;
  always @(posedge clock) begin
    if (reset) begin
      followed <= 0;
      lost <= 0;
    end else begin
      if (push && (count == DEPTH)) lost <= 1;
      if (followed && taken) begin
        ahead <= ahead - 1;
        if (leaves) followed <= 0;
      end
      if (!followed && pick && push && (count != DEPTH)) begin
        followed <= 1;
        followed_data <= data;
        ahead <= count - taken;
      end
    end
  end

  always @(posedge clock) if (started) begin
    assert (overflow == lost);
    // The followed entry is there, is what it was, and leaves when its turn comes.
    if (followed) begin
      assert (valid);
      assert (ahead < count);
      assert (mem[followed_place] == followed_data);
    end
    if (followed && leaves && !reset) assert (head == followed_data);
    // A stream: an entry that is not taken stays.
    if ($past(started) && !$past(reset) && $past(valid) && !$past(pop)) begin
      assert (valid);
      assert (head == $past(head));
    end
    // An entry arrives a cycle after its push.
    if ($past(started) && !$past(reset) && $past(push) && ($past(count) == 0))
      assert (valid && (head == $past(data)));
    cover (followed && leaves && (ahead == 0) && (followed_data == 5) && overflow);
    cover (!ready && valid && !overflow);
    cover ((count == DEPTH) && pop && push);
  end
