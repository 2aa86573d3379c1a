// A physical plan: what the planner makes of an analysed query and operators run.
//
// Immutable once made, so that a cached plan is shared by concurrent executions. It holds no
// value of a parameter, no setting and no view of a transaction; it is good as long as the
// descriptors it holds are the current ones (see Plan::relations).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog_view.h"
#include "planner/plan_node.h"
#include "query/query.h"
#include "types/sql_error.h"

namespace planner {

using catalog::RelationPtr;

enum class Access : std::uint8_t {
  full,     // every row, in the index's order
  lookup,   // at most one row: every key of a unique index is given
  range,    // leading keys given, perhaps bounds on the next one
};

// Reads a table. Raw row: `table_columns`.
struct TableScanNode : PlanNode {
  TableScanNode() : PlanNode(NodeKind::table_scan) {}
  RelationPtr relation;
  int range_table_index = 0;
  Access access = Access::full;
  int index = -1;                       // as table::ScanRequest::index
  bool backward = false;
  std::vector<std::int32_t> table_columns;  // from 0; table::kRowKey
  std::size_t filter_columns = 0;           // the first so many are what the filter reads
  // Equal values of the leading keys, then the lower bound, then the upper one. A value that is
  // null leaves no row.
  eval::Program key_values;
  std::vector<types::PhysicalType> key_types;
  std::size_t equal_keys = 0;
  // How many columns a bound has, compared as a row: (a, b) > ($1, $2).
  std::size_t lower_keys = 1, upper_keys = 1;
  // Above 1: key_values are that many rows of equal_keys values; what each leads to is read, in the order of
  // the scan: (a, b) IN ((1, 2), (3, 4)).
  std::size_t alternatives = 1;
  bool has_lower = false, lower_inclusive = true, has_upper = false, upper_inclusive = true;
  // key_values[array_key] is an array: one lookup or range for each distinct element; -1: none.
  int array_key = -1;
  types::TypeRef array_element;
  // Bit i: of the equal keys, number i is to be null, as its value is (IS NULL).
  std::uint64_t null_keys = 0;
  // The key behind the equal ones is not null; it has no bounds.
  bool next_not_null = false;
  // All columns come from the index's entries (table::entries_hold()).
  bool index_only = false;
};

// Finds, in an index, the keys of rows that may satisfy all conditions. It has no rows of
// its own: a BitmapHeapScanNode reads those it finds.
struct BitmapIndexScanNode : PlanNode {
  BitmapIndexScanNode() : PlanNode(NodeKind::bitmap_index_scan) {}
  RelationPtr relation;
  int index = 0;                        // as table::ScanRequest::index
  // `column OPERATOR key_values[i]`, for condition i. A value that is null leaves no row.
  struct Condition {
    std::uint8_t column;                // of the index
    int strategy;                       // of the operator in the column's class
  };
  std::vector<Condition> conditions;
  eval::Program key_values;
  // An ordered or hashed index: which of its entries; null: an inverted one.
  std::unique_ptr<TableScanNode> search;
};

// What any of its children finds.
struct BitmapOrNode : PlanNode {
  BitmapOrNode() : PlanNode(NodeKind::bitmap_or) {}
};

// What all of them find.
struct BitmapAndNode : PlanNode {
  BitmapAndNode() : PlanNode(NodeKind::bitmap_and) {}
};

// Reads the rows that its child finds, in the order of the table's own keys; all rows when that
// cannot tell. Its filter checks what inverted indexes promised; what ordered ones found in the scan's own view is so. Raw row: `table_columns`.
struct BitmapHeapScanNode : PlanNode {
  BitmapHeapScanNode() : PlanNode(NodeKind::bitmap_heap_scan) {}
  RelationPtr relation;
  std::vector<std::int32_t> table_columns;  // from 0; table::kRowKey
};

// What every new or changed row of a table must go through.
struct WriteRules {
  RelationPtr relation;
  std::vector<int> not_null;            // columns
  struct Check {
    std::string name;
  };
  std::vector<Check> checks;
  eval::Program check_conditions;       // over the table's columns; null passes
  std::vector<int> generated;           // stored generated columns
  eval::Program generated_values;       // over the table's columns
  std::vector<types::PhysicalType> columns;  // the table's, dropped ones too
  // Conditions of row security over the table's columns; null fails. The error names the policy,
  // if there is a name.
  struct Policies {
    std::vector<std::string> names;
    eval::Program conditions;
  };
  // As query::RowChecks has them.
  Policies inserted, updated, changing, deleting;
  std::string policies_of;              // the table that has them
  bool row_security = false;            // errors must not tell what a row holds
  // WITH CHECK OPTION: over the table's columns; null fails.
  std::vector<std::string> checking_views;
  eval::Program view_conditions;
  // Foreign keys whose columns this statement may change.
  bool has_foreign_keys = false;        // of this table, to others
  bool is_referenced = false;
};

struct OnConflictPlan {
  bool do_update = false;
  std::vector<int> arbiters;            // storage indexes; empty: all
  // Over the table's columns (the row in the way), then the proposed row's.
  eval::Program condition;
  std::vector<int> set_columns;
  eval::Program set_values;
};

// A MERGE action; programs over the child's columns.
struct MergeActionPlan {
  query::MergeAction::Kind kind = query::MergeAction::Kind::nothing;
  bool matched = true;
  eval::Program condition;
  std::vector<int> set_columns;   // update
  eval::Program values;           // update: of set_columns; insert: the whole row
};

// INSERT, UPDATE, DELETE, MERGE. Raw row (of RETURNING): the table's columns (new row; old row of a
// DELETE), then the child's columns.
struct ModifyNode : PlanNode {
  ModifyNode() : PlanNode(NodeKind::modify_table) {}
  query::CommandKind command = query::CommandKind::insert;
  RelationPtr relation;
  WriteRules rules;
  bool returning = false;
  // RETURNING asks for xmin or xmax: the raw row has the new version's as two more columns behind the child's.
  bool returns_versions = false;

