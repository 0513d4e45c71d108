// Custom logic of AWS F2: one kernel, its registers in AppPF BAR0 (OCL), the DDR4 in AppPF BAR4 (PCIS).
//
//   OCL  ── crossing ── s_axi_control ─ kernel ─ gmem0, gmem1 ─┐
//   PCIS ── crossing ──────────────────────────────────────────┴─ memory ─ SH_DDR
//
// Everything runs on clk_main_a0. `cl_ports.vh` and `sh_ddr` are the HDK's; the kernel's module name is
// defined in `vegalith_kernel.vh`, which the flow writes. The registers answer at every multiple of
// their 4096 bytes. Virtual LED 0 shows that the DDR4 is calibrated: memory is not to be used before.

`include "vegalith_kernel.vh"

module vegalith_cl (
    `include "cl_ports.vh"
);
  `include "cl_id_defines.vh"

  wire clock = clk_main_a0;

  // ---------------------------------------------------------------- reset
  logic reset_n;
  logic clear;  // the shell has a port named `reset`, of its JTAG
  vegalith_f2_pipe #(
      .WIDTH(1)
  ) reset_pipe (
      .clock,
      .data(rst_main_n),
      .delayed(reset_n)
  );
  always_ff @(posedge clock) clear <= !reset_n;

  // ---------------------------------------------------------------- registers: OCL to the kernel
  logic [11:0] control_awaddr, control_araddr;
  logic control_awvalid, control_awready, control_wvalid, control_wready;
  logic control_bvalid, control_bready, control_arvalid, control_arready, control_rvalid, control_rready;
  logic [31:0] control_wdata, control_rdata;
  logic [3:0] control_wstrb;
  logic [1:0] control_bresp, control_rresp;

  vegalith_f2_crossing #(
      .WIDTH(12)
  ) ocl_aw (
      .clock,
      .reset(clear),
      .up_valid(ocl_cl_awvalid),
      .up_ready(cl_ocl_awready),
      .up_data(ocl_cl_awaddr[11:0]),
      .down_valid(control_awvalid),
      .down_ready(control_awready),
      .down_data(control_awaddr)
  );
  vegalith_f2_crossing #(
      .WIDTH(36)
  ) ocl_w (
      .clock,
      .reset(clear),
      .up_valid(ocl_cl_wvalid),
      .up_ready(cl_ocl_wready),
      .up_data({ocl_cl_wstrb, ocl_cl_wdata}),
      .down_valid(control_wvalid),
      .down_ready(control_wready),
      .down_data({control_wstrb, control_wdata})
  );
  vegalith_f2_crossing #(
      .WIDTH(2)
  ) ocl_b (
      .clock,
      .reset(clear),
      .up_valid(control_bvalid),
      .up_ready(control_bready),
      .up_data(control_bresp),
      .down_valid(cl_ocl_bvalid),
      .down_ready(ocl_cl_bready),
      .down_data(cl_ocl_bresp)
  );
  vegalith_f2_crossing #(
      .WIDTH(12)
  ) ocl_ar (
      .clock,
      .reset(clear),
      .up_valid(ocl_cl_arvalid),
      .up_ready(cl_ocl_arready),
      .up_data(ocl_cl_araddr[11:0]),
      .down_valid(control_arvalid),
      .down_ready(control_arready),
      .down_data(control_araddr)
  );
  vegalith_f2_crossing #(
      .WIDTH(34)
  ) ocl_r (
      .clock,
      .reset(clear),
      .up_valid(control_rvalid),
      .up_ready(control_rready),
      .up_data({control_rresp, control_rdata}),
      .down_valid(cl_ocl_rvalid),
      .down_ready(ocl_cl_rready),
      .down_data({cl_ocl_rresp, cl_ocl_rdata})
  );

  // ---------------------------------------------------------------- host memory access: PCIS
  logic [15:0] host_awid, host_bid, host_arid, host_rid;
  logic [63:0] host_awaddr, host_araddr, host_wstrb;
  logic [7:0] host_awlen, host_arlen;
  logic [2:0] host_awsize, host_arsize;
  logic [511:0] host_wdata, host_rdata;
  logic [1:0] host_bresp, host_rresp;
  logic host_awvalid, host_awready, host_wlast, host_wvalid, host_wready, host_bvalid, host_bready;
  logic host_arvalid, host_arready, host_rlast, host_rvalid, host_rready;

  vegalith_f2_crossing #(
      .WIDTH(91)
  ) pcis_aw (
      .clock,
      .reset(clear),
      .up_valid(sh_cl_dma_pcis_awvalid),
      .up_ready(cl_sh_dma_pcis_awready),
      .up_data({sh_cl_dma_pcis_awid, sh_cl_dma_pcis_awaddr, sh_cl_dma_pcis_awlen, sh_cl_dma_pcis_awsize}),
      .down_valid(host_awvalid),
      .down_ready(host_awready),
      .down_data({host_awid, host_awaddr, host_awlen, host_awsize})
  );
  vegalith_f2_crossing #(
      .WIDTH(577)
  ) pcis_w (
      .clock,
      .reset(clear),
      .up_valid(sh_cl_dma_pcis_wvalid),
      .up_ready(cl_sh_dma_pcis_wready),
      .up_data({sh_cl_dma_pcis_wlast, sh_cl_dma_pcis_wstrb, sh_cl_dma_pcis_wdata}),
      .down_valid(host_wvalid),
      .down_ready(host_wready),
      .down_data({host_wlast, host_wstrb, host_wdata})
  );
  vegalith_f2_crossing #(
      .WIDTH(18)
  ) pcis_b (
      .clock,
      .reset(clear),
      .up_valid(host_bvalid),
      .up_ready(host_bready),
      .up_data({host_bid, host_bresp}),
      .down_valid(cl_sh_dma_pcis_bvalid),
      .down_ready(sh_cl_dma_pcis_bready),
      .down_data({cl_sh_dma_pcis_bid, cl_sh_dma_pcis_bresp})
  );
  vegalith_f2_crossing #(
      .WIDTH(91)
  ) pcis_ar (
      .clock,
      .reset(clear),
      .up_valid(sh_cl_dma_pcis_arvalid),
      .up_ready(cl_sh_dma_pcis_arready),
      .up_data({sh_cl_dma_pcis_arid, sh_cl_dma_pcis_araddr, sh_cl_dma_pcis_arlen, sh_cl_dma_pcis_arsize}),
      .down_valid(host_arvalid),
      .down_ready(host_arready),
      .down_data({host_arid, host_araddr, host_arlen, host_arsize})
  );
  vegalith_f2_crossing #(
      .WIDTH(531)
  ) pcis_r (
      .clock,
      .reset(clear),
      .up_valid(host_rvalid),
      .up_ready(host_rready),
      .up_data({host_rid, host_rlast, host_rresp, host_rdata}),
      .down_valid(cl_sh_dma_pcis_rvalid),
      .down_ready(sh_cl_dma_pcis_rready),
      .down_data({cl_sh_dma_pcis_rid, cl_sh_dma_pcis_rlast, cl_sh_dma_pcis_rresp, cl_sh_dma_pcis_rdata})
  );
  assign cl_sh_dma_pcis_ruser = '0;
  assign cl_sh_dma_wr_full = 1'b0;
  assign cl_sh_dma_rd_full = 1'b0;

  // ---------------------------------------------------------------- the kernel
  logic [63:0] gmem0_araddr, gmem1_araddr, gmem1_awaddr, gmem1_wstrb;
  logic [7:0] gmem0_arlen, gmem1_arlen, gmem1_awlen;
  logic [511:0] gmem0_rdata, gmem1_rdata, gmem1_wdata;
  logic [1:0] gmem0_rresp, gmem1_rresp, gmem1_bresp;
  logic gmem0_arvalid, gmem0_arready, gmem0_rlast, gmem0_rvalid, gmem0_rready;
  logic gmem1_arvalid, gmem1_arready, gmem1_rlast, gmem1_rvalid, gmem1_rready;
  logic gmem1_awvalid, gmem1_awready, gmem1_wlast, gmem1_wvalid, gmem1_wready;
  logic gmem1_bvalid, gmem1_bready;
  logic [2:0] gmem0_arsize, gmem1_arsize, gmem1_awsize;
  logic [1:0] gmem0_arburst, gmem1_arburst, gmem1_awburst;

  `VEGALITH_KERNEL kernel (
      .ap_clk(clock),
      .ap_rst_n(reset_n),
      .s_axi_control_awaddr(control_awaddr),
      .s_axi_control_awvalid(control_awvalid),
      .s_axi_control_awready(control_awready),
      .s_axi_control_wdata(control_wdata),
      .s_axi_control_wstrb(control_wstrb),
      .s_axi_control_wvalid(control_wvalid),
      .s_axi_control_wready(control_wready),
      .s_axi_control_bresp(control_bresp),
      .s_axi_control_bvalid(control_bvalid),
      .s_axi_control_bready(control_bready),
      .s_axi_control_araddr(control_araddr),
      .s_axi_control_arvalid(control_arvalid),
      .s_axi_control_arready(control_arready),
      .s_axi_control_rdata(control_rdata),
      .s_axi_control_rresp(control_rresp),
      .s_axi_control_rvalid(control_rvalid),
      .s_axi_control_rready(control_rready),
      .m_axi_gmem0_araddr(gmem0_araddr),
      .m_axi_gmem0_arlen(gmem0_arlen),
      .m_axi_gmem0_arsize(gmem0_arsize),
      .m_axi_gmem0_arburst(gmem0_arburst),
      .m_axi_gmem0_arvalid(gmem0_arvalid),
      .m_axi_gmem0_arready(gmem0_arready),
      .m_axi_gmem0_rdata(gmem0_rdata),
      .m_axi_gmem0_rresp(gmem0_rresp),
      .m_axi_gmem0_rlast(gmem0_rlast),
      .m_axi_gmem0_rvalid(gmem0_rvalid),
      .m_axi_gmem0_rready(gmem0_rready),
      .m_axi_gmem1_araddr(gmem1_araddr),
      .m_axi_gmem1_arlen(gmem1_arlen),
      .m_axi_gmem1_arsize(gmem1_arsize),
      .m_axi_gmem1_arburst(gmem1_arburst),
      .m_axi_gmem1_arvalid(gmem1_arvalid),
      .m_axi_gmem1_arready(gmem1_arready),
      .m_axi_gmem1_rdata(gmem1_rdata),
      .m_axi_gmem1_rresp(gmem1_rresp),
      .m_axi_gmem1_rlast(gmem1_rlast),
      .m_axi_gmem1_rvalid(gmem1_rvalid),
      .m_axi_gmem1_rready(gmem1_rready),
      .m_axi_gmem1_awaddr(gmem1_awaddr),
      .m_axi_gmem1_awlen(gmem1_awlen),
      .m_axi_gmem1_awsize(gmem1_awsize),
      .m_axi_gmem1_awburst(gmem1_awburst),
      .m_axi_gmem1_awvalid(gmem1_awvalid),
      .m_axi_gmem1_awready(gmem1_awready),
      .m_axi_gmem1_wdata(gmem1_wdata),
      .m_axi_gmem1_wstrb(gmem1_wstrb),
      .m_axi_gmem1_wlast(gmem1_wlast),
      .m_axi_gmem1_wvalid(gmem1_wvalid),
      .m_axi_gmem1_wready(gmem1_wready),
      .m_axi_gmem1_bresp(gmem1_bresp),
      .m_axi_gmem1_bvalid(gmem1_bvalid),
      .m_axi_gmem1_bready(gmem1_bready)
  );

  // ---------------------------------------------------------------- memory
  logic [15:0] memory_awid, memory_bid, memory_arid, memory_rid;
  logic [63:0] memory_awaddr, memory_araddr, memory_wstrb;
  logic [7:0] memory_awlen, memory_arlen;
  logic [2:0] memory_awsize, memory_arsize;
  logic [511:0] memory_wdata, memory_rdata;
  logic [1:0] memory_bresp, memory_rresp;
  logic memory_awvalid, memory_awready, memory_wlast, memory_wvalid, memory_wready;
  logic memory_bvalid, memory_bready, memory_arvalid, memory_arready;
  logic memory_rlast, memory_rvalid, memory_rready;

  vegalith_f2_memory memory (
      .reset(clear),
      .*
  );

  logic [7:0] stat_addr, stat_interrupt;
  logic [31:0] stat_wdata, stat_rdata;
  logic stat_wr, stat_rd, stat_ack;
  logic ddr_ready;

  vegalith_f2_pipe #(
      .WIDTH(42)
  ) stat_to_ddr (
      .clock,
      .data({sh_cl_ddr_stat_addr, sh_cl_ddr_stat_wdata, sh_cl_ddr_stat_wr, sh_cl_ddr_stat_rd}),
      .delayed({stat_addr, stat_wdata, stat_wr, stat_rd})
  );
  vegalith_f2_pipe #(
      .WIDTH(42)
  ) stat_from_ddr (
      .clock,
      .data({stat_ack, stat_rdata, stat_interrupt, ddr_ready}),
      .delayed({cl_sh_ddr_stat_ack, cl_sh_ddr_stat_rdata, cl_sh_ddr_stat_int, cl_sh_status_vled[0]})
  );

  sh_ddr #(
      .DDR_PRESENT(1)
  ) SH_DDR (
      .clk(clock),
      .rst_n(reset_n),
      .stat_clk(clock),
      .stat_rst_n(reset_n),
      .CLK_DIMM_DP,
      .CLK_DIMM_DN,
      .M_ACT_N,
      .M_MA,
      .M_BA,
      .M_BG,
      .M_CKE,
      .M_ODT,
      .M_CS_N,
      .M_CLK_DN,
      .M_CLK_DP,
      .M_PAR,
      .M_DQ,
      .M_ECC,
      .M_DQS_DP,
      .M_DQS_DN,
      .cl_RST_DIMM_N(RST_DIMM_N),
      .cl_sh_ddr_axi_awid(memory_awid),
      .cl_sh_ddr_axi_awaddr(memory_awaddr),
      .cl_sh_ddr_axi_awlen(memory_awlen),
      .cl_sh_ddr_axi_awsize(memory_awsize),
      .cl_sh_ddr_axi_awvalid(memory_awvalid),
      .cl_sh_ddr_axi_awburst(2'b01),
      .cl_sh_ddr_axi_awuser(1'b0),
      .cl_sh_ddr_axi_awready(memory_awready),
      .cl_sh_ddr_axi_wdata(memory_wdata),
      .cl_sh_ddr_axi_wstrb(memory_wstrb),
      .cl_sh_ddr_axi_wlast(memory_wlast),
      .cl_sh_ddr_axi_wvalid(memory_wvalid),
      .cl_sh_ddr_axi_wready(memory_wready),
      .cl_sh_ddr_axi_bid(memory_bid),
      .cl_sh_ddr_axi_bresp(memory_bresp),
      .cl_sh_ddr_axi_bvalid(memory_bvalid),
      .cl_sh_ddr_axi_bready(memory_bready),
      .cl_sh_ddr_axi_arid(memory_arid),
      .cl_sh_ddr_axi_araddr(memory_araddr),
      .cl_sh_ddr_axi_arlen(memory_arlen),
      .cl_sh_ddr_axi_arsize(memory_arsize),
      .cl_sh_ddr_axi_arvalid(memory_arvalid),
      .cl_sh_ddr_axi_arburst(2'b01),
      .cl_sh_ddr_axi_aruser(1'b0),
      .cl_sh_ddr_axi_arready(memory_arready),
      .cl_sh_ddr_axi_rid(memory_rid),
      .cl_sh_ddr_axi_rdata(memory_rdata),
      .cl_sh_ddr_axi_rresp(memory_rresp),
      .cl_sh_ddr_axi_rlast(memory_rlast),
      .cl_sh_ddr_axi_rvalid(memory_rvalid),
      .cl_sh_ddr_axi_rready(memory_rready),
      .sh_ddr_stat_bus_addr(stat_addr),
      .sh_ddr_stat_bus_wdata(stat_wdata),
      .sh_ddr_stat_bus_wr(stat_wr),
      .sh_ddr_stat_bus_rd(stat_rd),
      .sh_ddr_stat_bus_ack(stat_ack),
      .sh_ddr_stat_bus_rdata(stat_rdata),
      .ddr_sh_stat_int(stat_interrupt),
      .sh_cl_ddr_is_ready(ddr_ready)
  );

  // ---------------------------------------------------------------- what is not used
  // A function level reset asks for nothing: jobs are stopped by the kernel's own reset register.
  assign cl_sh_flr_done = 1'b1;
  assign cl_sh_status0 = '0;
  assign cl_sh_status1 = '0;
  assign cl_sh_status2 = '0;
  assign cl_sh_id0 = `CL_SH_ID0;
  assign cl_sh_id1 = `CL_SH_ID1;
  assign cl_sh_status_vled[15:1] = '0;
  assign cl_sh_apppf_irq_req = '0;
  assign tdo = 1'b0;

  assign cl_sh_pcim_awid = '0;
  assign cl_sh_pcim_awaddr = '0;
  assign cl_sh_pcim_awlen = '0;
  assign cl_sh_pcim_awsize = '0;
  assign cl_sh_pcim_awburst = '0;
  assign cl_sh_pcim_awcache = '0;
  assign cl_sh_pcim_awlock = '0;
  assign cl_sh_pcim_awprot = '0;
  assign cl_sh_pcim_awqos = '0;
  assign cl_sh_pcim_awuser = '0;
  assign cl_sh_pcim_awvalid = 1'b0;
  assign cl_sh_pcim_wid = '0;
  assign cl_sh_pcim_wdata = '0;
  assign cl_sh_pcim_wstrb = '0;
  assign cl_sh_pcim_wlast = '0;
  assign cl_sh_pcim_wuser = '0;
  assign cl_sh_pcim_wvalid = 1'b0;
  assign cl_sh_pcim_bready = 1'b1;
  assign cl_sh_pcim_arid = '0;
  assign cl_sh_pcim_araddr = '0;
  assign cl_sh_pcim_arlen = '0;
  assign cl_sh_pcim_arsize = '0;
  assign cl_sh_pcim_arburst = '0;
  assign cl_sh_pcim_arcache = '0;
  assign cl_sh_pcim_arlock = '0;
  assign cl_sh_pcim_arprot = '0;
  assign cl_sh_pcim_arqos = '0;
  assign cl_sh_pcim_aruser = '0;
  assign cl_sh_pcim_arvalid = 1'b0;
  assign cl_sh_pcim_rready = 1'b1;

  // Accesses of the management function are answered, with nothing behind them.
  logic sda_written, sda_read;
  assign cl_sda_awready = sda_cl_awvalid && sda_cl_wvalid && !sda_written;
  assign cl_sda_wready = cl_sda_awready;
  assign cl_sda_bresp = '0;
  assign cl_sda_bvalid = sda_written;
  assign cl_sda_arready = !sda_read;
  assign cl_sda_rdata = '0;
  assign cl_sda_rresp = '0;
  assign cl_sda_rvalid = sda_read;
  always_ff @(posedge clock) begin
    if (clear) begin
      sda_written <= 1'b0;
      sda_read    <= 1'b0;
    end else begin
      sda_written <= sda_written ? !sda_cl_bready : cl_sda_awready;
      sda_read    <= sda_read ? !sda_cl_rready : sda_cl_arvalid;
    end
  end

  assign hbm_apb_paddr_1 = '0;
  assign hbm_apb_pprot_1 = '0;
  assign hbm_apb_psel_1 = '0;
  assign hbm_apb_penable_1 = '0;
  assign hbm_apb_pwrite_1 = '0;
  assign hbm_apb_pwdata_1 = '0;
  assign hbm_apb_pstrb_1 = '0;
  assign hbm_apb_pready_1 = '0;
  assign hbm_apb_prdata_1 = '0;
  assign hbm_apb_pslverr_1 = '0;
  assign hbm_apb_paddr_0 = '0;
  assign hbm_apb_pprot_0 = '0;
  assign hbm_apb_psel_0 = '0;
  assign hbm_apb_penable_0 = '0;
  assign hbm_apb_pwrite_0 = '0;
  assign hbm_apb_pwdata_0 = '0;
  assign hbm_apb_pstrb_0 = '0;
  assign hbm_apb_pready_0 = '0;
  assign hbm_apb_prdata_0 = '0;
  assign hbm_apb_pslverr_0 = '0;

  assign PCIE_EP_TXP = '0;
  assign PCIE_EP_TXN = '0;
  assign PCIE_RP_PERSTN = '0;
  assign PCIE_RP_TXP = '0;
  assign PCIE_RP_TXN = '0;
endmodule
