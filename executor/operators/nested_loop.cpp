#include "nested_loop.h"

#include <algorithm>

#include "eval/program_facts.h"
#include "execution_state.h"
#include "left_row.h"

namespace operators {

using query::JoinKind;

NestedLoop::NestedLoop(const planner::NestedLoopNode& node, ExecutionState& state)
    : Operator(node, state),
      join_(node),
      filter_(node.join_filter, types::kBatchRows),
      left_columns_(node.children[0]->columns.size()),
      arena_(node.batch_rows > 1 ? 65536 : 1024),
      out_(make_vectors(arena_, node.raw_columns, node.batch_rows)) {
  for (const types::PhysicalType type : node.children[0]->columns)
    left_row_.push_back(types::Vector::constant(arena_, type, types::Datum::null()));
  combined_.resize(left_columns_ + node.children[1]->columns.size());
}

void NestedLoop::reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) {
  // The right side runs for fewer rows then.
  const planner::PlanNode& kept = child(1).node();
  const planner::PlanNode& right = kept.kind == planner::NodeKind::memoize ? *kept.children[0] : kept;
  if (right.kind != planner::NodeKind::table_scan || !eval::has_no_effects(right.filter) ||
      !eval::has_no_effects(right.projection) || !eval::has_no_effects(join_.join_filter))
    return;
  if (std::ranges::all_of(columns, [&](std::size_t column) { return column < left_columns_; }))
    child(0).reduce_by(filter, columns);
}

void NestedLoop::do_open() {
  bind(filter_);
  // One match is enough.
  if (join_.join == JoinKind::semi || join_.join == JoinKind::anti) child(1).expect(1);
  child(0).open();
  left_ = {};
  at_ = 0;
  has_left_ = left_done_ = false;
  right_ = {};
  right_at_ = 0;
}

// Takes the next left row and opens the right side for it. False: a new left batch is needed
// (or there is none): rows already put out borrow from the old one.
bool NestedLoop::next_left() {
  if (at_ >= left_.rows.count) return false;
  const std::uint32_t row = left_.rows[at_];
  set_left_row(left_.columns, row, left_row_, combined_);
  parameter_arena_.reset();
  for (const planner::PassedParameter& p : join_.parameters) {
    const types::Vector& column = left_.columns[static_cast<std::size_t>(p.column)];
    state().set_parameter(p.parameter,
                          types::copy_datum(parameter_arena_, column.type(), column.datum(row)));
  }
  child(1).open();
  has_left_ = true;
  matched_ = false;
  return true;
}

void NestedLoop::emit(std::span<const types::Vector> right, std::uint32_t right_row) {
  for (std::size_t c = 0; c < out_.size(); ++c) {
    types::Datum value = c < left_columns_ ? left_row_[c].datum(0)
                                           : right[c - left_columns_].datum(right_row);
    if (value.is_null) {
      out_[c].set_null(filled_);
      continue;
    }
    // The right side's bytes go when it is opened again.
    if (c >= left_columns_) value = types::copy_datum(batch_arena(), out_[c].type(), value);
    out_[c].set_datum(filled_, value);
  }
  ++filled_;
}

void NestedLoop::emit_left() {
  for (std::size_t c = 0; c < out_.size(); ++c) {
    if (c >= left_columns_ || left_row_[c].is_null(0))
      out_[c].set_null(filled_);
    else
      out_[c].set_datum(filled_, left_row_[c].datum(0));
  }
  ++filled_;
}

bool NestedLoop::produce(types::Batch& raw) {
  for (types::Vector& v : out_) v.clear();
  filled_ = 0;
  const bool left_only = join_.join == JoinKind::semi || join_.join == JoinKind::anti;
  for (;;) {
    if (!has_left_ && !next_left()) {
      if (filled_ > 0) break;
      if (left_done_ || !child(0).next(left_)) {
        left_done_ = true;
        return false;
      }
      at_ = 0;
      continue;
    }
    bool row_done = false;
    if (right_at_ >= right_.rows.count) {
      row_done = !child(1).next(right_);
      right_at_ = 0;
      if (row_done) {
        right_.rows.count = 0;
      } else {
        for (std::size_t c = 0; c < right_.columns.size(); ++c)
          combined_[left_columns_ + c] = right_.columns[c];
        right_.rows = filter_.filter({combined_, right_.rows});
        if (right_.rows.count > 0) {
          matched_ = true;
          if (left_only) {
            right_.rows.count = 0;
            row_done = true;
          } else if (filled_ == 0 && right_.rows.count > node_.batch_rows / 4 &&
                     node_.batch_rows > 1) {
            raw = {combined_, right_.rows};
            right_at_ = right_.rows.count;
            return true;
          }
        }
      }
    }
    while (right_at_ < right_.rows.count && filled_ < node_.batch_rows)
      emit(right_.columns, right_.rows[right_at_++]);
    if (right_at_ < right_.rows.count) break;
    if (row_done) {
      if (join_.join == JoinKind::semi ? matched_
                                       : join_.join != JoinKind::inner && !matched_)
        emit_left();
      has_left_ = false;
      ++at_;
    }
    if (filled_ >= node_.batch_rows) break;
  }
  raw = {out_, {nullptr, filled_}};
  return true;
}

}  // namespace operators
