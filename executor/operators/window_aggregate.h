// An aggregate over the frames of a window, row after row.
#pragma once

#include <vector>

#include "window.h"

namespace operators {

// A frame that only grows is added to; one that slides keeps what it can; others are computed anew when they change.
class WindowAggregate {
 public:
  WindowAggregate(const planner::WindowFunctionCall& function, Window& window);

  // Before the first row of a partition.
  void start();
  // The values of the partition's rows [row, row + count), whose frames the window has found, into out[at], ...
  void compute(std::size_t row, std::uint32_t count, types::Vector& out, std::uint32_t at);
  // Before the store's rows change.
  void forget() { cursor_.forget(); }
  // Drops what a run holds.
  void close();

 private:
  using Frame = Window::Frame;
  using Runs = Window::Runs;
  // Adds each row from `first` to before `last` to the state that is its.
  template <typename StateOf>
  void add_to(std::size_t first, std::size_t last, types::Arena& arena, StateOf&& state_of);
  void add(std::size_t first, std::size_t last);
  void move_to(const Runs& runs);
  void turn(const Frame& frame);
  void open_block(std::size_t block);
  std::byte* make_state(types::Arena& arena) const;
  types::Datum value(std::size_t first, types::Vector& out, std::uint32_t at);

  const planner::WindowFunctionCall& function_;
  const functions::AggregateFunction& aggregate_;
  const std::size_t state_bytes_;
  Window& window_;
  TupleCursor cursor_;
  types::EvalContext update_context_;
  types::Arena arena_;
  std::vector<int> inputs_;                        // columns that are looked at
  std::vector<types::Vector> vectors_;             // one for each of them
  std::vector<const types::Vector*> arguments_;
  const types::Vector* filter_ = nullptr;
  std::vector<std::byte*> states_;
  std::vector<std::uint16_t> selected_;
  std::byte* state_;
  types::Arena state_arena_{1024};

  // A frame that slides is two queues: of the rows before front_end, each with the state of all from it on, the rows that
  // leave are taken; rows that come are added to `state_`. Source: Tangwongsan et al., General Incremental Sliding-Window
  // Aggregation, VLDB 2015 (two stacks). The states of a long front are there for one block of rows at a time, those of
  // whole blocks for all.
  static constexpr std::size_t kBlockRows = 4096;
  std::vector<std::byte*> blocks_;                 // from the block's first row to front_end
  std::vector<std::byte*> front_;                  // rows front_at, front_at + 1, .. of one block
  std::size_t front_begin_ = 0, front_at_ = 0, front_end_ = 0;
  types::Arena block_arena_{1024}, front_arena_{1024}, scratch_arena_{1024};
  std::byte* both_;

  Runs known_;
  bool have_state_ = false;
  types::Datum current_;                           // its value
  types::Arena kept_[2] = {types::Arena(256), types::Arena(256)};  // from one batch to the next
  int kept_at_ = 0;
};

}  // namespace operators
