#include "merge_join.h"

#include <algorithm>

#include "execution_state.h"
#include "left_row.h"
#include "row_store.h"

namespace operators {

using query::JoinKind;
using types::Datum;

MergeJoin::MergeJoin(const planner::MergeJoinNode& node, ExecutionState& state)
    : Operator(node, state),
      join_(node),
      keeps_left_(node.join == JoinKind::left || node.join == JoinKind::full || node.join == JoinKind::anti),
      keeps_right_(node.join == JoinKind::full),
      left_only_(node.join == JoinKind::semi || node.join == JoinKind::anti),
      filter_(node.join_filter, types::kBatchRows),
      left_columns_(node.children[0]->columns.size()),
      right_columns_(node.children[1]->columns.size()),
      group_(node.children[1]->columns),
      reader_(node.children[1]->columns),
      in_group_(types::kBatchRows),
      arena_(65536),
      out_(make_vectors(arena_, node.raw_columns, node.batch_rows)) {
  for (const types::PhysicalType type : node.children[0]->columns)
    left_row_.push_back(types::Vector::constant(arena_, type, Datum::null()));
  combined_.resize(left_columns_ + right_columns_);
}

void MergeJoin::close() {
  Operator::close();
  group_.clear();
  met_.clear();
  has_group_ = false;
}

void MergeJoin::do_open() {
  bind(filter_);
  child(0).open();
  child(1).open();
  left_ = right_ = {};
  has_group_ = false;
  step_ = Step::advance;
  pairs_ = {};
  pair_at_ = 0;
}

// False: there is none, or what was put out must leave before the next batch comes (flush_).
bool MergeJoin::has_left() {
  if (left_.has_row()) return true;
  if (left_.ended) return false;
  if (filled_ > 0) {
    flush_ = true;
    return false;
  }
  left_.at = 0;
  left_.ended = !child(0).next(left_.batch);
  if (left_.ended) left_.batch.rows.count = 0;
  return !left_.ended;
}

// Right rows are copied when they are put out.
bool MergeJoin::has_right() {
  if (right_.has_row()) return true;
  if (right_.ended) return false;
  right_.at = 0;
  right_.ended = !child(1).next(right_.batch);
  if (right_.ended) right_.batch.rows.count = 0;
  return !right_.ended;
}

bool MergeJoin::any_null(const Side& side, const std::vector<planner::SortColumn>& keys) {
  const std::uint32_t row = side.row();
  return std::ranges::any_of(keys, [&](const planner::SortColumn& key) {
    return side.batch.columns[static_cast<std::size_t>(key.column)].is_null(row);
  });
}

int MergeJoin::compare_sides() const {
  for (std::size_t k = 0; k < join_.left_keys.size(); ++k) {
    const planner::SortColumn &l = join_.left_keys[k], &r = join_.right_keys[k];
    const int order = l.compare(left_.batch.columns[static_cast<std::size_t>(l.column)].datum(left_.row()),
                                right_.batch.columns[static_cast<std::size_t>(r.column)].datum(right_.row()));
    if (order != 0) return l.descending ? -order : order;
  }
  return 0;
}

int MergeJoin::compare_group(const Side& side, const std::vector<planner::SortColumn>& keys) const {
  for (std::size_t k = 0; k < keys.size(); ++k) {
    const int order = keys[k].compare(side.batch.columns[static_cast<std::size_t>(keys[k].column)].datum(side.row()), group_keys_[k]);
    if (order != 0) return keys[k].descending ? -order : order;
  }
  return 0;
}

// Keeps the right row and all behind it that have its keys.
void MergeJoin::load_group() {
  group_arena_.reset();
  group_keys_.clear();
  for (const planner::SortColumn& key : join_.right_keys)
    group_keys_.push_back(types::copy_datum(group_arena_, key.physical,
                                            right_.batch.columns[static_cast<std::size_t>(key.column)].datum(right_.row())));
  group_.start(state().spill, state().context.work_mem_bytes);
  met_.clear();
  has_group_ = true;
  for (bool whole = false; !whole && has_right();) {
    std::uint32_t count = 0;
    for (; right_.has_row(); ++right_.at) {
      whole = any_null(right_, join_.right_keys) || compare_group(right_, join_.right_keys) != 0;
      if (whole) break;
      in_group_[count++] = static_cast<std::uint16_t>(right_.row());
    }
    if (count > 0) group_.append({right_.batch.columns, {in_group_.data(), count}});
    if (keeps_right_) met_.resize(met_.size() + count, 0);
  }
}

void MergeJoin::start_pairs() {
  const std::uint32_t row = left_.row();
  set_left_row(left_.batch.columns, row, left_row_, combined_);
  reader_.rewind();
  pairs_ = {};
  pair_at_ = 0;
  met_at_ = 0;
  matched_ = false;
  step_ = Step::pair;
}

// False: the batch that is put out is full.
bool MergeJoin::join_pairs() {
  for (;;) {
    for (; pair_at_ < pairs_.rows.count; ++pair_at_) {
      if (is_full()) return false;
      put(left_row_, 0, pairs_.columns, pairs_.rows[pair_at_]);
    }
    types::Batch batch;
    if ((left_only_ && matched_) || !reader_.next(group_, batch)) break;
    const std::size_t first = met_at_;
    met_at_ += batch.rows.count;
    for (std::size_t c = 0; c < right_columns_; ++c) combined_[left_columns_ + c] = batch.columns[c];
    if (filter_.size() > 0) batch.rows = filter_.filter({combined_, batch.rows});
    matched_ = matched_ || batch.rows.count > 0;
    if (keeps_right_)
      for (std::uint32_t i = 0; i < batch.rows.count; ++i) met_[first + batch.rows[i]] = 1;
    if (left_only_) continue;
    pairs_ = batch;
    pair_at_ = 0;
  }
  if (is_full()) return false;
  if (join_.join == JoinKind::semi ? matched_ : keeps_left_ && !matched_) put_left();
  ++left_.at;
  step_ = Step::advance;
  return true;
}

void MergeJoin::leave_group() {
  has_group_ = false;
  if (std::ranges::find(met_, std::uint8_t{0}) == met_.end()) return;
  reader_.rewind();
  pairs_ = {};
  pair_at_ = 0;
  met_at_ = 0;
  step_ = Step::group_rest;
}

// False: the batch that is put out is full.
bool MergeJoin::put_group_rest() {
  for (;;) {
    for (; pair_at_ < pairs_.rows.count; ++pair_at_) {
      if (met_[met_at_ + pairs_.rows[pair_at_]]) continue;
      if (is_full()) return false;
      put({}, 0, pairs_.columns, pairs_.rows[pair_at_]);
    }
    met_at_ += pairs_.rows.count;
    pair_at_ = 0;
    if (!reader_.next(group_, pairs_)) break;
  }
  step_ = Step::advance;
  return true;
}

void MergeJoin::put(std::span<const types::Vector> left, std::uint32_t left_row, std::span<const types::Vector> right,
                    std::uint32_t right_row) {
  for (std::size_t c = 0; c < out_.size(); ++c) {
    const bool is_left = c < left_columns_;
    Datum value = Datum::null();
    if (is_left ? !left.empty() : !right.empty()) value = is_left ? left[c].datum(left_row) : right[c - left_columns_].datum(right_row);
    if (value.is_null) {
      out_[c].set_null(filled_);
      continue;
    }
    if (!is_left) value = types::copy_datum(batch_arena(), out_[c].type(), value);
    out_[c].set_datum(filled_, value);
  }
  ++filled_;
}

bool MergeJoin::produce(types::Batch& raw) {
  for (types::Vector& v : out_) v.clear();
  filled_ = 0;
  flush_ = false;
  while (!is_full()) {
    if (step_ != Step::advance) {
      if (step_ == Step::pair ? !join_pairs() : !put_group_rest()) break;
      continue;
    }
    if (!has_left()) {
      if (flush_) break;
      if (has_group_) {
        leave_group();
        continue;
      }
      // What is left of the right side.
      if (!keeps_right_ || !has_right()) break;
      put_right();
      ++right_.at;
      continue;
    }
    const bool null = any_null(left_, join_.left_keys);
    if (has_group_ && !null) {
      const int order = compare_group(left_, join_.left_keys);
      if (order == 0) {
        start_pairs();
        continue;
      }
      if (order > 0) {
        leave_group();
        continue;
      }
    }
    if (null || has_group_ || !has_right()) {
      // It has no partner; nor have those behind it when the right side has ended.
      if (!keeps_left_ && !null && !has_group_) break;
      if (keeps_left_) put_left();
      ++left_.at;
      continue;
    }
    const int order = any_null(right_, join_.right_keys) ? 1 : compare_sides();
    if (order == 0) {
      load_group();
      start_pairs();
    } else if (order < 0) {
      if (keeps_left_) put_left();
      ++left_.at;
    } else {
      if (keeps_right_) put_right();
      ++right_.at;
    }
  }
  raw = {out_, {nullptr, filled_}};
  return filled_ > 0;
}

}  // namespace operators
