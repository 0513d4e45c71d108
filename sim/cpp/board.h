// A board with its pins: what a cable would see.
#pragma once
#include <cstdint>
#include <memory>

#include "rust/cxx.h"

namespace vegalith {

// A verilated board.
class BoardModel {
  public:
    virtual ~BoardModel() = default;
    virtual void eval() = 0;
    uint8_t* clock = nullptr;
    uint8_t* button_n = nullptr;
    uint8_t* receive = nullptr;
    uint8_t* transmit = nullptr;
    uint8_t* lights_n = nullptr;
};

class BoardSimulator {
  public:
    explicit BoardSimulator(uint32_t index);

    // One clock for each level to drive on the board's input line; the levels of its output line
    // before each clock's edge.
    void exchange(rust::Slice<const uint8_t> driven, rust::Slice<uint8_t> seen);
    void press_button(uint32_t cycles);
    uint64_t cycle() const { return cycle_; }
    uint8_t lights() const { return static_cast<uint8_t>(~*board_->lights_n); }

  private:
    void clock();

    std::unique_ptr<BoardModel> board_;
    uint64_t cycle_ = 0;
};

std::unique_ptr<BoardSimulator> open_board(uint32_t index);
// Made by the build for the boards that there are; null for another index.
std::unique_ptr<BoardModel> make_board(uint32_t index);

}  // namespace vegalith
