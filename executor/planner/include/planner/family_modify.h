// Changes of rows that lie in several tables: inheritance and partitions.
#pragma once

#include <memory>
#include <vector>

#include "planner/partition_routing.h"
#include "planner/plan.h"

namespace planner {

// Raw row: as ModifyNode's (versions, too), with the columns of the relation that was named, and last the OID of
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
  // UPDATE that may move rows: INSERTs of what arrives, by leaf of `routing`.
  bool may_move = false;
  std::vector<Target> arrivals;
  // INSERT .. ON CONFLICT DO UPDATE: columns of the named relation.
  bool updates_on_conflict = false;
  std::vector<int> conflict_columns;
};

// MERGE into such tables, and into those with triggers. The child's row is the source's joined to the
// target's, if any; each action is a change of its own, without children, of that row.
struct FamilyMergeNode : ModifyNode {
  struct Action {
    bool matched = true;
    eval::Program condition;
    std::unique_ptr<FamilyModifyNode> change;   // null: DO NOTHING
  };
  std::vector<Action> actions;
};

// An INSERT of rows of `named` into one of the tables that hold its rows: the values are the row's own.
std::unique_ptr<ModifyNode> insert_into(const RelationPtr& leaf, const std::vector<int>& columns,
                                        catalog::CatalogView& catalog,
                                        const catalog::RelationDescriptor& named);

}  // namespace planner
