// Operators over kept rows: Materialize, common tables, work tables, recursive union.
#pragma once

#include <memory>

#include "execution_state.h"
#include "operator.h"
#include "seen_rows.h"
#include "tuple_store.h"

namespace operators {

class Materialize final : public Operator {
 public:
  Materialize(const planner::MaterializeNode& node, ExecutionState& state)
      : Operator(node, state), rows_(node.raw_columns), reader_(node.raw_columns) {}
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  TupleStore rows_;
  TupleReader reader_;
  bool opened_ = false, complete_ = false;
  std::vector<std::uint64_t> versions_;  // of every execution parameter when it was filled
};

class CteScan final : public Operator {
 public:
  CteScan(const planner::CteScanNode& node, ExecutionState& state)
      : Operator(node, state), cte_(node), reader_(node.raw_columns) {}

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  const planner::CteScanNode& cte_;
  TupleReader reader_;
};

class WorkTableScan final : public Operator {
 public:
  WorkTableScan(const planner::WorkTableScanNode& node, ExecutionState& state)
      : Operator(node, state), scan_(node), reader_(node.raw_columns) {}

 protected:
  void do_open() override { reader_.rewind(); }
  bool produce(types::Batch& raw) override;

 private:
  const planner::WorkTableScanNode& scan_;
  TupleReader reader_;
};

class RecursiveUnion final : public Operator {
 public:
  RecursiveUnion(const planner::RecursiveUnionNode& node, ExecutionState& state);
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  // The next rows of this round that were not seen before.
  bool next_new(types::Batch& raw);

  const planner::RecursiveUnionNode& union_;
  TupleStore work_, next_;
  std::unique_ptr<SeenRows> seen_;
  bool in_base_ = true, round_read_ = false;
};

}  // namespace operators
