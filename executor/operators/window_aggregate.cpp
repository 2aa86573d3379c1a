#include "window_aggregate.h"

#include <algorithm>

#include "execution_state.h"
#include "functions/aggregate.h"

namespace operators {

using types::Datum;

WindowAggregate::WindowAggregate(const planner::WindowFunctionCall& function, Window& window)
    : function_(function),
      aggregate_(*function.aggregate),
      state_bytes_(std::max<std::size_t>(16, (aggregate_.state_size + 15) & ~std::size_t{15})),
      window_(window),
      cursor_(window.rows_, window.input_),
      states_(types::kBatchRows),
      selected_(types::kBatchRows) {
  const auto add_input = [&](int column) {
    if (std::ranges::find(inputs_, column) == inputs_.end()) inputs_.push_back(column);
  };
  for (const int column : function.arguments) add_input(column);
  if (function.filter >= 0) add_input(function.filter);
  std::vector<types::PhysicalType> columns;
  for (const int column : inputs_) columns.push_back(window.input_[static_cast<std::size_t>(column)]);
  vectors_ = make_vectors(arena_, columns, types::kBatchRows);
  const auto vector_of = [&](int column) { return &vectors_[static_cast<std::size_t>(std::ranges::find(inputs_, column) - inputs_.begin())]; };
  for (const int column : function.arguments) arguments_.push_back(vector_of(column));
  if (function.filter >= 0) filter_ = vector_of(function.filter);
  state_ = make_state(arena_);
  both_ = make_state(arena_);
}

std::byte* WindowAggregate::make_state(types::Arena& arena) const {
  return static_cast<std::byte*>(arena.allocate(state_bytes_, 16));
}

void WindowAggregate::start() {
  update_context_ = window_.context();
  have_state_ = false;
  front_begin_ = front_at_ = front_end_ = 0;
}

void WindowAggregate::close() {
  forget();
  state_arena_.reset();
  block_arena_.reset();
  front_arena_.reset();
  scratch_arena_.reset();
  blocks_ = {};
  front_.clear();
}

template <typename StateOf>
void WindowAggregate::add_to(std::size_t first, std::size_t last, types::Arena& arena, StateOf&& state_of) {
  update_context_.arena = &arena;
  const RowLayout& layout = window_.rows_.layout();
  for (std::size_t at = first; at < last;) {
    const auto records = cursor_.records(window_.first_ + at, std::min<std::size_t>(types::kBatchRows, last - at));
    const auto count = static_cast<std::uint32_t>(records.size());
    if (count > 1) window_.state().check();
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      vectors_[i].clear();
      layout.load(static_cast<std::size_t>(inputs_[i]), records, vectors_[i]);
    }
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (filter_ != nullptr && (filter_->is_null(i) || !filter_->get<bool>(i))) continue;
      states_[kept] = state_of(at + i);
      selected_[kept++] = static_cast<std::uint16_t>(i);
    }
    if (kept > 0) aggregate_.update(update_context_, function_.call(), arguments_, {selected_.data(), kept}, states_.data());
    at += count;
  }
}

void WindowAggregate::add(std::size_t first, std::size_t last) {
  add_to(first, last, state_arena_, [this](std::size_t) { return state_; });
}

// All rows of the frame go to the front.
void WindowAggregate::turn(const Frame& frame) {
  blocks_.clear();
  block_arena_.reset();
  front_begin_ = frame.first;
  front_end_ = frame.last;
  const std::size_t count = (frame.last - frame.first + kBlockRows - 1) / kBlockRows;
  if (count > 1) {
    // The first one is opened at once: nobody asks for its state.
    for (std::size_t b = 0; b < count; ++b) {
      blocks_.push_back(make_state(block_arena_));
      aggregate_.init(blocks_.back());
    }
    add_to(frame.first + kBlockRows, frame.last, block_arena_,
           [&](std::size_t row) { return blocks_[(row - frame.first) / kBlockRows]; });
    for (std::size_t b = count - 1; b-- > 1;) aggregate_.combine(update_context_, function_.call(), blocks_[b + 1], blocks_[b]);
  }
  open_block(0);
  state_arena_.reset();
  aggregate_.init(state_);
}

