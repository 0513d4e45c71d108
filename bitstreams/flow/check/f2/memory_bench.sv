// vegalith_f2_memory under seeded traffic: three masters on a memory that stalls, every beat checked.
//
// The kernel's writer announces bursts and withholds their data for thousands of cycles; the host must
// finish each access within BOUND cycles all the same (the shell's limit is 2000).
// Masters drive at the falling edge and look 2 time units later, when all that is combinational has settled.
// Address map in beats: the host writes and reads 0 to 255, the kernel 256 to 511.

// Offers a transfer until it is taken, from one falling edge to another.
`define TRANSFER(port, channel) \
  port``_``channel``valid = 1; \
  do begin #2 port``_fired = port``_``channel``ready; @(negedge clock); end while (!port``_fired); \
  port``_``channel``valid = 0;

// An address and its length.
`define ADDRESS(port, channel, at, beats) \
  port``_``channel``addr = 64'(at) << 6; \
  port``_``channel``len = 8'((beats) - 1); \
  `TRANSFER(port, channel)

// Reads a span that holds a version of the pattern.
`define READ(port, at, beats, version) \
  `ADDRESS(port, ar, at, beats) \
  for (int i = 0; i < (beats); i++) begin \
    do begin @(negedge clock); #2; end while (!port``_rvalid); \
    if (port``_rdata != pattern((at) + i, version)) \
      $fatal(1, `"port: beat %0d of version %0d is wrong`", (at) + i, version); \
    if (port``_rlast != (i == (beats) - 1)) $fatal(1, `"port: rlast`"); \
  end \
  @(negedge clock);

module memory_bench;
  localparam int BOUND = 1500;
  localparam int ROUNDS = 2000;

  logic clock = 0, reset = 1;
  always #5 clock = ~clock;

  int seed;
  function automatic int random(input int below);
    seed = seed * 32'd1664525 + 32'd1013904223;
    return int'((seed >> 8) & 32'h7fffff) % below;
  endfunction
  function automatic logic [511:0] pattern(input int beat, input int version);
    return {16{32'(beat * 7919 + version * 104729 + 13)}};
  endfunction

  logic [15:0] host_awid = 16'h20, host_bid, host_arid = 16'h20, host_rid;
  logic [63:0] host_awaddr, host_araddr, host_wstrb = '1;
  logic [7:0] host_awlen, host_arlen;
  logic [2:0] host_awsize = 6, host_arsize = 6;
  logic host_awvalid = 0, host_awready, host_wlast, host_wvalid = 0, host_wready;
  logic host_bvalid, host_bready = 1, host_arvalid = 0, host_arready, host_rlast, host_rvalid, host_rready = 1;
  logic [511:0] host_wdata, host_rdata;
  logic [1:0] host_bresp, host_rresp;

  logic [63:0] gmem0_araddr, gmem1_araddr, gmem1_awaddr, gmem1_wstrb = '1;
  logic [7:0] gmem0_arlen, gmem1_arlen, gmem1_awlen;
  logic gmem0_arvalid = 0, gmem0_arready, gmem0_rlast, gmem0_rvalid, gmem0_rready = 1;
  logic gmem1_arvalid = 0, gmem1_arready, gmem1_rlast, gmem1_rvalid, gmem1_rready = 1;
  logic gmem1_awvalid = 0, gmem1_awready, gmem1_wlast, gmem1_wvalid = 0, gmem1_wready;
  logic gmem1_bvalid, gmem1_bready = 1;
  logic [511:0] gmem0_rdata, gmem1_rdata, gmem1_wdata;
  logic [1:0] gmem0_rresp, gmem1_rresp, gmem1_bresp;

  logic [15:0] memory_awid, memory_bid, memory_arid, memory_rid;
  logic [63:0] memory_awaddr, memory_araddr, memory_wstrb;
  logic [7:0] memory_awlen, memory_arlen;
  logic [2:0] memory_awsize, memory_arsize;
  logic memory_awvalid, memory_awready, memory_wlast, memory_wvalid, memory_wready;
  logic memory_bvalid, memory_bready, memory_arvalid, memory_arready, memory_rlast, memory_rvalid, memory_rready;
  logic [511:0] memory_wdata, memory_rdata;
  logic [1:0] memory_bresp = 0, memory_rresp = 0;

  vegalith_f2_memory dut (.*);

  logic host_fired, gmem0_fired, gmem1_fired;

  // ---------------------------------------------------------------- memory
  logic [511:0] cells[0:511];
  logic [31:0] reads[$], writes[$];  // {id 16, beat 9, length 7}
  int read_left = 0, write_left = 0, read_at, write_at;
  logic [15:0] responses[$];
  logic [15:0] read_id, write_id, next_id;
  logic write_awake = 0, write_known = 0;

  // As controllers do, data wait for their address.
  assign memory_wready = write_awake && write_known;

  always @(posedge clock) begin
    memory_arready <= random(4) != 0 && reads.size() < 16;
    memory_awready <= random(4) != 0 && writes.size() < 4;
    write_awake = random(8) != 0;
    if (memory_arvalid && memory_arready) reads.push_back({memory_arid, memory_araddr[14:6], memory_arlen[6:0]});
    if (memory_awvalid && memory_awready) writes.push_back({memory_awid, memory_awaddr[14:6], memory_awlen[6:0]});

    if (memory_wvalid && memory_wready) begin
      if (write_left == 0) begin
        write_at = int'(writes[0][15:7]);
        write_left = int'(writes[0][6:0]) + 1;
        write_id = writes[0][31:16];
        void'(writes.pop_front());
      end
      cells[write_at] = memory_wdata;
      write_at++;
      write_left--;
      if (memory_wlast != (write_left == 0)) $fatal(1, "wlast at the wrong beat");
      if (write_left == 0) responses.push_back(write_id);
    end
    write_known = write_left != 0 || writes.size() != 0;
    if (!memory_bvalid || memory_bready) begin
      memory_bvalid <= responses.size() != 0;
      if (responses.size() != 0) begin
        next_id = responses.pop_front();
        memory_bid <= next_id;
      end
    end
    if (!memory_rvalid || memory_rready) begin
      memory_rvalid <= 0;
      if (read_left == 0 && reads.size() != 0) begin
        read_id = reads[0][31:16];
        read_at = int'(reads[0][15:7]);
        read_left = int'(reads[0][6:0]) + 1;
        void'(reads.pop_front());
      end
      if (read_left != 0 && random(8) != 0) begin
        memory_rvalid <= 1;
        memory_rid    <= read_id;
        memory_rdata  <= cells[read_at];
        memory_rlast  <= read_left == 1;
        read_at++;
        read_left--;
      end
    end
  end

  // ---------------------------------------------------------------- host: writes a span, reads it back
  int slowest = 0, host_done = 0;
  task automatic host_round(input int round);
    int at, beats, start, cycle;
    at = random(192);
    beats = 1 + random(64);
    start = int'($time / 10);
    `ADDRESS(host, aw, at, beats)
    for (int i = 0; i < beats; i++) begin
      host_wdata = pattern(at + i, round);
      host_wlast = i == beats - 1;
      `TRANSFER(host, w)
    end
    while (!host_bvalid) @(negedge clock);
    if (host_bid != 16'h20) $fatal(1, "host: response of id %h", host_bid);
    cycle = int'($time / 10) - start;
    if (cycle > slowest) slowest = cycle;
    @(negedge clock);
    start = int'($time / 10);
    `READ(host, at, beats, round)
    cycle = int'($time / 10) - start;
    if (cycle > slowest) slowest = cycle;
  endtask

  always @(posedge clock)
    if (!reset && host_rvalid && host_rid != 16'h20) $fatal(1, "host: beat of id %h", host_rid);

  initial begin
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    repeat (8) @(negedge clock);
    reset = 0;
    for (int beat = 0; beat < 512; beat++) cells[beat] = pattern(beat, 0);
    repeat (8) @(negedge clock);
    for (int round = 1; round <= ROUNDS; round++) begin
      host_round(round);
      host_done = round;
    end
    if (reads0 < 1000 || bursts1 < 100) $fatal(1, "the kernel's ports starved: %0d beats, %0d bursts", reads0, bursts1);
    if (slowest > BOUND) $fatal(1, "a host access took %0d cycles", slowest);
    $display("memory_bench: %0d rounds, slowest host access %0d cycles, %0d beats and %0d bursts of the kernel",
             ROUNDS, slowest, reads0, bursts1);
    $finish;
  end

  // ---------------------------------------------------------------- kernel: gmem0 reads what never changes
  int reads0 = 0;
  initial begin
    wait (!reset);
    repeat (16) @(negedge clock);
    forever begin
      int at, beats;
      at = 256 + random(64);
      beats = 1 + random(64);
      `READ(gmem0, at, beats, 0)
      reads0 += beats;
    end
  end

  // gmem1 announces bursts, lets them wait, sends their data, and reads them back.
  int bursts1 = 0;
  initial begin
    wait (!reset);
    repeat (16) @(negedge clock);
    forever begin
      int beats;
      bursts1++;
      beats = 1 + random(64);
      `ADDRESS(gmem1, aw, 384, beats)
      repeat (random(3) == 0 ? 3000 : random(40)) @(negedge clock);
      for (int i = 0; i < beats; i++) begin
        gmem1_wdata = pattern(384 + i, bursts1);
        gmem1_wlast = i == beats - 1;
        `TRANSFER(gmem1, w)
        if (i != beats - 1 && random(3) == 0) repeat (random(30)) @(negedge clock);
      end
      while (!gmem1_bvalid) @(negedge clock);
      @(negedge clock);
      `READ(gmem1, 384, beats, bursts1)
    end
  end

  initial begin
    #200_000_000 $fatal(1, "stuck in round %0d", host_done);
  end
endmodule
