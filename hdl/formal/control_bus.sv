// axi/control.rs: AXI4-Lite. Every request gets one response, which stays until it is taken.
  reg [1:0] addresses, words, reads; // taken and not answered
  always @(posedge clock)
    if (reset) begin
      addresses <= 0;
      words <= 0;
      reads <= 0;
    end else begin
      addresses <= addresses + (awvalid && awready) - (bvalid && bready);
      words <= words + (wvalid && wready) - (bvalid && bready);
      reads <= reads + (arvalid && arready) - (rvalid && rready);
    end
  always @(posedge clock) if (started) begin
    assert (addresses == address_held + bvalid);
    assert (words == data_held + bvalid);
    assert (reads == addressed + chosen + rvalid);
    assert (reads <= 1);
    if (write) assert (address_held && data_held && !bvalid);
    assert (!bvalid || ((addresses != 0) && (words != 0)));
    if ($past(started) && !$past(reset)) begin
      if ($past(bvalid && !bready)) assert (bvalid && $stable(bresp));
      if ($past(rvalid && !rready)) assert (rvalid && $stable(rdata) && $stable(rresp));
      // A response comes two cycles after both halves of a write are there, and three cycles after a read's address.
      if ($past(address_held && data_held && !bvalid && !write)) assert (write);
      if ($past(write)) assert (bvalid);
      if ($past(arvalid && arready)) assert (addressed);
      if ($past(addressed)) assert (chosen);
      if ($past(chosen)) assert (rvalid);
    end
    cover (bvalid && (addresses == 2) && (words == 2));
    cover (rvalid && !rready && (rdata != 0) && $past(rvalid && !rready));
    cover ($past(bvalid && !bready) && bvalid && bready && rvalid);
  end
