// rtl/fifo.rs, a single place: what is pushed into the empty place stands there until it is popped; `overflow`
// tells of every other push.
  reg full;
  reg [$bits(data)-1:0] stored_data;
  reg lost;
  always @(posedge clock) begin
    if (push && !full) stored_data <= data;
    full <= !reset && (full ? !pop : push);
    lost <= !reset && (lost || (push && full));
  end
  always @(posedge clock) if (started) begin
    assert (valid == full);
    assert (ready == !full);
    assert (overflow == lost);
    if (valid) assert (head == stored_data);
    cover (valid && pop && (head == 5) && !overflow);
    cover (valid && push && !pop);
  end
