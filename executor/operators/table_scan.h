// Reads a table: all of it, ranges of an index, single rows by key.
#pragma once

#include <optional>
#include <vector>

#include "join_filter.h"
#include "morsels.h"
#include "operator.h"
#include "operators/execution.h"
#include "planner/plan.h"
#include "row_store.h"
#include "scan_ranges.h"
#include "table/entry_lookup.h"
#include "table/scan.h"
#include "table/table.h"

namespace operators {

// A scan of the clustered index reads what its filter needs first, and the other columns of the
// rows that pass.
class TableScan final : public Operator, private table::RowChooser {
 public:
  TableScan(const planner::TableScanNode& node, ExecutionState& state);
  void close() override;
  void expect(std::uint64_t rows) override { expected_ = rows; }

  // A parallel scan: do_open() cuts the range into at most so many pieces, which this scan and
  // those of the workers take. All before open().
  void divide(Morsels& morsels, std::size_t parts, table::Cut cut) {
    morsels_ = &morsels;
    parts_ = parts;
    cut_ = cut;
  }
  void take_from(Morsels& morsels) { morsels_ = &morsels; }
  // Tells the pieces apart that the rows returned last came from.
  std::uint64_t piece() const { return piece_; }
  // Rows that had to be looked at, in all runs, because an entry of a secondary index did not hold all that was asked for.
  std::uint64_t heap_fetches() const { return heap_fetches_; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;
  void add_details(Operator& worker) override;

 private:
  void start(table::KeyRange range);
  bool lookup(types::Batch& raw);
  void reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) override;
  bool is_wanted(std::size_t choice) const override;
  types::Selection choose(std::size_t choice, std::span<types::Vector> columns, std::uint32_t rows) override;

  const planner::TableScanNode& scan_;
  ScanRanges ranges_;
  types::Arena arena_;       // vectors
  std::vector<types::Vector> vectors_;
  TableAccess access_;
  table::Scratch scratch_;
  std::optional<table::Scan> scanner_;
  std::optional<table::EntryLookup> entry_lookup_;  // of single rows by an index whose entries hold what is read
  const table::Table* looked_up_in_ = nullptr;
  std::uint64_t heap_fetches_ = 0;
  const transaction::View* scanner_view_ = nullptr;
  // The filter, when the scan applies it; its arena is emptied with every leaf. Its conditions are
  // asked step by step, each of the rows that the ones before left, so that later columns are read of
  // those alone.
  std::optional<eval::Evaluator> early_filter_;
  struct Step {
    std::vector<std::size_t> conditions;  // indexes into the filter
    std::vector<std::size_t> columns;     // of the raw row, that they read
  };
  std::vector<Step> steps_;
  void plan_steps();
  std::vector<types::Vector> looked_at_;  // a raw row; what a step reads is there
  std::vector<std::uint16_t> chosen_;
  types::Arena filter_arena_{512};
  types::EvalContext filter_context_;
  // Joins above that say which rows have no partner.
  struct Reduction {
    const JoinFilter* filter;
    std::vector<std::size_t> columns;  // of the raw row
    bool pays = false;                 // in this run, as far as is known
    std::uint64_t rows = 0, passed = 0;
  };
  std::vector<Reduction> reductions_;
  std::vector<const types::Vector*> reduction_keys_;
  std::vector<std::uint64_t> reduction_hashes_;
  std::vector<std::uint16_t> reduced_;
  Morsels* morsels_ = nullptr;  // a parallel scan's
  std::size_t parts_ = 0;       // who cuts them: into how many
  table::Cut cut_ = table::Cut::anywhere;
  std::uint64_t piece_ = 0;
  std::uint64_t expected_ = UINT64_MAX;
  std::uint32_t capacity_ = 1;  // of the next batch
  bool started_ = false;        // a range is being read
  bool began_ = false;    // in this run: one of its ranges, at least
  bool done_ = false;
};

}  // namespace operators
