// For each row of the left side, the right side anew.
#pragma once

#include "operator.h"
#include "planner/plan_node.h"
#include "row_store.h"

namespace operators {

class NestedLoop final : public Operator {
 public:
  NestedLoop(const planner::NestedLoopNode& node, ExecutionState& state);
  void expect(std::uint64_t rows) override { child(0).expect(rows); }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;
  void reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) override;

 private:
  bool next_left();
  void emit(std::span<const types::Vector> right, std::uint32_t right_row);
  void emit_left();

  const planner::NestedLoopNode& join_;
  eval::Evaluator filter_;
  std::size_t left_columns_;
  types::Arena arena_;
  types::Arena parameter_arena_;
  std::vector<types::Vector> left_row_;   // constants
  std::vector<types::Vector> combined_;   // left constants, right columns
  std::vector<types::Vector> out_;
  std::uint32_t filled_ = 0;
  types::Batch left_;
  std::uint32_t at_ = 0;
  types::Batch right_;       // matching rows not put out yet: right_.rows from right_at_ on
  std::uint32_t right_at_ = 0;
  bool has_left_ = false;    // the right side is open for row at_
  bool matched_ = false;
  bool left_done_ = false;
};

}  // namespace operators
