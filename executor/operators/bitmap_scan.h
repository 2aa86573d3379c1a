// Reads the rows that indexes find.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator.h"
#include "operators/execution.h"
#include "row_key_stream.h"
#include "row_store.h"
#include "scan_ranges.h"
#include "table/scan.h"
#include "table/table.h"

namespace operators {

// What stands below a BitmapHeapScan: it has no rows, but finds some in each run.
class RowFinder : public Operator {
 public:
  using Operator::Operator;
  // After open().
  virtual FoundRows find() = 0;

 protected:
  bool produce(types::Batch&) override { return false; }
};

class BitmapIndexScan final : public RowFinder {
 public:
  BitmapIndexScan(const planner::BitmapIndexScanNode& node, ExecutionState& state);
  FoundRows find() override;

 protected:
  void do_open() override {}

 private:
  FoundRows find_ordered();   // of an index that is not inverted
  FoundRows find_inverted();

  const planner::BitmapIndexScanNode& scan_;
  std::optional<ScanRanges> ranges_;  // of an index that is not inverted
  eval::Evaluator keys_;
  types::Arena key_arena_{256};
  types::EvalContext key_context_;
};

// What several finders make of one.
class CombinedFinder : public RowFinder {
 public:
  using RowFinder::RowFinder;

 protected:
  void do_open() override;
  std::vector<FoundRows> find_each();
};

class BitmapOr final : public CombinedFinder {
 public:
  BitmapOr(const planner::BitmapOrNode& node, ExecutionState& state) : CombinedFinder(node, state) {}
  FoundRows find() override { return rows_of_any(find_each()); }
};

class BitmapAnd final : public CombinedFinder {
 public:
  BitmapAnd(const planner::BitmapAndNode& node, ExecutionState& state) : CombinedFinder(node, state) {}
  FoundRows find() override { return rows_of_all(find_each()); }
};

class BitmapHeapScan final : public Operator {
 public:
  BitmapHeapScan(const planner::BitmapHeapScanNode& node, ExecutionState& state);
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  RowFinder& finder() { return static_cast<RowFinder&>(child()); }

  const planner::BitmapHeapScanNode& scan_;
  types::Arena arena_;  // vectors
  std::vector<types::Vector> vectors_;
  TableAccess access_;
  FoundRows found_;
  std::optional<table::Scan> scanner_;
  bool by_keys_ = false;                // the scanner takes some
  const transaction::View* scanner_view_ = nullptr;
};

}  // namespace operators
