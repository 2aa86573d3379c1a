// The analysed query: what the planner is given. Shapes follow PostgreSQL's Query node.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/expression.h"

namespace query {

enum class CommandKind : std::uint8_t { select, insert, update, delete_, merge, values };

enum class LockStrength : std::uint8_t { for_key_share, for_share, for_no_key_update, for_update };
enum class LockWait : std::uint8_t { block, skip_locked, nowait };

struct OutputColumn {
  ExpressionPtr expression;
  std::string name;
  bool hidden = false;  // only for ORDER BY, DISTINCT ON or row keys ("resjunk")
  Oid source_table = 0; // RowDescription's table and column of a plain column, else 0
  int source_column = 0;  // attnum, from 1
};

struct RangeColumn {
  std::string name;
  TypeRef type;
};

// Rights that a statement needs on a relation that rewriting has left behind or put in
// (types::privilege bits); columns from 0.
struct EntryAccess {
  std::uint64_t privileges = 0;
  std::vector<int> selected, inserted, updated;
  bool whole_row = false;    // selects every column
};

struct FunctionItem {
  ExpressionPtr call;               // a Call; its columns follow each other in the entry
  int column_count = 1;
  bool has_column_definitions = false;  // AS (a int, b text)
};

enum class JoinKind : std::uint8_t { inner, left, right, full, semi, anti };

// One FROM item that has columns.
struct RangeTableEntry {
  enum class Kind : std::uint8_t { relation, subquery, function, values, cte, join };
  Kind kind;
  std::string alias;                  // the name columns are qualified with
  bool has_user_alias = false;
  std::vector<RangeColumn> columns;   // dropped columns keep their place with an empty name
  bool lateral = false;

  Oid relation = 0;                   // relation
  bool include_children = true;       // without ONLY
  std::unique_ptr<Query> subquery;    // subquery (a view expands to one)
  Oid view = 0;                       // the view that `subquery` came from
  std::vector<FunctionItem> functions;  // function (ROWS FROM has several)
  bool with_ordinality = false;
  std::vector<std::vector<ExpressionPtr>> values;  // values
  std::string cte_name;               // cte
  int cte_levels_up = 0;
  // join: for each column, the expression over the two sides (USING columns merge here).
  JoinKind join_kind = JoinKind::inner;
  std::vector<ExpressionPtr> join_columns;
  // USING: the columns come first, merged_left[i] and merged_right[i] are what column i was made
  // of (columns of the two sides' entries).
  std::vector<int> merged_left, merged_right;
  std::string using_alias;
  int column_aliases = 0;             // how many columns from the first got a name in the alias

