// The ranges of an index that a scan reads in one run, from the values its keys have then.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "eval/program.h"
#include "planner/plan.h"
#include "table/key.h"
#include "table/row_range.h"
#include "table/table.h"

namespace operators {

class ExecutionState;

// begin() each run, then current() for the first range and next() for the others, in the order of the scan and apart
// from each other. The node outlives it. Not thread-safe. Errors are those of the key expressions.
class ScanRanges {
 public:
  explicit ScanRanges(const planner::TableScanNode& node);

  // False: a value is null or fits no key, so there is no row.
  bool begin(ExecutionState& state, const table::Table& table);
  table::KeyRange current();
  std::optional<table::KeyRange> next();
  // One per key expression: for a lookup. Until the next begin().
  std::span<const types::Datum> values() const { return values_; }
  // Whether each range is that of one value for every key of the index.
  bool are_single_keys() const;

 private:
  bool evaluate_array(ExecutionState& state, const types::Datum& array);
  enum class Side : std::uint8_t { lower, upper };
  bool set_bound(table::RowBound& bound, std::size_t first, std::size_t count, bool inclusive, Side side);
  bool convert(std::size_t value);
  // Those of all alternatives, in the order of the scan, each once.
  bool collect();

  const planner::TableScanNode& scan_;
  const table::Table* table_ = nullptr;
  eval::Evaluator keys_;
  std::vector<types::Datum> values_;
  table::RowBound lower_, upper_;       // of values_
  std::vector<types::Datum> elements_;  // of the array key, ascending, each once
  std::size_t next_element_ = 0;
  std::vector<table::KeyRange> ranges_;  // of alternatives
  std::size_t next_range_ = 0;
  types::Arena key_arena_{256};         // key values of a run
  types::EvalContext key_context_;
};

}  // namespace operators
