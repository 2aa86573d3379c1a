// ORDER BY, with a bound when only the first rows are wanted; and what works on sorted rows.
#pragma once

#include <optional>

#include "operator.h"
#include "planner/plan_node.h"
#include "row_sorter.h"

namespace operators {

class Sort final : public Operator {
 public:
  Sort(const planner::SortNode& node, ExecutionState& state);
  void close() override;
  void set_bound(std::uint64_t rows) override {
    if (node_.filter.empty()) bound_ = rows;
  }
  const RowSorter& sorter() const { return sorter_; }
  bool bounded() const { return bound_ && *bound_ != UINT64_MAX; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  RowSorter sorter_;
  std::optional<std::uint64_t> bound_;
  bool sorted_ = false;
};

class Unique final : public Operator {
 public:
  Unique(const planner::UniqueNode& node, ExecutionState& state)
      : Operator(node, state), unique_(node), selected_(types::kBatchRows) {}
  void expect(std::uint64_t rows) override { child().expect(rows); }

 protected:
  void do_open() override {
    child().open();
    first_ = true;
  }
  bool produce(types::Batch& raw) override;

 private:
  const planner::UniqueNode& unique_;
  types::Arena last_arena_;
  std::vector<types::Datum> last_;
  std::vector<std::uint16_t> selected_;
  bool first_ = true;
};

class Limit final : public Operator {
 public:
  Limit(const planner::LimitNode& node, ExecutionState& state);

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  bool tied(const types::Batch& batch, std::uint32_t row) const;

  const planner::LimitNode& limit_;
  eval::Evaluator count_, offset_;
  std::uint64_t skip_ = 0;
  std::optional<std::uint64_t> left_;
  std::vector<std::uint16_t> selected_;
  types::Arena last_arena_;
  std::vector<types::Datum> last_;
  bool in_ties_ = false, ended_ = false;
};

}  // namespace operators
