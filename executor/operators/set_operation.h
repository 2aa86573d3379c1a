// INTERSECT and EXCEPT [ALL]: counts equal rows of both sides.
#pragma once

#include "operator.h"
#include "row_set.h"
#include "row_store.h"

namespace operators {

class SetOperation final : public Operator {
 public:
  SetOperation(const planner::SetOperationNode& node, ExecutionState& state)
      : Operator(node, state),
        set_(node),
        rows_(node.raw_columns, node.keys, sizeof(Counts)),
        records_(types::kBatchRows),
        arena_(65536),
        out_(make_vectors(arena_, node.raw_columns, types::kBatchRows)) {}
  void close() override {
    Operator::close();
    rows_.clear();
  }

 protected:
  void do_open() override {
    rows_.clear();
    read_ = false;
    at_ = 0;
    repeated_ = 0;
  }
  bool produce(types::Batch& raw) override {
    if (!read_) {
      count(0);
      count(1);
      read_ = true;
    }
    std::uint32_t filled = 0;
    while (at_ < rows_.size() && filled < types::kBatchRows) {
      const auto* counts = reinterpret_cast<const Counts*>(rows_.owner(rows_.records()[at_]));
      if (repeated_ >= copies(*counts)) {
        ++at_;
        repeated_ = 0;
        continue;
      }
      records_[filled++] = rows_.records()[at_];
      ++repeated_;
    }
    if (filled == 0) return false;
    const std::span<std::byte* const> rows{records_.data(), filled};
    for (std::size_t c = 0; c < out_.size(); ++c) {
      out_[c].clear();
      rows_.layout().load(c, rows, out_[c]);
    }
    raw = {out_, {nullptr, filled}};
    return true;
  }

 private:
  struct Counts {
    std::uint64_t of[2];
  };
  std::uint64_t copies(const Counts& c) const {
    const auto [left, right] = c.of;
    if (set_.op == query::SetOperation::intersect) {
      if (!set_.all) return left > 0 && right > 0;
      return left < right ? left : right;
    }
    if (!set_.all) return left > 0 && right == 0;
    return left > right ? left - right : 0;
  }
  void count(std::size_t side) {
    child(side).open();
    types::Batch batch;
    std::vector<const types::Vector*> columns;
    while (child(side).next(batch)) {
      columns.clear();
      for (const types::Vector& v : batch.columns) columns.push_back(&v);
      if (side == 0)
        rows_.find_or_insert(columns, batch.rows, records_.data(), [](std::byte*, std::uint32_t) {});
      else
        rows_.find(columns, batch.rows, records_.data());
      for (std::uint32_t i = 0; i < batch.rows.count; ++i)
        if (records_[i] != nullptr) ++reinterpret_cast<Counts*>(rows_.owner(records_[i]))->of[side];
    }
  }

  const planner::SetOperationNode& set_;
  RowSet rows_;
  std::vector<std::byte*> records_;
  types::Arena arena_;
  std::vector<types::Vector> out_;
  bool read_ = false;
  std::size_t at_ = 0;
  std::uint64_t repeated_ = 0;
};

}  // namespace operators
