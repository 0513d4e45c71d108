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

    explicit Bench(uint32_t stall_percent, bool keep_transfers_over_reset = false,
                   uint64_t hang_after = kNever)
        : memory({8192, 3, stall_percent, 7, kNever, kNever, kNever, kNever, kNever, hang_after,
                  keep_transfers_over_reset}) {}

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
    // A reset of some cycles, in which the master shows what it shows.
    void reset(int cycles) {
        memory.reset();
        for (int i = 0; i < cycles; i++) {
            memory.drive(m.ports);
            if (memory.keeps_transfers()) memory.observe_transfers_in_reset(m.ports);
        }
        memory.reset();
    }
    // Read beats that come in the next cycles.
    int beats_in(int cycles) {
        int beats = 0;
        for (int i = 0; i < cycles; i++) {
            cycle();
            beats += m.rvalid[0] && m.rready[0];
        }
        return beats;
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

void expect_equal(const char* name, uint64_t expected, uint64_t found) {
    if (expected == found) return;
    std::printf("%s: expected %llu, found %llu\n", name, static_cast<unsigned long long>(expected),
                static_cast<unsigned long long>(found));
    failures++;
}

// What is under way when the kernel is reset, with a memory that keeps it and one that does not.
void transfers_over_reset(bool keep) {
    const char* name = keep ? "kept over a reset" : "cancelled by a reset";
    const auto none = [&](const Bench& b) {
        if (!b.memory.violation.empty()) failures++, std::printf("%s: %s\n", name, b.memory.violation.c_str());
    };
    {
        // Two of eight beats were taken; the third is shown and held back over the reset.
        Bench b(0, keep);
        b.read(0, 8);
        for (int taken = 0; taken < 2;) taken += b.beats_in(1);
        b.m.rready[0] = 0;
        b.reset(8);
        b.m.rready[0] = 1;
        expect_equal(name, keep ? 6 : 0, b.beats_in(40));
        // And the next burst has its own beats only.
        b.read(64, 3);
        expect_equal(name, 3, b.beats_in(40));
        none(b);
    }
    {
        // Beats that a master takes during its reset are gone.
        Bench b(0, keep);
        b.read(0, 8);
        for (int taken = 0; taken < 2;) taken += b.beats_in(1);
        b.reset(4);
        expect_equal(name, keep ? 2 : 0, b.beats_in(40));
        none(b);
    }
    {
        // A write whose address was taken waits for its data: they are the next that are shown.
        Bench b(0, keep);
        b.write_address(0, 2);
        b.reset(8);
        b.write_address(128, 1);
        if (keep) {
            b.write_beat(1, false);
            b.write_beat(2, true);
        }
        b.write_beat(3, true);
        expect_equal(name, keep ? 1 : 0, b.memory.bytes[0]);
        expect_equal(name, keep ? 2 : 0, b.memory.bytes[64]);
        expect_equal(name, 3, b.memory.bytes[128]);
        none(b);
    }
    {
        // An answer that was not taken.
        Bench b(0, keep);
        b.m.bready = 0;
        b.write_address(0, 1);
        b.write_beat(1, true);
        b.reset(8);
        b.cycle();
        expect_equal(name, keep, b.m.bvalid);
        b.m.bready = 1;
        b.cycle();
        b.cycle();
        expect_equal(name, 0, b.m.bvalid);
        none(b);
    }
    {
        // A reset withdraws what was not taken: no broken rule, and no transfer.
        Bench b(60, keep);
        b.m.arvalid[0] = 1;
        b.held(b.m.arready[0]);
        b.memory.reset();
        b.m.arvalid[0] = 0;
        b.reset(8);
        expect_equal(name, 0, b.beats_in(100));
        none(b);
    }
    {
        // A hang ends with the reset, and what hung comes late.
        Bench b(0, keep, 10);
        b.memory.start_job();
        b.read(0, 64);
        const int before = b.beats_in(100);
        expect_equal("beats before a hang", 1, before > 0 && before < 10);
        b.m.rready[0] = 0;
        b.reset(8);
        b.m.rready[0] = 1;
        expect_equal(name, keep ? 64 - before : 0, b.beats_in(100));
        none(b);
    }
}

}  // namespace

int main() {
    transfers_over_reset(false);
    transfers_over_reset(true);
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
    expect("the top of the address space", nullptr, 0, [](Bench& b) {
        // One beat further, the sum of address and length is within the memory.
        for (const uint64_t address : {~uint64_t(63), ~uint64_t(127), ~uint64_t(4095)}) {
            b.read(address, 1);
            while (!b.m.rvalid[0]) b.cycle();
            expect_equal("the top of the address space: read response", 2, b.m.rresp[0]);
            b.cycle();
            b.write_address(address, 1);
            b.write_beat(0x44444444, true);
            while (!b.m.bvalid) b.cycle();
            expect_equal("the top of the address space: write response", 2, b.m.bresp);
            b.cycle();
        }
        b.read(~uint64_t(4095), 64);
        for (int beat = 0; beat < 64; beat += b.m.rvalid[0]) {
            b.cycle();
            if (b.m.rvalid[0]) expect_equal("a page at the top: response", 2, b.m.rresp[0]);
        }
        for (uint64_t i = 0; i < b.memory.bytes.size(); i++)
            if (b.memory.bytes[i] != 0) failures++, std::printf("the top of the address space: byte written\n");
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
