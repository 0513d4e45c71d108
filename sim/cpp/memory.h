// Device memory behind the kernel's AXI4 masters: latency, random back-pressure, faults, and the
// rules of the protocol.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "ports.h"

namespace vegalith {

constexpr uint64_t kBeatBytes = 64;
constexpr uint64_t kNever = ~uint64_t(0);

struct MemoryOptions {
    uint64_t bytes;
    uint32_t latency;           // cycles from an address to its first beat or its response
    uint32_t stall_percent;     // chance of a channel to do nothing in a cycle
    uint64_t seed;
    uint64_t flip_write_beat;   // number of the written beat whose bit 0 is flipped, or kNever
    uint64_t error_read_beat;   // number of the read beat answered with SLVERR, or kNever
    uint64_t hang_after;        // cycle of a job from which nothing is answered, or kNever
};

class Memory {
  public:
    explicit Memory(const MemoryOptions& options);

    // What the memory drives in the coming cycle.
    void drive(Ports& ports);
    // What the cycle that just settled transferred; before the clock edge.
    void observe(const Ports& ports);
    // Forgets what is under way, keeps the contents.
    void reset();
    // Counts the cycles and beats of the faults anew.
    void start_job();

    std::vector<uint8_t> bytes;
    // First broken rule, empty if none.
    std::string violation;

  private:
    struct Burst {
        uint64_t address;
        uint32_t beats;
        uint64_t ready_at;
    };
    struct Reader {
        std::deque<Burst> bursts;
        uint32_t position = 0;
        bool shown = false;
        bool arready = false;
        // The channel's payload while valid is held back.
        bool held = false;
        uint64_t held_address = 0;
        uint8_t held_length = 0;
    };
    bool stalls();
    bool burst_is_legal(const char* what, uint64_t address, uint32_t beats);
    void fail(const std::string& rule);

    MemoryOptions options_;
    uint64_t random_;
    uint64_t now_ = 0;
    uint64_t job_start_ = 0;
    uint64_t read_beats_ = 0;
    uint64_t written_beats_ = 0;
    Reader readers_[2];
    std::deque<Burst> writes_;
    uint32_t write_position_ = 0;
    std::deque<Burst> responses_;
    bool awready_ = false;
    bool wready_ = false;
    bool bvalid_ = false;
    bool aw_held_ = false;
    uint64_t aw_held_address_ = 0;
    bool w_held_ = false;
};

}  // namespace vegalith
