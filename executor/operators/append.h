// The rows of its children, one after the other.
#pragma once

#include <optional>
#include <vector>

#include "operator.h"
#include "planner/partition_pruning.h"

namespace operators {

// Children that its pruning finds to be without rows are not opened.
class Append : public Operator {
 public:
  Append(const planner::AppendNode& node, ExecutionState& state);

  // What is known before the first row, for EXPLAIN without a run.
  void prune_from_start();
  // Whether pruning left the child out before the first row: EXPLAIN counts it and does not show it.
  bool is_removed(std::size_t child) const { return !from_start_.empty() && !from_start_[child]; }
  std::size_t removed() const;

  void expect(std::uint64_t rows) override {
    for (OperatorPtr& c : children_) c->expect(rows);
  }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;
  // At every open: which children may have rows.
  void decide_children();
  bool is_open(std::size_t child) const { return now_.empty() || now_[child]; }

 private:
  // The pruning with the operators' side of it.
  struct Pruning {
    explicit Pruning(const planner::PartitionPruning& of);
    const planner::PartitionPruning& of;
    planner::PartitionPruner pruner;
    eval::Evaluator values;
    std::vector<std::optional<types::Datum>> known;
    types::Arena arena{512};
    types::EvalContext context;
  };
  void decide(bool from_start_only, std::vector<bool>& survives);
  bool open_from(std::size_t child);

  std::optional<Pruning> pruning_;
  std::vector<bool> from_start_, now_;  // which children survive; empty: all
  std::size_t at_ = 0;
};

}  // namespace operators
