// Device memory behind the kernel's AXI4 masters: latency, random back-pressure, faults, and the
// rules of the protocol.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>

#include "ports.h"

namespace vegalith {

constexpr uint64_t kBeatBytes = 64;
constexpr uint64_t kNever = ~uint64_t(0);
constexpr uint32_t kSlaveError = 2;  // SLVERR

struct MemoryOptions {
    uint64_t bytes;
    uint32_t latency;           // cycles from an address to its first beat or its response
    uint32_t stall_percent;     // chance of a channel to do nothing in a cycle
    uint64_t seed;
    // Faults; kNever: none of this kind. Beats, bursts and cycles count from the start of each job.
    uint64_t fault_job;         // the only job that goes wrong, from 0; kNever: all of them do
    uint64_t flip_read_beat;    // the read beat whose bit 0 is flipped
    uint64_t flip_write_beat;   // the written beat whose bit 0 is flipped
    uint64_t error_read_beat;   // the read beat answered with SLVERR
    uint64_t error_write_burst; // the written burst answered with SLVERR
    uint64_t hang_after;        // the cycle from which nothing is answered until the kernel is reset
    // A reset of the kernel does not reach the memory: what is under way goes on, as behind the
    // interconnect of a card. Otherwise it is cancelled.
    bool keep_transfers_over_reset = false;
};

// Device memory. Fresh pages of calloc cost nothing until they are touched.
class Bytes {
  public:
    explicit Bytes(uint64_t size)
        : data_(static_cast<uint8_t*>(std::calloc(size ? size : 1, 1)), &std::free), size_(size) {}
    bool present() const { return data_ != nullptr; }
    uint64_t size() const { return size_; }
    // Whether all bytes of a piece are there; the sum of address and length may not fit 64 bits.
    bool contain(uint64_t address, uint64_t length) const {
        return address < size_ && size_ - address >= length;
    }
    uint8_t& operator[](uint64_t address) { return data_.get()[address]; }
    const uint8_t& operator[](uint64_t address) const { return data_.get()[address]; }

  private:
    std::unique_ptr<uint8_t, decltype(&std::free)> data_;
    uint64_t size_;
};

class Memory {
  public:
    explicit Memory(const MemoryOptions& options);

    // What the memory drives in the coming cycle.
    void drive(Ports& ports);
    // What the cycle that just settled transferred; before the clock edge.
    void observe(const Ports& ports);
    // The kernel goes into reset or comes out of it: forgets what is under way, unless it is to be
    // kept, and ends a hang. The contents stay.
    void reset();
    // Whether transfers go on during a reset: observe_transfers_in_reset is to be called in each
    // of its cycles.
    bool keeps_transfers() const { return options_.keep_transfers_over_reset; }
    // `observe` for a cycle of the reset, in which the kernel may withdraw what it shows.
    void observe_transfers_in_reset(const Ports& ports);
    // What a kernel may not show at the end of its reset.
    void observe_reset(const Ports& ports);
    // A job begins: the faults' counts start anew.
    void start_job();

    Bytes bytes;
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
    void forget_held();
    bool in_faulty_job() const;
    // Whether the fault with this number strikes at `count` of the job that runs.
    bool strikes(uint64_t fault, uint64_t count) const;
    void check_burst(const char* what, uint64_t address, uint32_t beats);
    void fail(const std::string& rule);

    MemoryOptions options_;
    uint64_t random_;
    uint64_t now_ = 0;
    uint64_t jobs_ = 0;
    uint64_t job_start_ = 0;
    bool reset_since_start_ = false;
    uint64_t read_beats_ = 0;
    uint64_t written_beats_ = 0;
    uint64_t written_bursts_ = 0;
    Reader readers_[2];
    std::deque<Burst> writes_;
    uint32_t write_position_ = 0;
    std::deque<Burst> responses_;
    bool awready_ = false;
    bool wready_ = false;
    bool bvalid_ = false;
    bool aw_held_ = false;
    uint64_t aw_held_address_ = 0;
    uint8_t aw_held_length_ = 0;
    bool w_held_ = false;
    bool w_held_last_ = false;
    uint64_t w_held_strobe_ = 0;
    uint8_t w_held_data_[kBeatBytes] = {};
};

}  // namespace vegalith
