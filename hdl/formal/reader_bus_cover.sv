// Bursts of every kind occur: the longest, one that ends at a page, several owed at once.
  always @(posedge clock) if (started) begin
    cover (arvalid && (arlen == 63) && (araddr[11:6] == 0));
    cover (arvalid && (araddr[11:6] == 62) && (arlen == 1) && (left_now != 0));
    cover (arvalid && (owed > 64));
  end
