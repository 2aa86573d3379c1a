#include "incremental_sort.h"

#include <algorithm>
#include <numeric>

#include "execution_state.h"

namespace operators {

using types::Datum;

namespace {

// Groups smaller than that are not worth a sort of their own.
constexpr std::uint64_t kTogether = 32;

}  // namespace

IncrementalSort::IncrementalSort(const planner::SortNode& node, ExecutionState& state)
    : Operator(node, state), sort_(node), sorter_(node.raw_columns, node.keys), rows_(types::kBatchRows) {
  std::iota(rows_.begin(), rows_.end(), std::uint16_t{0});
}

void IncrementalSort::close() {
  Operator::close();
  sorter_.clear();
  filled_ = false;
}

void IncrementalSort::expect(std::uint64_t rows) {
  child().expect(rows == UINT64_MAX ? rows : std::max(rows, kTogether));
}

void IncrementalSort::do_open() {
  given_ = 0;
  has_batch_ = ended_ = filled_ = false;
  last_.clear();
  child().open();
}

bool IncrementalSort::in_group(std::uint32_t row) const {
  for (std::size_t k = 0; k < sort_.presorted; ++k) {
    const planner::SortColumn& key = sort_.keys[k];
    const Datum value = batch_.columns[static_cast<std::size_t>(key.column)].datum(row);
    if (value.is_null != last_[k].is_null) return false;
    if (!value.is_null && key.compare(value, last_[k]) != 0) return false;
  }
  return true;
}

void IncrementalSort::remember(std::uint32_t row) {
  last_arena_.reset();
  last_.clear();
  for (std::size_t k = 0; k < sort_.presorted; ++k) {
    const planner::SortColumn& key = sort_.keys[k];
    last_.push_back(types::copy_datum(last_arena_, key.physical,
                                      batch_.columns[static_cast<std::size_t>(key.column)].datum(row)));
  }
}

bool IncrementalSort::fill() {
  std::optional<std::uint64_t> wanted;
  if (bound_ && *bound_ != UINT64_MAX) {
    if (given_ >= *bound_) return false;
    wanted = *bound_ - given_;
  }
  sorter_.start(state().spill, state().context.work_mem_bytes, wanted);
  std::uint64_t count = 0;
  for (bool whole = false; !whole;) {
    if (!has_batch_) {
      if (ended_ || !child().next(batch_)) {
        ended_ = true;
        break;
      }
      has_batch_ = true;
      at_ = 0;
    }
    // The rows of the batch until where a group ends and enough are there.
    std::uint32_t end = at_;
    for (; end < batch_.rows.count; ++end) {
      const std::uint32_t row = batch_.rows[end];
      const std::uint64_t before = count + (end - at_);
      if (before < kTogether) {
        if (before + 1 == kTogether) remember(row);
        continue;
      }
      if (!in_group(row)) {
        whole = true;
        break;
      }
    }
    if (end > at_) {
      const std::uint16_t* rows = batch_.rows.rows != nullptr ? batch_.rows.rows : rows_.data();
      sorter_.add({batch_.columns, {rows + at_, end - at_}});
      count += end - at_;
    }
    at_ = end;
    if (at_ == batch_.rows.count) has_batch_ = false;
  }
  if (count == 0) return false;
  sorter_.finish();
  ++groups_;
  if (state().instrumented) methods_.emplace(sorter_.method());
  memory_sum_ += sorter_.peak_bytes();
  memory_peak_ = std::max<std::uint64_t>(memory_peak_, sorter_.peak_bytes());
  spilled_sum_ += sorter_.spilled_bytes();
  spilled_peak_ = std::max(spilled_peak_, sorter_.spilled_bytes());
  return true;
}

bool IncrementalSort::produce(types::Batch& raw) {
  for (;;) {
    if (filled_ && sorter_.next(raw)) {
      given_ += raw.rows.count;
      return true;
    }
    filled_ = fill();
    if (!filled_) return false;
  }
}

}  // namespace operators
