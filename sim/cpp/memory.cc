#include "memory.h"

#include <cstring>
#include <stdexcept>

namespace vegalith {

Memory::Memory(const MemoryOptions& options)
    : bytes(options.bytes), options_(options), random_(options.seed * 2 + 1) {
    if (!bytes.present())
        throw std::runtime_error("no memory for a device memory of " + std::to_string(options.bytes) +
                                 " bytes");
}

// xorshift64*: Marsaglia 2003, Vigna 2016.
bool Memory::stalls() {
    if (options_.stall_percent == 0) return false;
    random_ ^= random_ >> 12;
    random_ ^= random_ << 25;
    random_ ^= random_ >> 27;
    return (random_ * 0x2545f4914f6cdd1dull >> 33) % 100 < options_.stall_percent;
}

void Memory::fail(const std::string& rule) {
    if (violation.empty()) violation = rule + " in cycle " + std::to_string(now_);
}

void Memory::check_burst(const char* what, uint64_t address, uint32_t beats) {
    const uint64_t length = beats * kBeatBytes;
    if (address % kBeatBytes != 0) fail(std::string(what) + " address is not aligned to a beat");
    if (address / 4096 != (address + length - 1) / 4096)
        fail(std::string(what) + " burst crosses a 4096-byte boundary");
}

void Memory::forget_held() {
    for (auto& reader : readers_) reader.held = false;
    aw_held_ = w_held_ = false;
}

void Memory::reset() {
    reset_since_start_ = true;
    forget_held();
    if (options_.keep_transfers_over_reset) return;
    for (auto& reader : readers_) reader = Reader{};
    writes_.clear();
    responses_.clear();
    write_position_ = 0;
    bvalid_ = awready_ = wready_ = false;
}

void Memory::observe_transfers_in_reset(const Ports& ports) {
    observe(ports);
    forget_held();
}

void Memory::observe_reset(const Ports& ports) {
    if (*ports.read[0].arvalid || *ports.read[1].arvalid || *ports.write.awvalid || *ports.write.wvalid)
        fail("valid is high in reset");
}

void Memory::start_job() {
    jobs_++;
    job_start_ = now_;
    reset_since_start_ = false;
    read_beats_ = 0;
    written_beats_ = 0;
    written_bursts_ = 0;
}

bool Memory::in_faulty_job() const {
    return jobs_ > 0 && (options_.fault_job == kNever || options_.fault_job == jobs_ - 1);
}

bool Memory::strikes(uint64_t fault, uint64_t count) const { return fault == count && in_faulty_job(); }

void Memory::drive(Ports& ports) {
    const uint64_t age = now_ - job_start_;
    const bool hangs = age >= options_.hang_after && in_faulty_job() && !reset_since_start_;
    for (int i = 0; i < 2; i++) {
        Reader& reader = readers_[i];
        ReadPorts& port = ports.read[i];
        reader.arready = !hangs && !stalls();
        *port.arready = reader.arready;
        const bool due = !reader.bursts.empty() && reader.bursts.front().ready_at <= now_;
        // A beat once shown stays until it is taken.
        const bool show = reader.shown || (due && !hangs && !stalls());
        if (show && !reader.shown) {
            const Burst& burst = reader.bursts.front();
            const uint64_t address = burst.address + reader.position * kBeatBytes;
            const bool present = bytes.contain(address, kBeatBytes);
            if (present) std::memcpy(port.rdata, &bytes[address], kBeatBytes);
            if (strikes(options_.flip_read_beat, read_beats_)) *port.rdata ^= 1;
            const bool error = !present || strikes(options_.error_read_beat, read_beats_);
            *port.rresp = error ? kSlaveError : 0;
            *port.rlast = reader.position + 1 == burst.beats;
            read_beats_++;
        }
        reader.shown = show;
        *port.rvalid = show;
    }
    WritePorts& port = ports.write;
    awready_ = !hangs && !stalls();
    *port.awready = awready_;
    wready_ = !hangs && !writes_.empty() && !stalls();
    *port.wready = wready_;
    if (!bvalid_ && !responses_.empty() && responses_.front().ready_at <= now_ && !hangs && !stalls()) {
        bvalid_ = true;
        *port.bresp = static_cast<uint8_t>(responses_.front().beats);
    }
    *port.bvalid = bvalid_;
}

void Memory::observe(const Ports& ports) {
    for (int i = 0; i < 2; i++) {
        Reader& reader = readers_[i];
        const ReadPorts& port = ports.read[i];
        if (reader.held &&
            (!*port.arvalid || *port.araddr != reader.held_address || *port.arlen != reader.held_length))
            fail("read address changed before it was taken");
        reader.held = *port.arvalid && !reader.arready;
        reader.held_address = *port.araddr;
        reader.held_length = *port.arlen;
        if (reader.shown && *port.rready) {
            reader.shown = false;
            if (++reader.position == reader.bursts.front().beats) {
                reader.bursts.pop_front();
                reader.position = 0;
            }
        }
        if (*port.arvalid && reader.arready) {
            const uint32_t beats = *port.arlen + 1u;
            check_burst("read", *port.araddr, beats);
            reader.bursts.push_back({*port.araddr, beats, now_ + options_.latency});
        }
    }
    const WritePorts& port = ports.write;
    if (aw_held_ &&
        (!*port.awvalid || *port.awaddr != aw_held_address_ || *port.awlen != aw_held_length_))
        fail("write address changed before it was taken");
    aw_held_ = *port.awvalid && !awready_;
    aw_held_address_ = *port.awaddr;
    aw_held_length_ = *port.awlen;
    if (w_held_ && (!*port.wvalid || *port.wstrb != w_held_strobe_ ||
                    static_cast<bool>(*port.wlast) != w_held_last_ ||
                    std::memcmp(port.wdata, w_held_data_, kBeatBytes) != 0))
        fail("write data changed before they were taken");
    w_held_ = *port.wvalid && !wready_;
    if (w_held_) {
        w_held_strobe_ = *port.wstrb;
        w_held_last_ = *port.wlast;
        std::memcpy(w_held_data_, port.wdata, kBeatBytes);
    }
    if (*port.bready && bvalid_) {
        responses_.pop_front();
        bvalid_ = false;
    }
    if (*port.wvalid && wready_) {
        Burst& burst = writes_.front();
        const uint64_t address = burst.address + write_position_ * kBeatBytes;
        if (bytes.contain(address, kBeatBytes)) {
            const auto* data = reinterpret_cast<const uint8_t*>(port.wdata);
            const uint64_t strobe = *port.wstrb;
            if (strobe == ~uint64_t(0)) {
                std::memcpy(&bytes[address], data, kBeatBytes);
            } else {
                for (uint64_t byte = 0; byte < kBeatBytes; byte++)
                    if (strobe >> byte & 1) bytes[address + byte] = data[byte];
            }
            if (strikes(options_.flip_write_beat, written_beats_)) bytes[address] ^= 1;
        }
        written_beats_++;
        const bool last = ++write_position_ == burst.beats;
        if (last != static_cast<bool>(*port.wlast)) fail("wlast does not mark the last beat");
        if (last) {
            const bool present = bytes.contain(burst.address, burst.beats * kBeatBytes);
            const bool error = !present || strikes(options_.error_write_burst, written_bursts_);
            written_bursts_++;
            responses_.push_back({0, error ? kSlaveError : 0u, now_ + options_.latency});
            writes_.pop_front();
            write_position_ = 0;
        }
    }
    if (*port.awvalid && awready_) {
        const uint32_t beats = *port.awlen + 1u;
        check_burst("write", *port.awaddr, beats);
        writes_.push_back({*port.awaddr, beats, 0});
    }
    now_++;
}

}  // namespace vegalith
