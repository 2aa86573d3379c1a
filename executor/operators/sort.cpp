#include "sort.h"

#include <algorithm>

#include "execution_state.h"
#include "keys.h"
#include "types/sql_error.h"

namespace operators {

using types::Datum;
using types::PhysicalType;

Sort::Sort(const planner::SortNode& node, ExecutionState& state)
    : Operator(node, state), sorter_(node.raw_columns, node.keys) {}

void Sort::close() {
  Operator::close();
  sorter_.clear();
  sorted_ = false;
}

void Sort::do_open() {
  sorter_.start(state().spill, state().context.work_mem_bytes, bound_);
  sorted_ = false;
  child().open();
}

bool Sort::produce(types::Batch& raw) {
  if (!sorted_) {
    types::Batch batch;
    while (child().next(batch)) sorter_.add(batch);
    sorter_.finish();
    sorted_ = true;
  }
  return sorter_.next(raw);
}

bool Unique::produce(types::Batch& raw) {
  types::Batch batch;
  if (!child().next(batch)) return false;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    const std::uint32_t row = batch.rows[i];
    bool same = !first_;
    for (std::size_t k = 0; same && k < unique_.keys.size(); ++k) {
      const planner::KeyColumn& key = unique_.keys[k];
      same = datum_equals(key, last_[k], batch.columns[static_cast<std::size_t>(key.column)].datum(row));
    }
    if (same) continue;
    first_ = false;
    selected_[count++] = static_cast<std::uint16_t>(row);
    last_arena_.reset();
    last_.clear();
    for (const planner::KeyColumn& key : unique_.keys)
      last_.push_back(types::copy_datum(last_arena_, key.physical,
                                        batch.columns[static_cast<std::size_t>(key.column)].datum(row)));
  }
  raw = {batch.columns, {selected_.data(), count}};
  return true;
}

Limit::Limit(const planner::LimitNode& node, ExecutionState& state)
    : Operator(node, state),
      limit_(node),
      count_(node.count, 1),
      offset_(node.offset, 1),
      selected_(types::kBatchRows) {}

void Limit::do_open() {
  bind(count_);
  bind(offset_);
  skip_ = 0;
  left_.reset();
  in_ties_ = ended_ = false;
  if (offset_.size() > 0) {
    const Datum value = offset_.value(0);
    if (!value.is_null && value.int64 < 0)
      throw types::SqlError("2201X", "OFFSET must not be negative");
    if (!value.is_null) skip_ = static_cast<std::uint64_t>(value.int64);
  }
  if (count_.size() > 0) {
    const Datum value = count_.value(0);
    if (!value.is_null && value.int64 < 0)
      throw types::SqlError("2201W", "LIMIT must not be negative");
    if (!value.is_null) left_ = static_cast<std::uint64_t>(value.int64);
  }
  const bool bounded = left_ && !limit_.with_ties && *left_ + skip_ >= *left_;
  child().set_bound(bounded ? *left_ + skip_ : UINT64_MAX);
  child().expect(left_ && *left_ + skip_ >= *left_ ? *left_ + skip_ : UINT64_MAX);
  if (left_ && *left_ == 0) ended_ = true;
  if (!ended_) child().open();
}

bool Limit::tied(const types::Batch& batch, std::uint32_t row) const {
  for (std::size_t k = 0; k < limit_.tie_keys.size(); ++k) {
    const planner::KeyColumn& key = limit_.tie_keys[k];
    if (!datum_equals(key, last_[k], batch.columns[static_cast<std::size_t>(key.column)].datum(row)))
      return false;
  }
  return true;
}

bool Limit::produce(types::Batch& raw) {
  if (ended_) return false;
  types::Batch batch;
  if (!child().next(batch)) {
    ended_ = true;
    return false;
  }
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    const std::uint32_t row = batch.rows[i];
    if (skip_ > 0) {
      --skip_;
      continue;
    }
    if (in_ties_) {
      if (!tied(batch, row)) {
        ended_ = true;
        break;
      }
    } else if (left_) {
      if (*left_ == 0) {
        ended_ = true;
        break;
      }
      if (--*left_ == 0) {
        if (limit_.with_ties) {
          in_ties_ = true;
          last_arena_.reset();
          last_.clear();
          for (const planner::KeyColumn& key : limit_.tie_keys)
            last_.push_back(types::copy_datum(
                last_arena_, key.physical,
                batch.columns[static_cast<std::size_t>(key.column)].datum(row)));
        } else {
          ended_ = true;
        }
      }
    }
    selected_[count++] = static_cast<std::uint16_t>(row);
    if (ended_) break;
  }
  raw = {batch.columns, {selected_.data(), count}};
  return true;
}

}  // namespace operators
