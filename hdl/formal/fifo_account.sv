// rtl/fifo.rs: a queue's own account of itself. DEPTH is its capacity, RESERVE what `ready` keeps free.
  localparam PLACES = $clog2(DEPTH);
  always @(posedge clock) if (started) begin
    assert (count <= DEPTH);
    assert (write_position == read_position + count[PLACES-1:0]);
    assert (valid == (count != 0));
    assert (at_capacity == (count == DEPTH));
    assert (ready == (DEPTH - count > RESERVE));
  end
