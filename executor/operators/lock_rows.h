// FOR UPDATE, FOR SHARE and their weaker kin.
#pragma once

#include "operator.h"
#include "operators/execution.h"
#include "planner/plan.h"
#include "row_store.h"
#include "table/table.h"

namespace operators {

// Locks the rows that make up each row of its child. A row changed meanwhile is read again and
// must meet the conditions again (READ COMMITTED).
class LockRows final : public Operator {
 public:
  LockRows(const planner::LockRowsNode& node, ExecutionState& state);
  // LIMIT: rows beyond it must not be locked.
  void set_bound(std::uint64_t rows) override { bound_ = rows; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  struct Table {
    planner::RelationPtr relation;
    TableAccess access;
    std::vector<std::int32_t> columns;
  };
  struct Target {
    std::vector<Table> tables;
    table::Scratch scratch;
    std::vector<types::Vector> newest;
  };
  // The one of them that has the row.
  Table& table_of(std::size_t target, const types::Batch& input, std::uint32_t row);
  // False: the row drops out.
  bool lock(std::size_t target, const types::Batch& input, std::uint32_t row, bool* changed);
  types::Vector& own_column(const types::Batch& input, std::size_t column);

  const planner::LockRowsNode& lock_;
  std::vector<Target> targets_;
  eval::Evaluator recheck_;
  types::Arena arena_;
  std::vector<types::Vector> columns_, owned_;
  std::vector<bool> is_owned_;
  std::vector<std::uint16_t> selected_;
  types::Batch input_;
  std::uint32_t at_ = 0;
  std::uint64_t bound_ = UINT64_MAX, left_ = UINT64_MAX;
};

}  // namespace operators
