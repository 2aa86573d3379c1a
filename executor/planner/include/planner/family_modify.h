// Changes of rows that lie in several tables: inheritance and partitions.
#pragma once

#include <memory>
#include <vector>

#include "planner/partition_routing.h"
#include "planner/plan.h"

namespace planner {

// Raw row: as ModifyNode's, with the columns of the relation that was named, and last the OID of
// the table that has the row. Each target is a node of its own, without children: its input is
//   UPDATE, DELETE: the child's row;
//   INSERT: the row of the named relation (all its columns).
struct FamilyModifyNode : ModifyNode {
  struct Target {
    std::unique_ptr<ModifyNode> node;
    std::vector<int> columns;       // for each column of the named relation, its place; -1
    std::unique_ptr<ModifyNode> moved_away;  // DELETE of a row that an UPDATE moves elsewhere
  };
  // UPDATE, DELETE: one for each member; INSERT: one for each leaf of `routing`.
  std::vector<Target> targets;
  std::vector<types::Oid> target_tables;
  int table_column = -1;            // UPDATE, DELETE: the child's column with the table's OID

  std::unique_ptr<PartitionRouting> routing;
  // UPDATE that may move rows: the whole new row of the named relation over the child's columns,
  // and where it goes: by leaf of `routing`.
  eval::Program new_row;
  bool may_move = false;
  std::vector<Target> arrivals;
};

}  // namespace planner
