// INSERT, UPDATE and DELETE of rows that lie in several tables.
#pragma once

#include <memory>
#include <span>

#include "operator.h"
#include "table/table.h"

namespace planner {
struct FamilyModifyNode;
struct FamilyMergeNode;
}

namespace operators {

class TransitionTables;

std::unique_ptr<Operator> make_family_modify(const planner::FamilyModifyNode& node,
                                             ExecutionState& state);
std::unique_ptr<Operator> make_family_merge(const planner::FamilyMergeNode& node, ExecutionState& state);

// The same for one row at a time, which MERGE hands over: a batch of one, in place 0.
class RowChange {
 public:
  virtual ~RowChange() = default;

  // Of the named table; null where no trigger asks. MERGE takes a row that moves to another partition for one
  // deleted and one inserted, as PostgreSQL 15.
  struct Transitions {
    std::shared_ptr<TransitionTables> changed, deleted, inserted;
  };
  virtual void open_rows(const Transitions& transitions) = 0;
  virtual void close_rows() = 0;
  struct Outcome {
    table::DmlStatus status = table::DmlStatus::ok;
    bool changed = false;   // ok: or a trigger was against it
  };
  // `locked`: lock_newest() was called for it.
  virtual Outcome change_row(types::Batch& one, bool locked) = 0;
  // After a version conflict: locks the row of the last change_row() and puts its newest version into
  // `one`, whose bytes live in `arena`. SqlError 40001 under REPEATABLE READ.
  enum class Newest : std::uint8_t { same, other, own, gone };
  virtual Newest lock_newest(std::span<types::Vector> one, types::Arena& arena) = 0;
};

std::unique_ptr<RowChange> make_row_change(const planner::FamilyModifyNode& node, ExecutionState& state);

}  // namespace operators
