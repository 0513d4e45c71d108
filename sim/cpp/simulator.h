// One simulated device: a verilated kernel, its clock, its memory, and a master on its registers.
#pragma once
#include <memory>

#include "memory.h"
#include "ports.h"
#include "rust/cxx.h"

namespace vegalith {

struct SimulatorConfig;

// Made by the build: the kernel of a model, by its index among the compiled ones.
std::unique_ptr<Kernel> make_kernel(uint32_t index);

// All functions throw std::runtime_error on an assertion of the model or a broken AXI rule.
class Simulator {
  public:
    explicit Simulator(const SimulatorConfig& config);
    ~Simulator();

    void write_register(uint32_t offset, uint32_t value);
    uint32_t read_register(uint32_t offset);
    // Clocks until the control register shows one of the bits, at most about `cycles`; whether
    // it did.
    bool run_until(uint32_t control_bits, uint64_t cycles);
    // Marks the start of a job for the faults' counts.
    void start_job();
    void reset();
    // Cycles since the simulator was made.
    uint64_t cycle() const { return cycle_; }
    uint64_t memory_bytes() const { return memory_.bytes.size(); }
    void read_memory(uint64_t address, rust::Slice<uint8_t> data) const;
    void write_memory(uint64_t address, rust::Slice<const uint8_t> data);

  private:
    void clock();
    void check_range(uint64_t address, size_t length) const;

    std::unique_ptr<Kernel> kernel_;
    Memory memory_;
    uint64_t cycle_ = 0;
    bool tracing_ = false;
};

std::unique_ptr<Simulator> open_simulator(const SimulatorConfig& config);

}  // namespace vegalith
