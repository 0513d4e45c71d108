#include "simulator.h"

#include <cstring>
#include <stdexcept>

#include "vegalith-sim/src/bridge.rs.h"
#include "verilated.h"

// Verilator's own handlers end the process; these end the call.
void vl_finish(const char* file, int line, const char*) {
    throw std::runtime_error(std::string("$finish at ") + file + ":" + std::to_string(line));
}
void vl_stop(const char* file, int line, const char*) {
    throw std::runtime_error(std::string("assertion at ") + file + ":" + std::to_string(line));
}
void vl_fatal(const char* file, int line, const char*, const char* message) {
    throw std::runtime_error(std::string(message) + " at " + file + ":" + std::to_string(line));
}

namespace vegalith {

namespace {
constexpr uint32_t kControl = 0x00;
constexpr int kResetCycles = 8;
// A register access of a working slave takes a few cycles; beyond this it hangs.
constexpr int kRegisterCycles = 1000;
// Cycles between two looks at the control register while a job runs.
constexpr uint64_t kPollCycles = 64;

MemoryOptions memory_options(const SimulatorConfig& config) {
    return {config.memory_bytes,   config.latency,         config.stall_percent,
            config.seed,           config.fault_job,       config.flip_read_beat,
            config.flip_write_beat, config.error_read_beat, config.error_write_burst,
            config.hang_after,     config.keep_transfers_over_reset};
}
}  // namespace

Simulator::Simulator(const SimulatorConfig& config)
    : kernel_(make_kernel(config.model)), memory_(memory_options(config)) {
    if (!kernel_) throw std::runtime_error("no such model");
    if (!config.trace.empty()) {
        if (!kernel_->open_trace(std::string(config.trace).c_str()))
            throw std::runtime_error("cannot write the trace file");
        tracing_ = true;
    }
    reset();
}

Simulator::~Simulator() {
    if (tracing_) kernel_->close_trace();
}

void Simulator::clock() {
    Ports& ports = kernel_->ports;
    memory_.drive(ports);
    kernel_->eval();
    memory_.observe(ports);
    if (!memory_.violation.empty()) throw std::runtime_error("AXI: " + memory_.violation);
    if (tracing_) kernel_->dump(10 * cycle_);
    *ports.clock = 1;
    kernel_->eval();
    if (tracing_) kernel_->dump(10 * cycle_ + 5);
    *ports.clock = 0;
    cycle_++;
}

void Simulator::reset() {
    Ports& ports = kernel_->ports;
    // Before its first reset a kernel shows anything, and nothing is under way.
    const bool transfers = memory_.keeps_transfers() && cycle_ > 0;
    memory_.reset();
    memory_.violation.clear();
    *ports.reset_n = 0;
    *ports.control.awvalid = *ports.control.wvalid = *ports.control.arvalid = 0;
    *ports.control.bready = *ports.control.rready = 1;
    for (int i = 0; i < kResetCycles; i++) {
        *ports.clock = 0;
        memory_.drive(ports);
        kernel_->eval();
        if (transfers) memory_.observe_transfers_in_reset(ports);
        if (i + 1 == kResetCycles) memory_.observe_reset(ports);
        *ports.clock = 1;
        kernel_->eval();
        cycle_++;
    }
    *ports.clock = 0;
    *ports.reset_n = 1;
    memory_.reset();
    if (!memory_.violation.empty()) throw std::runtime_error("AXI: " + memory_.violation);
}

void Simulator::start_job() { memory_.start_job(); }

void Simulator::write_register(uint32_t offset, uint32_t value) {
    ControlPorts& port = kernel_->ports.control;
    *port.awaddr = static_cast<uint16_t>(offset);
    *port.wdata = value;
    *port.wstrb = 0xf;
    *port.awvalid = *port.wvalid = *port.bready = 1;
    for (int i = 0; i < kRegisterCycles; i++) {
        kernel_->eval();
        const bool address = *port.awvalid && *port.awready;
        const bool data = *port.wvalid && *port.wready;
        const bool response = *port.bvalid;
        clock();
        if (address) *port.awvalid = 0;
        if (data) *port.wvalid = 0;
        if (response) return;
    }
    throw std::runtime_error("the register slave does not answer a write");
}

uint32_t Simulator::read_register(uint32_t offset) {
    ControlPorts& port = kernel_->ports.control;
    *port.araddr = static_cast<uint16_t>(offset);
    *port.arvalid = *port.rready = 1;
    for (int i = 0; i < kRegisterCycles; i++) {
        kernel_->eval();
        const bool address = *port.arvalid && *port.arready;
        const bool response = *port.rvalid;
        const uint32_t value = *port.rdata;
        clock();
        if (address) *port.arvalid = 0;
        if (response) return value;
    }
    throw std::runtime_error("the register slave does not answer a read");
}

bool Simulator::run_until(uint32_t control_bits, uint64_t cycles) {
    const uint64_t end = cycle_ + cycles;
    while (true) {
        if (read_register(kControl) & control_bits) return true;
        if (cycle_ >= end) return false;
        for (uint64_t i = 0; i < kPollCycles; i++) clock();
    }
}

void Simulator::check_range(uint64_t address, size_t length) const {
    if (address > memory_.bytes.size() || length > memory_.bytes.size() - address)
        throw std::runtime_error("access beyond the device memory");
}

void Simulator::read_memory(uint64_t address, rust::Slice<uint8_t> data) const {
    check_range(address, data.size());
    if (!data.empty()) std::memcpy(data.data(), &memory_.bytes[address], data.size());
}

void Simulator::write_memory(uint64_t address, rust::Slice<const uint8_t> data) {
    check_range(address, data.size());
    if (!data.empty()) std::memcpy(&memory_.bytes[address], data.data(), data.size());
}

std::unique_ptr<Simulator> open_simulator(const SimulatorConfig& config) {
    return std::make_unique<Simulator>(config);
}

}  // namespace vegalith
