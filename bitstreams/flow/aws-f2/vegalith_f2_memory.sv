// Three masters on one AXI4 memory of 512 bits: the host (PCIS), the kernel's reader (gmem0) and the
// kernel's reader and writer (gmem1).
//
//   host AR ─┐                        host AW, W ───────────────┐
//  gmem0 AR ─┼─ round robin ─ AR     gmem1 AW, W ─ whole bursts ┴─ one burst at a time ─ AW, W
//  gmem1 AR ─┘   R, B by the source in the upper two bits of the ID
//
// The shell gives up on a host access after 8 µs, 2000 cycles of 250 MHz, and then needs a reload of
// the image (AWS Shell Interface Specification, "PCIS Interface Timeout Details"). So nothing that the
// kernel does may hold the host back for long:
// - a burst of the kernel is written only when all its data have arrived, because the kernel sends
//   addresses ahead of results that may still take milliseconds;
// - the kernel requests a read only when it has room for all of it, so that it never stops R; eight
//   bursts of 64 beats may be under way, 512 cycles.
// IDs of the host have 14 bits at most (the shell uses 0x00 to 0x03 and 0x20).

module vegalith_f2_memory (
    input logic clock,
    input logic reset,

    // Host: as sh_cl_dma_pcis_*, bursts of whole beats of any alignment.
    input  logic [ 15:0] host_awid,
    input  logic [ 63:0] host_awaddr,
    input  logic [  7:0] host_awlen,
    input  logic [  2:0] host_awsize,
    input  logic         host_awvalid,
    output logic         host_awready,
    input  logic [511:0] host_wdata,
    input  logic [ 63:0] host_wstrb,
    input  logic         host_wlast,
    input  logic         host_wvalid,
    output logic         host_wready,
    output logic [ 15:0] host_bid,
    output logic [  1:0] host_bresp,
    output logic         host_bvalid,
    input  logic         host_bready,
    input  logic [ 15:0] host_arid,
    input  logic [ 63:0] host_araddr,
    input  logic [  7:0] host_arlen,
    input  logic [  2:0] host_arsize,
    input  logic         host_arvalid,
    output logic         host_arready,
    output logic [ 15:0] host_rid,
    output logic [511:0] host_rdata,
    output logic [  1:0] host_rresp,
    output logic         host_rlast,
    output logic         host_rvalid,
    input  logic         host_rready,

    // Kernel, m_axi_gmem0.
    input  logic [ 63:0] gmem0_araddr,
    input  logic [  7:0] gmem0_arlen,
    input  logic         gmem0_arvalid,
    output logic         gmem0_arready,
    output logic [511:0] gmem0_rdata,
    output logic [  1:0] gmem0_rresp,
    output logic         gmem0_rlast,
    output logic         gmem0_rvalid,
    input  logic         gmem0_rready,

    // Kernel, m_axi_gmem1.
    input  logic [ 63:0] gmem1_araddr,
    input  logic [  7:0] gmem1_arlen,
    input  logic         gmem1_arvalid,
    output logic         gmem1_arready,
    output logic [511:0] gmem1_rdata,
    output logic [  1:0] gmem1_rresp,
    output logic         gmem1_rlast,
    output logic         gmem1_rvalid,
    input  logic         gmem1_rready,
    input  logic [ 63:0] gmem1_awaddr,
    input  logic [  7:0] gmem1_awlen,
    input  logic         gmem1_awvalid,
    output logic         gmem1_awready,
    input  logic [511:0] gmem1_wdata,
    input  logic [ 63:0] gmem1_wstrb,
    input  logic         gmem1_wlast,
    input  logic         gmem1_wvalid,
    output logic         gmem1_wready,
    output logic [  1:0] gmem1_bresp,
    output logic         gmem1_bvalid,
    input  logic         gmem1_bready,

    // Memory.
    output logic [ 15:0] memory_awid,
    output logic [ 63:0] memory_awaddr,
    output logic [  7:0] memory_awlen,
    output logic [  2:0] memory_awsize,
    output logic         memory_awvalid,
    input  logic         memory_awready,
    output logic [511:0] memory_wdata,
    output logic [ 63:0] memory_wstrb,
    output logic         memory_wlast,
    output logic         memory_wvalid,
    input  logic         memory_wready,
    input  logic [ 15:0] memory_bid,
    input  logic [  1:0] memory_bresp,
    input  logic         memory_bvalid,
    output logic         memory_bready,
    output logic [ 15:0] memory_arid,
    output logic [ 63:0] memory_araddr,
    output logic [  7:0] memory_arlen,
    output logic [  2:0] memory_arsize,
    output logic         memory_arvalid,
    input  logic         memory_arready,
    input  logic [ 15:0] memory_rid,
    input  logic [511:0] memory_rdata,
    input  logic [  1:0] memory_rresp,
    input  logic         memory_rlast,
    input  logic         memory_rvalid,
    output logic         memory_rready
);
  localparam logic [1:0] HOST = 2'd0, GMEM0 = 2'd1, GMEM1 = 2'd2;
  localparam logic [2:0] WHOLE_BEAT = 3'd6;

  // ---------------------------------------------------------------- read addresses
  logic [1:0] turn;  // the source that goes first when several ask
  logic [1:0] chosen;
  logic       wanted;

  always_comb begin
    wanted = host_arvalid || gmem0_arvalid || gmem1_arvalid;
    unique case (turn)
      GMEM0:   chosen = gmem0_arvalid ? GMEM0 : gmem1_arvalid ? GMEM1 : HOST;
      GMEM1:   chosen = gmem1_arvalid ? GMEM1 : host_arvalid ? HOST : GMEM0;
      default: chosen = host_arvalid ? HOST : gmem0_arvalid ? GMEM0 : GMEM1;
    endcase
  end

  wire address_free = !memory_arvalid || memory_arready;
  assign host_arready  = address_free && wanted && chosen == HOST;
  assign gmem0_arready = address_free && wanted && chosen == GMEM0;
  assign gmem1_arready = address_free && wanted && chosen == GMEM1;

  always_ff @(posedge clock) begin
    if (address_free) begin
      unique case (chosen)
        GMEM0: begin
          memory_arid   <= {GMEM0, 14'd0};
          memory_araddr <= gmem0_araddr;
          memory_arlen  <= gmem0_arlen;
          memory_arsize <= WHOLE_BEAT;
        end
        GMEM1: begin
          memory_arid   <= {GMEM1, 14'd0};
          memory_araddr <= gmem1_araddr;
          memory_arlen  <= gmem1_arlen;
          memory_arsize <= WHOLE_BEAT;
        end
        default: begin
          memory_arid   <= {HOST, host_arid[13:0]};
          memory_araddr <= host_araddr;
          memory_arlen  <= host_arlen;
          memory_arsize <= host_arsize;
        end
      endcase
    end
    if (reset) begin
      memory_arvalid <= 1'b0;
      turn           <= HOST;
    end else if (address_free) begin
      memory_arvalid <= wanted;
      if (wanted) turn <= chosen == GMEM1 ? HOST : chosen + 2'd1;
    end
  end

  // ---------------------------------------------------------------- read data
  assign host_rid    = {2'd0, memory_rid[13:0]};
  assign host_rdata  = memory_rdata;
  assign host_rresp  = memory_rresp;
  assign host_rlast  = memory_rlast;
  assign gmem0_rdata = memory_rdata;
  assign gmem0_rresp = memory_rresp;
  assign gmem0_rlast = memory_rlast;
  assign gmem1_rdata = memory_rdata;
  assign gmem1_rresp = memory_rresp;
  assign gmem1_rlast = memory_rlast;

  always_comb begin
    host_rvalid   = 1'b0;
    gmem0_rvalid  = 1'b0;
    gmem1_rvalid  = 1'b0;
    memory_rready = 1'b1;
    unique case (memory_rid[15:14])
      GMEM0: begin
        gmem0_rvalid  = memory_rvalid;
        memory_rready = gmem0_rready;
      end
      GMEM1: begin
        gmem1_rvalid  = memory_rvalid;
        memory_rready = gmem1_rready;
      end
      default: begin
        host_rvalid   = memory_rvalid;
        memory_rready = host_rready;
      end
    endcase
  end

  // ---------------------------------------------------------------- the kernel's bursts, collected
  localparam int LOG_BEATS = 8, LOG_BURSTS = 2;

  logic [576:0] beats[0:(1<<LOG_BEATS)-1];
  logic [LOG_BEATS-1:0] beat_in, beat_out;
  logic [LOG_BEATS:0] num_beats;
  logic [71:0] bursts[0:(1<<LOG_BURSTS)-1];
  logic [LOG_BURSTS-1:0] burst_in, burst_out;
  logic [LOG_BURSTS:0] num_bursts;
  logic [LOG_BEATS:0] num_whole;  // bursts whose last beat has arrived
  logic take_burst, take_beat;
  logic [511:0] kernel_data;
  logic [ 63:0] kernel_strobe;
  logic         kernel_last;

  assign gmem1_awready = !num_bursts[LOG_BURSTS];
  assign gmem1_wready = !num_beats[LOG_BEATS];
  assign {kernel_last, kernel_strobe, kernel_data} = beats[beat_out];
  wire burst_pushed = gmem1_awvalid && gmem1_awready;
  wire beat_pushed = gmem1_wvalid && gmem1_wready;
  wire kernel_ready = num_bursts != '0 && num_whole != '0;

  always_ff @(posedge clock) begin
    if (beat_pushed) beats[beat_in] <= {gmem1_wlast, gmem1_wstrb, gmem1_wdata};
    if (burst_pushed) bursts[burst_in] <= {gmem1_awlen, gmem1_awaddr};
    if (reset) begin
      beat_in    <= '0;
      beat_out   <= '0;
      num_beats  <= '0;
      burst_in   <= '0;
      burst_out  <= '0;
      num_bursts <= '0;
      num_whole  <= '0;
    end else begin
      beat_in    <= beat_in + LOG_BEATS'(beat_pushed);
      beat_out   <= beat_out + LOG_BEATS'(take_beat);
      num_beats  <= num_beats + (LOG_BEATS + 1)'(beat_pushed) - (LOG_BEATS + 1)'(take_beat);
      burst_in   <= burst_in + LOG_BURSTS'(burst_pushed);
      burst_out  <= burst_out + LOG_BURSTS'(take_burst);
      num_bursts <= num_bursts + (LOG_BURSTS + 1)'(burst_pushed) - (LOG_BURSTS + 1)'(take_burst);
      num_whole  <= num_whole + (LOG_BEATS + 1)'(beat_pushed && gmem1_wlast) - (LOG_BEATS + 1)'(take_burst);
    end
  end

  // ---------------------------------------------------------------- writes, a burst at a time
  logic writing;  // a burst's address is taken, its last beat is not
  logic kernel_writes;  // whose burst it is
  logic kernel_next;  // who goes first when both ask
  wire pick_kernel = kernel_ready && (kernel_next || !host_awvalid);
  wire address_out_free = !memory_awvalid || memory_awready;
  wire pick = !writing && address_out_free && (kernel_ready || host_awvalid);

  assign take_burst   = pick && pick_kernel;
  assign host_awready = pick && !pick_kernel;
  assign take_beat    = writing && kernel_writes && memory_wready;
  assign host_wready  = writing && !kernel_writes && memory_wready;
  assign memory_wvalid = writing && (kernel_writes || host_wvalid);
  assign memory_wdata  = kernel_writes ? kernel_data : host_wdata;
  assign memory_wstrb  = kernel_writes ? kernel_strobe : host_wstrb;
  assign memory_wlast  = kernel_writes ? kernel_last : host_wlast;

  always_ff @(posedge clock) begin
    if (pick) begin
      if (pick_kernel) begin
        memory_awid <= {GMEM1, 14'd0};
        {memory_awlen, memory_awaddr} <= bursts[burst_out];
        memory_awsize <= WHOLE_BEAT;
      end else begin
        memory_awid   <= {HOST, host_awid[13:0]};
        memory_awaddr <= host_awaddr;
        memory_awlen  <= host_awlen;
        memory_awsize <= host_awsize;
      end
    end
    if (reset) begin
      memory_awvalid <= 1'b0;
      writing        <= 1'b0;
      kernel_writes  <= 1'b0;
      kernel_next    <= 1'b0;
    end else begin
      if (pick) memory_awvalid <= 1'b1;
      else if (memory_awready) memory_awvalid <= 1'b0;
      if (pick) begin
        writing       <= 1'b1;
        kernel_writes <= pick_kernel;
        kernel_next   <= !pick_kernel;
      end else if (memory_wvalid && memory_wready && memory_wlast) begin
        writing <= 1'b0;
      end
    end
  end

  // ---------------------------------------------------------------- write responses
  assign host_bid    = {2'd0, memory_bid[13:0]};
  assign host_bresp  = memory_bresp;
  assign gmem1_bresp = memory_bresp;

  always_comb begin
    host_bvalid   = 1'b0;
    gmem1_bvalid  = 1'b0;
    memory_bready = 1'b1;
    if (memory_bid[15:14] == GMEM1) begin
      gmem1_bvalid  = memory_bvalid;
      memory_bready = gmem1_bready;
    end else begin
      host_bvalid   = memory_bvalid;
      memory_bready = host_bready;
    end
  end

  wire unused = &{1'b0, host_awid[15:14], host_arid[15:14]};
endmodule