void WindowAggregate::open_block(std::size_t block) {
  front_arena_.reset();
  front_.clear();
  front_at_ = front_begin_ + block * kBlockRows;
  const std::size_t rows = std::min(kBlockRows, front_end_ - front_at_);
  for (std::size_t i = 0; i < rows; ++i) {
    front_.push_back(make_state(front_arena_));
    aggregate_.init(front_.back());
  }
  add_to(front_at_, front_at_ + rows, front_arena_, [&](std::size_t row) { return front_[row - front_at_]; });
  if (block + 1 < blocks_.size()) aggregate_.combine(update_context_, function_.call(), blocks_[block + 1], front_.back());
  for (std::size_t at = rows - 1; at-- > 0;) aggregate_.combine(update_context_, function_.call(), front_[at + 1], front_[at]);
}

void WindowAggregate::move_to(const Runs& runs) {
  constexpr std::size_t kShort = 8;
  const bool one = have_state_ && known_.count == 1 && runs.count == 1;
  const Frame &from = known_.run[0], &to = runs.run[0];
  const bool grows = one && to.first == from.first && to.last > from.last;
  const bool slides = one && function_.is_divisible && to.first > from.first && to.last >= from.last && to.first < from.last &&
                      to.last - to.first >= kShort;
  if (grows) {
    add(from.last, to.last);
  } else if (slides) {
    if (to.first > front_end_)
      turn(to);
    else
      add(from.last, to.last);
  } else {
    front_begin_ = front_at_ = front_end_ = 0;
    state_arena_.reset();
    aggregate_.init(state_);
    for (std::size_t r = 0; r < runs.count; ++r) add(runs.run[r].first, runs.run[r].last);
  }
  known_ = runs;
  have_state_ = true;
}

// Of a frame that begins at `first`. Long values are copied: what a state holds may change with the next row.
Datum WindowAggregate::value(std::size_t first, types::Vector& out, std::uint32_t at) {
  std::byte* of_frame = state_;
  if (first < front_end_) {
    if (first >= front_at_ + front_.size()) open_block((first - front_begin_) / kBlockRows);
    scratch_arena_.reset();
    update_context_.arena = &scratch_arena_;
    aggregate_.init(both_);
    aggregate_.combine(update_context_, function_.call(), front_[first - front_at_], both_);
    aggregate_.combine(update_context_, function_.call(), state_, both_);
    of_frame = both_;
  }
  types::EvalContext context = window_.context();
  aggregate_.finalize(context, function_.call(), of_frame, out, at);
  const Datum result = out.datum(at);
  if (result.is_null || function_.result != types::PhysicalType::varlen) return result;
  const Datum copy = types::copy_datum(window_.batch_arena(), function_.result, result);
  out.set_datum(at, copy);
  return copy;
}

void WindowAggregate::compute(std::size_t row, std::uint32_t count, types::Vector& out, std::uint32_t at) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const Runs runs = window_.runs_of(row + i, i);
    if (have_state_ && runs == known_) {
      if (current_.is_null)
        out.set_null(at + i);
      else
        out.set_datum(at + i, current_);
      continue;
    }
    move_to(runs);
    current_ = value(runs.count > 0 ? runs.run[0].first : window_.partition_rows(), out, at + i);
  }
  // The batch's memory goes with it.
  if (current_.is_null || function_.result != types::PhysicalType::varlen || row + count == window_.partition_rows()) return;
  kept_at_ = 1 - kept_at_;
  kept_[kept_at_].reset();
  current_ = types::copy_datum(kept_[kept_at_], function_.result, current_);
}

}  // namespace operators
