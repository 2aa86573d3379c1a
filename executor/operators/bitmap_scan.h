// Reads the rows that inverted indexes find.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator.h"
#include "operators/execution.h"
#include "row_key_stream.h"
#include "row_store.h"
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
  const planner::BitmapIndexScanNode& scan_;
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
  table::Scratch scratch_;
  FoundRows found_;
  std::string next_;                    // where to look for the next row
  std::optional<table::Scan> scanner_;  // of all rows
};

}  // namespace operators
