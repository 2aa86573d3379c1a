// Reads a table: all of it, ranges of an index, single rows by key.
#pragma once

#include <optional>
#include <vector>

#include "morsels.h"
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

  // A parallel scan: do_open() cuts the range into at most so many pieces, which this scan and
  // those of the workers take. All before open().
  void divide(Morsels& morsels, std::size_t parts) {
    morsels_ = &morsels;
    parts_ = parts;
  }
  void take_from(Morsels& morsels) { morsels_ = &morsels; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  // The key values of this run; false when one is null or fits no key: there is no row.
  bool evaluate_keys();
  bool evaluate_array(const types::Datum& array);
  table::KeyRange current_range();
  // The range to read when the one before has come to its end.
  std::optional<table::KeyRange> next_range();
  void start(table::KeyRange range);
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
  Morsels* morsels_ = nullptr;  // a parallel scan's
  std::size_t parts_ = 0;       // who cuts them: into how many
  bool started_ = false;        // a range is being read
  bool began_ = false;    // in this run: one of its ranges, at least
  bool done_ = false;
};

}  // namespace operators