  // INSERT: every column of the table, over the child's columns. UPDATE: one per set_columns.
  eval::Program values;
  std::vector<int> set_columns;
  // UPDATE may change a column that a foreign key refers to.
  bool changes_referenced_key = false;
  // UPDATE may change a column of an index: else row locks are FOR NO KEY UPDATE.
  bool changes_key = false;

  // UPDATE, DELETE, MERGE: the child's column that holds the row key, and where the child has
  // the table's columns: child column, or -1 where it is not read.
  int row_key_column = -1;
  std::vector<int> old_columns;
  // The same of xmin and xmax: a child column, and which of the two it holds (query/system_columns.h).
  std::vector<std::pair<int, std::int32_t>> old_versions;
  // Conditions over the child's columns to hold again on a row's newest version.
  eval::Program recheck;

  std::unique_ptr<OnConflictPlan> on_conflict;
  std::vector<MergeActionPlan> merge_actions;
  bool set_tag = true;  // its count is the command's
  // The relation is a view, its INSTEAD OF triggers do the work: no row key. UPDATE, DELETE: the
  // view's whole old row over the child's columns.
  bool instead_of_triggers = false;
  eval::Program old_row;
};

struct LockTarget {
  RelationPtr relation;
  // The rows of a table with children or partitions lie in these; which one has a row says
  // table_column of the child. Empty: in `relation`.
  struct Member {
    RelationPtr relation;
    std::vector<int> table_columns;   // as below, in this one
  };
  std::vector<Member> members;
  int table_column = -1;
  query::LockStrength strength = query::LockStrength::for_update;
  query::LockWait wait = query::LockWait::block;
  int row_key_column = 0;           // of the child
  std::vector<int> table_columns;   // refreshed when the row was changed meanwhile ..
  std::vector<int> child_columns;   // .. in these columns of the child
};
// FOR UPDATE and the like. Raw row: the child's columns.
struct LockRowsNode : PlanNode {
  LockRowsNode() : PlanNode(NodeKind::lock_rows) {}
  std::vector<LockTarget> targets;
  eval::Program recheck;
};

struct ResultColumn {
  std::string name;
  TypeRef type;
  types::PhysicalType physical = types::PhysicalType::varlen;
  // For types that users made; null: types::find_type(type.oid).
  const types::TypeSupport* support = nullptr;
  Oid source_table = 0;
  int source_column = 0;
};

// A query inside an expression, or the body of a common table.
struct Subplan {
  PlanNodePtr root;
  std::string name;      // "SubPlan 1", "InitPlan 1 (returns $0)", "CTE x"
  // Execution parameters of outer rows that it (or what is in it) reads: a rescan is needed when
  // one of them has changed.
  std::vector<int> parameters;
  query::SubqueryKind kind = query::SubqueryKind::scalar;
  types::Oid element_type = 0;  // array
  bool elements_are_arrays = false;  // array: of one dimension more
  bool is_volatile = false;     // the same parameters may give another result
  // Data-modifying: run to its end even when nobody reads it.
  bool modifies_data = false;
};

// How a relation is used: the session locks it so before a run, and plans again when the
// descriptor (by identity) is no longer the catalogue's.
struct RelationUse {
  RelationPtr relation;
  catalog::RelationLock lock = catalog::RelationLock::access_share;
};

struct Plan {
  query::CommandKind command = query::CommandKind::select;
  std::vector<ResultColumn> columns;  // empty: returns no rows
  bool returns_rows = false;
  bool modifies_data = false;         // or locks rows: needs a transaction that may write
  int parameter_count = 0;            // $n
  // Whose rights it was made under, and what they lack (42501): it cannot be executed.
  types::Oid role = 0;
  std::optional<types::SqlError> denied;

  PlanNodePtr root;
  std::vector<Subplan> subplans;
  std::vector<Subplan> common_tables;
  int execution_parameters = 0;
  std::vector<std::pair<int, int>> init_plans;  // execution parameter, subplan
  int node_count = 0;
  int work_tables = 0;

  std::vector<RelationUse> relations;
  // By query level (NodeText::Entry): those of lower numbers have the first choice of names.
  std::vector<int> name_order;

  // What rules make of the statement besides: run to their ends before and after it, in this order,
  // each in a view of its own and with the same parameters.
  std::vector<std::shared_ptr<const Plan>> before, after;
};

}  // namespace planner
