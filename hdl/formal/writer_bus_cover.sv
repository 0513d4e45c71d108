// Bursts of every kind occur: the longest, one that ends at a page, data ahead of their address.
  always @(posedge clock) if (started) begin
    cover (awvalid && (awlen == 63) && (awaddr[11:6] == 0));
    cover (awvalid && (awaddr[11:6] == 62) && (awlen == 1) && (left_now != 0));
    cover ((finished == 2) && (addressed == 3));
    cover ((finished == 1) && (addressed == 0) && awvalid);
    cover ($past(started) && $past(wvalid && !wready) && wready && drain && (wstrb != 0));
  end