  // relation: conditions of row security and TABLESAMPLE, which a row meets before any other condition sees it.
  // Those of policies are added after analysis (catalog/row_security.h); what is stored has TABLESAMPLE's alone.
  std::vector<ExpressionPtr> security;
  // Added by the rewriter (planner/rewriter.h), never stored: whose rights count (0: those of
  // whoever runs the query), and which ones when the query does not show it.
  Oid check_as = 0;
  std::unique_ptr<EntryAccess> access;
};

struct JoinTree;
// FROM a leaf of the tree: the entry's index.
struct JoinLeaf {
  int range_table_index;
};
struct JoinNode {
  JoinKind kind;
  std::unique_ptr<JoinTree> left, right;
  ExpressionPtr condition;        // null: cross join
  int range_table_index = -1;     // of the join's own entry
};
struct JoinTree {
  std::variant<JoinLeaf, JoinNode> node;
};

struct CommonTable {
  std::string name;
  std::unique_ptr<Query> query;
  std::vector<RangeColumn> columns;
  enum class Materialize : std::uint8_t { by_default, always, never } materialize;
  bool recursive = false;  // refers to itself: query is a UNION of base and recursive term
  int references = 0;
  bool has_column_names = false;  // WITH name(a, b)
};

enum class SetOperation : std::uint8_t { union_, intersect, except };
// Leaves are queries; columns of both sides have been coerced to common types.
struct SetTree {
  std::unique_ptr<Query> leaf;  // or:
  SetOperation op = SetOperation::union_;
  bool all = false;
  std::unique_ptr<SetTree> left, right;
  std::vector<TypeRef> column_types;
};

// Range-table index that stands for the rows that Query::set_operations yields.
inline constexpr int kSetOperationResult = -4;

// Output columns and HAVING repeat the key's expression: match by equal().
struct GroupKey {
  ExpressionPtr expression;
  Oid equals = 0;
  Oid less_than = 0;  // 0 when the type can only be hashed
};

enum class FrameUnit : std::uint8_t { rows, range, groups };
enum class FrameBound : std::uint8_t {
  unbounded_preceding, preceding, current_row, following, unbounded_following
};
enum class FrameExclusion : std::uint8_t { none, current_row, group, ties };
struct Window {
  std::string name;
  std::vector<ExpressionPtr> partition_by;
  std::vector<Oid> partition_equals;
  std::vector<SortKey> order_by;
  FrameUnit unit = FrameUnit::range;
  FrameBound start = FrameBound::unbounded_preceding, end = FrameBound::current_row;
  ExpressionPtr start_offset, end_offset;
  Oid start_in_range = 0, end_in_range = 0;  // in_range functions for RANGE with offsets
  FrameExclusion exclusion = FrameExclusion::none;
};

struct RowLock {
  int range_table_index;
  LockStrength strength;
  LockWait wait;
};

// One SET target (UPDATE) or INSERT column.
struct TargetColumn {
  int column;  // of the target relation, from 0
  ExpressionPtr value;  // assignment to a subscript or a field: of the whole new column
  bool by_default = false;  // INSERT: nobody named the column
};

struct OnConflict {
  bool do_update = false;
  Oid arbiter_index = 0;        // 0: any unique index (DO NOTHING only)
  std::vector<Oid> arbiters;    // all indexes that match the inference
  std::vector<TargetColumn> set;
  ExpressionPtr where;
  int excluded_range_table_index = -1;
};

struct MergeAction {
  enum class Kind : std::uint8_t { insert, update, delete_, nothing } kind;
  bool matched;
  ExpressionPtr condition;
  std::vector<TargetColumn> targets;
};

// A condition of row security over a row of the target: 42501 for a row that does not meet it.
struct RowCheck {
  ExpressionPtr condition;
  std::string policy;               // to be named; empty: none in particular
};
struct RowChecks {
  std::vector<RowCheck> inserted;   // new rows of INSERT
  std::vector<RowCheck> updated;    // new rows of UPDATE, also of ON CONFLICT and MERGE
  std::vector<RowCheck> changing;   // rows that ON CONFLICT or MERGE is about to update
  std::vector<RowCheck> deleting;   // rows that MERGE is about to delete
};

// WITH CHECK OPTION: 44000 for a new row of the target that the view would not show. No condition: the
// view shows all rows of what it reads.
struct ViewCheck {
  ExpressionPtr condition;
  std::string view;
  bool cascaded = false;
};

struct Query {
  CommandKind command = CommandKind::select;
  std::vector<CommonTable> with;
  bool recursive_with = false;

  std::vector<RangeTableEntry> range_table;
  // FROM items, crossed with each other.
  std::vector<std::unique_ptr<JoinTree>> from;
  ExpressionPtr where;

  std::vector<OutputColumn> output;         // SELECT list, or RETURNING
  std::vector<GroupKey> group_by;
  std::vector<std::vector<int>> grouping_sets;  // empty: plain GROUP BY
  bool has_aggregates = false;
  ExpressionPtr having;
  std::vector<Window> windows;
  bool distinct = false;
  std::vector<SortKey> distinct_on;
  std::vector<SortKey> distinct_keys;       // operators for DISTINCT over all output columns
  std::vector<SortKey> order_by;
  ExpressionPtr limit, offset;
  bool with_ties = false;
  std::vector<RowLock> row_locks;

  // With set operations, output[i].expression is a ColumnReference to column i of
  // kSetOperationResult, and so are the expressions of order_by.
  std::unique_ptr<SetTree> set_operations;

  // Data-modifying.
  int target = -1;                          // range-table index of the table changed
  std::vector<TargetColumn> targets;        // SET; INSERT: every column, defaults filled in,
                                            // values as expressions over the source's columns
  int insert_source = -1;                   // range-table index of VALUES or SELECT; -1: one row
  enum class Overriding : std::uint8_t { none, user, system } overriding = Overriding::none;
  std::unique_ptr<OnConflict> on_conflict;
  // MERGE: `from` holds the source alone, merge_condition joins it with the target.
  std::vector<MergeAction> merge_actions;
  ExpressionPtr merge_condition;
  bool has_returning = false;
  // Row security holds for the target. Added after analysis, never stored.
  std::unique_ptr<RowChecks> row_checks;
  // Added by the rewriter, never stored: checks of inner views come first; the target is a view with
  // INSTEAD OF triggers and this the entry with its old rows.
  std::vector<ViewCheck> view_checks;
  int old_rows = -1;
  // Generated columns are added by the planner from the catalogue.

  int parameter_count = 0;
  int stack_depth = 0;
};

// Deep copy.
std::unique_ptr<Query> clone(const Query& query);
// Same meaning, locations aside.
bool equal(const Query& a, const Query& b);

}  // namespace query
