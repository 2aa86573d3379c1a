#include "merge_append.h"

#include <algorithm>

#include "execution_state.h"
#include "row_store.h"

namespace operators {

MergeAppend::MergeAppend(const planner::AppendNode& node, ExecutionState& state)
    : Append(node, state), keys_(node.merge_keys), out_(make_vectors(arena_, node.raw_columns, node.batch_rows)) {}

void MergeAppend::close() {
  inputs_.clear();
  heap_.clear();
  Append::close();
}

bool MergeAppend::is_after(std::size_t a, std::size_t b) const {
  const Input &left = inputs_[a], &right = inputs_[b];
  for (const planner::SortColumn& key : keys_) {
    const auto column = static_cast<std::size_t>(key.column);
    const types::Datum x = left.batch.columns[column].datum(left.row()), y = right.batch.columns[column].datum(right.row());
    if (x.is_null || y.is_null) {
      if (x.is_null && y.is_null) continue;
      return x.is_null != key.nulls_first;
    }
    if (const int order = key.compare(x, y); order != 0) return (order > 0) != key.descending;
  }
  return a > b;
}

void MergeAppend::push(std::size_t input) {
  heap_.push_back(input);
  std::push_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return is_after(a, b); });
}

bool MergeAppend::refill(Input& input) {
  input.at = 0;
  return child(input.child).next(input.batch);
}

void MergeAppend::do_open() {
  decide_children();
  inputs_.clear();
  heap_.clear();
  drained_.reset();
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (!is_open(i)) continue;
    child(i).open();
    inputs_.push_back({.child = i, .batch = {}, .at = 0});
  }
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (refill(inputs_[i])) push(i);
}

bool MergeAppend::produce(types::Batch& raw) {
  if (drained_ && refill(inputs_[*drained_])) push(*drained_);
  drained_.reset();
  const auto after = [this](std::size_t a, std::size_t b) { return is_after(a, b); };
  for (types::Vector& v : out_) v.clear();
  std::uint32_t count = 0;
  while (count < node_.batch_rows && !heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), after);
    const std::size_t first = heap_.back();
    heap_.pop_back();
    Input& input = inputs_[first];
    for (std::size_t c = 0; c < out_.size(); ++c) out_[c].set_datum(count, input.batch.columns[c].datum(input.row()));
    ++count;
    if (++input.at < input.batch.rows.count) {
      push(first);
      continue;
    }
    // Its next batch would take away what the rows so far refer to.
    drained_ = first;
    break;
  }
  if (count == 0) return false;
  raw = {out_, {nullptr, count}};
  return true;
}

}  // namespace operators
