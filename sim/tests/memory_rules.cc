// The memory model against a master that breaks the rules of AXI4, and one that keeps them.
// Prints nothing and returns 0 if each broken rule, and nothing else, is reported.
#include <cstdio>
#include <cstring>
#include <functional>

#include "memory.h"

using namespace vegalith;

namespace {

// A master's side of all ports.
struct Master {
    uint64_t araddr[2] = {}, awaddr = 0, wstrb = ~uint64_t(0);
    uint8_t arlen[2] = {}, arvalid[2] = {}, arready[2] = {}, rresp[2] = {}, rlast[2] = {}, rvalid[2] = {},
            rready[2] = {1, 1};
    uint32_t rdata[2][16] = {}, wdata[16] = {};
    uint8_t awlen = 0, awvalid = 0, awready = 0, wlast = 0, wvalid = 0, wready = 0, bresp = 0, bvalid = 0,
            bready = 1;
    Ports ports{};

    Master() {
        for (int i = 0; i < 2; i++)
            ports.read[i] = {&araddr[i], &arlen[i], &arvalid[i], &arready[i], rdata[i],
                             &rresp[i],  &rlast[i], &rvalid[i],  &rready[i]};
        ports.write = {&awaddr, &awlen,  &awvalid, &awready, wdata,   &wstrb,
                       &wlast,  &wvalid, &wready,  &bresp,   &bvalid, &bready};
    }
};

struct Bench {
    Master m;
    Memory memory;

    explicit Bench(uint32_t stall_percent)
        : memory({8192, 3, stall_percent, 7, kNever, kNever, kNever, kNever, kNever, kNever}) {}

    // One cycle in which the master shows what it shows.
    void cycle() {
        memory.drive(m.ports);
        memory.observe(m.ports);
    }
    void read(uint64_t address, int beats) {
        m.araddr[0] = address;
        m.arlen[0] = static_cast<uint8_t>(beats - 1);
        m.arvalid[0] = 1;
        transfer(m.arready[0]);
        m.arvalid[0] = 0;
    }
    void write_address(uint64_t address, int beats) {
        m.awaddr = address;
        m.awlen = static_cast<uint8_t>(beats - 1);
        m.awvalid = 1;
        transfer(m.awready);
        m.awvalid = 0;
    }
    void write_beat(uint32_t value, bool last) {
        for (uint32_t& word : m.wdata) word = value;
        m.wlast = last;
        m.wvalid = 1;
        transfer(m.wready);
        m.wvalid = 0;
    }
    // Cycles until the transfer of a channel that is valid.
    void transfer(const uint8_t& ready) {
        do cycle();
        while (!ready && memory.violation.empty());
    }
    // Cycles until the memory does not take what a channel shows.
    void held(const uint8_t& ready) {
        do cycle();
        while (ready);
    }
};

int failures = 0;

void expect(const char* name, const char* rule, uint32_t stall_percent, const std::function<void(Bench&)>& act) {
    Bench bench(stall_percent);
    act(bench);
    const std::string& found = bench.memory.violation;
    if (rule ? found.find(rule) != 0 : !found.empty()) {
        std::printf("%s: expected \"%s\", found \"%s\"\n", name, rule ? rule : "", found.c_str());
        failures++;
    }
}

}  // namespace

int main() {
    expect("legal traffic", nullptr, 40, [](Bench& b) {
        b.write_address(4096 - 128, 2);
        b.write_beat(0x11111111, false);
        b.write_beat(0x22222222, true);
        while (!b.m.bvalid) b.cycle();
        b.cycle();
        b.m.rready[0] = 0;
        b.read(4096 - 64, 1);
        while (!b.m.rvalid[0]) b.cycle();
        if (b.m.rdata[0][15] != 0x22222222 || !b.m.rlast[0] || b.m.rresp[0] != 0) {
            std::printf("legal traffic: wrong data\n");
            failures++;
        }
        // Not taken for a while: the beat stays.
        for (int i = 0; i < 20; i++) b.cycle();
        if (!b.m.rvalid[0]) {
            std::printf("legal traffic: a beat was withdrawn\n");
            failures++;
        }
        b.m.rready[0] = 1;
        b.cycle();
        b.cycle();
        if (b.m.rvalid[0]) {
            std::printf("legal traffic: a beat was shown twice\n");
            failures++;
        }
    });
    expect("strobes", nullptr, 0, [](Bench& b) {
        b.m.wstrb = 0xf0;
        b.write_address(0, 1);
        b.write_beat(0x33333333, true);
        for (int i = 0; i < 64; i++)
            if (b.memory.bytes[i] != (i >= 4 && i < 8 ? 0x33 : 0)) failures++, std::printf("strobes: byte %d\n", i);
    });
    expect("beyond the memory", nullptr, 0, [](Bench& b) {
        b.read(8192, 1);
        while (!b.m.rvalid[0]) b.cycle();
        if (b.m.rresp[0] != 2) failures++, std::printf("beyond the memory: read response\n");
        b.write_address(8192, 1);
        b.write_beat(0, true);
        while (!b.m.bvalid) b.cycle();
        if (b.m.bresp != 2) failures++, std::printf("beyond the memory: write response\n");
    });
    expect("unaligned read", "read address is not aligned", 0, [](Bench& b) { b.read(32, 1); });
    expect("unaligned write", "write address is not aligned", 0, [](Bench& b) { b.write_address(8, 1); });
    expect("long read", "read burst crosses", 0, [](Bench& b) { b.read(4096 - 64, 2); });
    expect("long write", "write burst crosses", 0, [](Bench& b) { b.write_address(64, 64); });
    expect("withdrawn read", "read address changed", 60, [](Bench& b) {
        b.m.arvalid[0] = 1;
        b.held(b.m.arready[0]);
        b.m.arvalid[0] = 0;
        b.cycle();
    });
    expect("changed read", "read address changed", 60, [](Bench& b) {
        b.m.arvalid[0] = 1;
        b.held(b.m.arready[0]);
        b.m.araddr[0] = 64;
        b.cycle();
    });
    expect("changed write", "write address changed", 60, [](Bench& b) {
        b.m.awvalid = 1;
        b.held(b.m.awready);
        b.m.awlen = 1;
        b.cycle();
    });
    expect("changed data", "write data changed", 60, [](Bench& b) {
        b.write_address(0, 64);
        b.m.wvalid = 1;
        b.held(b.m.wready);
        b.m.wdata[9] = 5;
        b.cycle();
    });
    expect("withdrawn data", "write data changed", 60, [](Bench& b) {
        b.write_address(0, 64);
        b.m.wvalid = 1;
        b.held(b.m.wready);
        b.m.wvalid = 0;
        b.cycle();
    });
    expect("early last", "wlast does not mark", 0, [](Bench& b) {
        b.write_address(0, 2);
        b.write_beat(1, true);
    });
    expect("missing last", "wlast does not mark", 0, [](Bench& b) {
        b.write_address(0, 1);
        b.write_beat(1, false);
    });
    expect("valid in reset", "valid is high in reset", 0, [](Bench& b) {
        b.m.awvalid = 1;
        b.memory.observe_reset(b.m.ports);
    });
    return failures == 0 ? 0 : 1;
}
