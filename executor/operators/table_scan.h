// Reads a table: all of it, ranges of an index, single rows by key.
#pragma once

#include <optional>
#include <vector>

#include "operator.h"
#include "operators/execution.h"
#include "planner/plan.h"
#include "row_store.h"
#include "table/scan.h"
#include "table/table.h"

namespace operators {

// A scan of the clustered index reads what its filter needs first, and the other columns of the
// rows that pass.
class TableScan final : public Operator, private table::RowChooser {
 public:
  TableScan(const planner::TableScanNode& node, ExecutionState& state);
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  // The key values of this run; false when one is null or fits no key: there is no row.
  bool evaluate_keys();
  bool evaluate_array(const types::Datum& array);
  table::KeyRange current_range();
  bool lookup(types::Batch& raw);
  types::Selection choose(std::span<types::Vector> columns, std::uint32_t rows) override;

  const planner::TableScanNode& scan_;
  eval::Evaluator keys_;
  std::vector<types::Datum> values_;
  std::vector<types::Datum> elements_;  // of the array key, ascending, each once
  std::size_t next_element_ = 0;
  types::Arena arena_;       // vectors
  types::Arena key_arena_;   // key values of a run
  types::EvalContext key_context_;
  std::vector<types::Vector> vectors_;
  TableAccess access_;
  table::Scratch scratch_;
  std::optional<table::Scan> scanner_;
  const transaction::View* scanner_view_ = nullptr;
  // The filter, when the scan applies it; its arena is emptied with every leaf.
  std::optional<eval::Evaluator> early_filter_;
  types::Arena filter_arena_{512};
  types::EvalContext filter_context_;
  bool done_ = false;
};

}  // namespace operators
