// Hands out its child's rows one at a time, so that what is computed of them is computed when it is wanted.
#pragma once

#include "operator.h"
#include "planner/row_by_row.h"

namespace operators {

class RowByRow final : public Operator {
 public:
  RowByRow(const planner::RowByRowNode& node, ExecutionState& state) : Operator(node, state) {}
  void set_bound(std::uint64_t rows) override {
    if (node_.filter.empty()) child().set_bound(rows);
  }

 protected:
  void do_open() override {
    batch_ = {};
    at_ = 0;
    child().open();
  }

  bool produce(types::Batch& raw) override {
    if (at_ == batch_.rows.count) {
      at_ = 0;
      batch_ = {};
      if (!child().next(batch_)) return false;
    }
    row_ = static_cast<std::uint16_t>(batch_.rows[at_++]);
    raw = {batch_.columns, {&row_, 1}};
    return true;
  }

 private:
  types::Batch batch_{};   // the child's last one
  std::uint32_t at_ = 0;   // rows of it that have been handed out
  std::uint16_t row_ = 0;
};

}  // namespace operators
