// Pointers to the ports of a verilated kernel. Every kernel has the same ports, so everything
// behind this struct is compiled once.
#pragma once
#include <cstdint>

namespace vegalith {

// One AXI4 read channel pair (AR, R).
struct ReadPorts {
    uint64_t* araddr;
    uint8_t* arlen;
    uint8_t* arvalid;
    uint8_t* arready;
    uint32_t* rdata;
    uint8_t* rresp;
    uint8_t* rlast;
    uint8_t* rvalid;
    uint8_t* rready;
};

// One AXI4 write channel triple (AW, W, B).
struct WritePorts {
    uint64_t* awaddr;
    uint8_t* awlen;
    uint8_t* awvalid;
    uint8_t* awready;
    uint32_t* wdata;
    uint64_t* wstrb;
    uint8_t* wlast;
    uint8_t* wvalid;
    uint8_t* wready;
    uint8_t* bresp;
    uint8_t* bvalid;
    uint8_t* bready;
};

struct ControlPorts {
    uint16_t* awaddr;
    uint8_t* awvalid;
    uint8_t* awready;
    uint32_t* wdata;
    uint8_t* wstrb;
    uint8_t* wvalid;
    uint8_t* wready;
    uint8_t* bvalid;
    uint8_t* bready;
    uint16_t* araddr;
    uint8_t* arvalid;
    uint8_t* arready;
    uint32_t* rdata;
    uint8_t* rvalid;
    uint8_t* rready;
};

struct Ports {
    uint8_t* clock;
    uint8_t* reset_n;
    ControlPorts control;
    ReadPorts read[2];
    WritePorts write;
};

// A verilated kernel.
class Kernel {
  public:
    virtual ~Kernel() = default;
    virtual void eval() = 0;
    // Starts writing an FST trace; false if this build cannot.
    virtual bool open_trace(const char* path) = 0;
    virtual void dump(uint64_t time) = 0;
    virtual void close_trace() = 0;
    Ports ports{};
};

template <class V>
void bind_ports(V& v, Ports& p) {
    p.clock = &v.ap_clk;
    p.reset_n = &v.ap_rst_n;
    p.control = {&v.s_axi_control_awaddr, &v.s_axi_control_awvalid, &v.s_axi_control_awready,
                 &v.s_axi_control_wdata,  &v.s_axi_control_wstrb,   &v.s_axi_control_wvalid,
                 &v.s_axi_control_wready, &v.s_axi_control_bvalid,  &v.s_axi_control_bready,
                 &v.s_axi_control_araddr, &v.s_axi_control_arvalid, &v.s_axi_control_arready,
                 &v.s_axi_control_rdata,  &v.s_axi_control_rvalid,  &v.s_axi_control_rready};
    p.read[0] = {&v.m_axi_gmem0_araddr,  &v.m_axi_gmem0_arlen,    &v.m_axi_gmem0_arvalid,
                 &v.m_axi_gmem0_arready, &v.m_axi_gmem0_rdata[0], &v.m_axi_gmem0_rresp,
                 &v.m_axi_gmem0_rlast,   &v.m_axi_gmem0_rvalid,   &v.m_axi_gmem0_rready};
    p.read[1] = {&v.m_axi_gmem1_araddr,  &v.m_axi_gmem1_arlen,    &v.m_axi_gmem1_arvalid,
                 &v.m_axi_gmem1_arready, &v.m_axi_gmem1_rdata[0], &v.m_axi_gmem1_rresp,
                 &v.m_axi_gmem1_rlast,   &v.m_axi_gmem1_rvalid,   &v.m_axi_gmem1_rready};
    p.write = {&v.m_axi_gmem1_awaddr,   &v.m_axi_gmem1_awlen, &v.m_axi_gmem1_awvalid,
               &v.m_axi_gmem1_awready,  &v.m_axi_gmem1_wdata[0], &v.m_axi_gmem1_wstrb,
               &v.m_axi_gmem1_wlast,    &v.m_axi_gmem1_wvalid, &v.m_axi_gmem1_wready,
               &v.m_axi_gmem1_bresp,    &v.m_axi_gmem1_bvalid, &v.m_axi_gmem1_bready};
}

}  // namespace vegalith
