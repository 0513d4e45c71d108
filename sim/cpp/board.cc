#include "board.h"

#include <stdexcept>

namespace vegalith {

namespace {
// Longer than the board's reset after power-up.
constexpr uint32_t kPowerUpCycles = 64;
}  // namespace

BoardSimulator::BoardSimulator(uint32_t index) : board_(make_board(index)) {
    if (!board_) throw std::runtime_error("no such board");
    *board_->button_n = 1;
    *board_->receive = 1;
    for (uint32_t i = 0; i < kPowerUpCycles; i++) clock();
}

void BoardSimulator::clock() {
    *board_->clock = 0;
    board_->eval();
    *board_->clock = 1;
    board_->eval();
    cycle_++;
}

void BoardSimulator::exchange(rust::Slice<const uint8_t> driven, rust::Slice<uint8_t> seen) {
    if (driven.size() != seen.size()) throw std::runtime_error("unequal numbers of levels");
    for (size_t i = 0; i < driven.size(); i++) {
        *board_->receive = driven[i] & 1;
        seen[i] = *board_->transmit & 1;
        clock();
    }
}

void BoardSimulator::press_button(uint32_t cycles) {
    *board_->button_n = 0;
    for (uint32_t i = 0; i < cycles; i++) clock();
    *board_->button_n = 1;
}

std::unique_ptr<BoardSimulator> open_board(uint32_t index) {
    return std::make_unique<BoardSimulator>(index);
}

}  // namespace vegalith
