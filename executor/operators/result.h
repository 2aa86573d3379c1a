// One row without columns, or its child's rows behind a condition decided once.
#pragma once

#include "operator.h"

namespace operators {

class Result final : public Operator {
 public:
  Result(const planner::ResultNode& node, ExecutionState& state)
      : Operator(node, state), condition_(node.condition, 1) {}
  void set_bound(std::uint64_t rows) override {
    for (OperatorPtr& c : children_) c->set_bound(rows);
  }
  void expect(std::uint64_t rows) override {
    for (OperatorPtr& c : children_) c->expect(rows);
  }

 protected:
  void do_open() override {
    bind(condition_);
    done_ = false;
    for (std::size_t i = 0; i < condition_.size() && !done_; ++i) {
      const types::Datum value = condition_.value(i);
      done_ = value.is_null || !value.boolean;
    }
    if (!done_)
      for (OperatorPtr& c : children_) c->open();
  }
  bool produce(types::Batch& raw) override {
    if (done_) return false;
    if (!children_.empty()) return child().next(raw);
    done_ = true;
    raw = {{}, {nullptr, 1}};
    return true;
  }

 private:
  eval::Evaluator condition_;
  bool done_ = false;
};

// Its child's rows as they are.
class SubqueryScan final : public Operator {
 public:
  SubqueryScan(const planner::SubqueryScanNode& node, ExecutionState& state)
      : Operator(node, state) {}
  void set_bound(std::uint64_t rows) override {
    if (node_.filter.empty()) child().set_bound(rows);
  }
  void expect(std::uint64_t rows) override { child().expect(rows); }

 protected:
  void do_open() override { child().open(); }
  bool produce(types::Batch& raw) override { return child().next(raw); }
  void reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) override {
    child().reduce_by(filter, columns);
  }
};

}  // namespace operators
