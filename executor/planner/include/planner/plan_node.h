// The nodes of a physical plan that read no table; plan.h has the whole.
//
// A node's *raw row* is what its operator makes (a scan's columns, the left and right columns of
// a join, group keys then aggregates, ...). Every node may filter raw rows and then project them;
// without a projection its output is the raw row.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eval/call_site.h"
#include "eval/program.h"
#include "functions/aggregate.h"
#include "functions/user_aggregate.h"
#include "functions/set_function.h"
#include "query/query.h"
#include "types/oid.h"
#include "types/record.h"
#include "types/type_io.h"

namespace planner {

using types::Oid;
using types::TypeRef;

enum class NodeKind : std::uint8_t {
  result, values, table_scan, bitmap_heap_scan, bitmap_index_scan, bitmap_or, bitmap_and, function_scan, materialize, memoize, cte_scan, work_table_scan,
  nested_loop, hash_join, merge_join, gather, sort, unique, limit, aggregate, window, project_set, append, set_operation,
  recursive_union, lock_rows, subquery_scan, modify_table
};

// What EXPLAIN prints of a node beyond its numbers; made only when asked for.
struct NodeText {
  // An entry of a query level's range table. Several of one plan may want one alias: which gets which name is known
  // when the plan is shown (operators/explain_names.h).
  struct Entry {
    int level = 0;  // as Plan::name_order
    int index = 0;
    std::string alias = {};
  };
  std::string title;  // "Hash Left Join", "Seq Scan on t"
  // Its name stands behind the title where it is not `relation`, what the title ends with (not quoted; or empty).
  std::optional<Entry> entry = {};
  std::string relation = {};
  std::vector<Entry> parents = {};  // named, but not shown: of whom an Append's members are
  // "Hash Cond" -> "(a.x = b.x)". A name in front of a column is kName, level, '.', index, ':', alias, kNameEnd.
  std::vector<std::pair<std::string, std::string>> properties = {};
  // Of a hash join, not its own property: what its right side's Hash node gives up.
  static constexpr const char* kHashOutput = "Hash Output";
  static constexpr char kName = '\x01', kNameEnd = '\x02';
};

struct PlanNode {
  explicit PlanNode(NodeKind kind) : kind(kind) {}
  virtual ~PlanNode() = default;

  NodeKind kind;
  int id = 0;  // from 0, dense within the plan: execution state is kept by it
  std::vector<std::unique_ptr<PlanNode>> children;

  std::vector<types::PhysicalType> raw_columns;
  eval::Program filter;      // all must be true
  bool has_projection = false;
  eval::Program projection;
  std::vector<types::PhysicalType> columns;  // output

  std::uint32_t batch_rows = types::kBatchRows;  // 1 when at most one row comes of it

  double startup_cost = 0, total_cost = 0, rows = 1;
  int width = 0;
  // Where EXPLAIN shows what is in Plan::subplans and Plan::common_tables: subplans at a node whose expressions run
  // them; those that run once, and common tables, at the top node of the query level that has them.
  std::vector<int> subplans, common_tables;
  std::unique_ptr<NodeText> text;
};
using PlanNodePtr = std::unique_ptr<PlanNode>;

// A row without columns, once; with a child: the child's rows. A `condition` that is not true
// before the first row makes it empty.
struct ResultNode : PlanNode {
  ResultNode() : PlanNode(NodeKind::result) {}
  eval::Program condition;
};

struct ValuesNode : PlanNode {
  ValuesNode() : PlanNode(NodeKind::values) {}
  std::vector<eval::Program> value_rows;
};

struct SetFunctionCall {
  functions::SetFunctionStart start = nullptr;
  eval::CallSite site;
  eval::Program arguments;
  std::uint32_t column_count = 1;
  bool strict = true;      // no rows for a null argument
  // A function that returns one value, called as if it returned a set.
  bool scalar = false;
  // That value is a row, whose fields are site.columns.
  bool spread = false;
  // In a SELECT list: the function's columns, to be made one row; empty when it gives values.
  std::vector<types::RecordField> row_fields;
};

// Its child's rows, filtered and projected.
struct SubqueryScanNode : PlanNode {
  SubqueryScanNode() : PlanNode(NodeKind::subquery_scan) {}
  bool transparent = false;  // EXPLAIN shows its child in its place
};

// ROWS FROM (f(..), g(..)) [WITH ORDINALITY]: raw columns side by side, short ones padded.
struct FunctionScanNode : PlanNode {
  FunctionScanNode() : PlanNode(NodeKind::function_scan) {}
  std::vector<SetFunctionCall> functions;
  bool with_ordinality = false;
};

// Keeps its child's rows; a rescan with the same parameters reads them again.
struct MaterializeNode : PlanNode {
  MaterializeNode() : PlanNode(NodeKind::materialize) {}
  std::vector<int> parameters;  // execution parameters that the rows depend on
};

// Reads the rows of Plan::common_tables[table], which run at most once per execution.
struct CteScanNode : PlanNode {
  CteScanNode() : PlanNode(NodeKind::cte_scan) {}
  int table = 0;
};

// Inside a recursive union: the rows of the round before.
struct WorkTableScanNode : PlanNode {
  WorkTableScanNode() : PlanNode(NodeKind::work_table_scan) {}
  int work_table = 0;
};

// A value of the left row that the right side reads as an execution parameter.
struct PassedParameter {
  int parameter;
  int column;  // of the left child's output
};

// children: left, right. Raw row: left columns, then right ones (semi, anti: left ones only).
// Residual conditions are in join_filter, over left then right columns.
struct JoinNode : PlanNode {
  using PlanNode::PlanNode;
  query::JoinKind join = query::JoinKind::inner;
  eval::Program join_filter;
  // At most one right row matches a left one.
  bool right_unique = false;
};
struct NestedLoopNode : JoinNode {
  NestedLoopNode() : JoinNode(NodeKind::nested_loop) {}
  std::vector<PassedParameter> parameters;
};
// How rows are told equal: a column of each side and the type's comparison.
struct KeyColumn {
  int column = 0;
  types::PhysicalType physical = types::PhysicalType::int32;
  types::CompareFunction compare;
  types::HashFunction hash;
};
struct HashJoinNode : JoinNode {
  HashJoinNode() : JoinNode(NodeKind::hash_join) {}
  std::vector<KeyColumn> left_keys, right_keys;  // the right side is hashed
  // x NOT IN (subquery): a null on either side makes no match and no anti-match.
  bool null_aware = false;
};

// Runs its child in several threads: table scans, hash joins and nested loops along the left spine,
// perhaps below a partial aggregate. The scan at its end is divided among them; hashed sides are
// read by the leader alone; everything else is safe to run in any thread (planner/parallel.cpp).
struct GatherNode : PlanNode {
  GatherNode() : PlanNode(NodeKind::gather) {}
  int workers = 1;                   // besides the leader; fewer when no more threads are free
  std::vector<int> init_parameters;  // of subqueries that run once: set before the start
};

struct SortColumn {
  int column = 0;
  types::PhysicalType physical = types::PhysicalType::int32;
  types::CompareFunction compare;
  types::KeyFunction encode;
  bool descending = false;
  bool nulls_first = false;
};
struct SortNode : PlanNode {
  SortNode() : PlanNode(NodeKind::sort) {}
  std::vector<SortColumn> keys;
  bool bounded = false;  // the Limit above passes its bound down
  std::size_t presorted = 0;  // of the keys: rows come in the order of so many already
};

// Of adjacent rows with equal keys, the first.
struct UniqueNode : PlanNode {
  UniqueNode() : PlanNode(NodeKind::unique) {}
  std::vector<KeyColumn> keys;
};

struct LimitNode : PlanNode {
  LimitNode() : PlanNode(NodeKind::limit) {}
  eval::Program count, offset;  // none or one expression: bigint
  bool with_ties = false;
  std::vector<KeyColumn> tie_keys;
};

// An aggregate that a user made: its functions, resolved for the types of one call.
struct UserAggregateSite {
  functions::UserAggregateCall call;
  std::vector<types::TypeRef> argument_types;  // call.arguments
  eval::ResolvedCall transition, final;
  std::string initial;                         // call.initial's bytes
};

struct AggregateCall {
  const functions::AggregateFunction* function = nullptr;
  eval::CallSite site;
  std::unique_ptr<UserAggregateSite> user;  // null: built in
  // What the function's kernels are given.
  const functions::FunctionCall& call() const { return user ? user->call : site.call; }
  std::vector<int> arguments;      // input columns
  int filter = -1;                 // input column (boolean)
  bool distinct = false;
  std::vector<SortColumn> order_by;      // columns of the input; also DISTINCT's order
  std::vector<KeyColumn> distinct_keys;
  types::PhysicalType result = types::PhysicalType::int64;
};
// Of an aggregation in two steps. A partial one's raw row: the group keys, then a pointer to the
// group's states (int64), good as long as the batch. The final one reads such rows.
enum class AggregateStage : std::uint8_t { whole, partial, final };
enum class GroupStrategy : std::uint8_t { plain, hashed, sorted };
// Raw row: the group keys, then the aggregates' values, then, with grouping sets, one int32 per
// GROUPING() expression.
struct AggregateNode : PlanNode {
  AggregateNode() : PlanNode(NodeKind::aggregate) {}
  GroupStrategy strategy = GroupStrategy::plain;
  AggregateStage stage = AggregateStage::whole;
  std::vector<KeyColumn> keys;
  std::vector<AggregateCall> aggregates;
  std::vector<std::vector<int>> grouping_sets;  // indexes into keys; empty: one set of all keys
  std::vector<std::vector<int>> groupings;      // arguments of GROUPING(): indexes into keys
  double expected_groups = 1;
};

struct WindowFunctionCall {
  std::string_view builtin;  // row_number, rank, ...: pg_proc.prosrc; empty: an aggregate
  const functions::AggregateFunction* aggregate = nullptr;
  eval::CallSite site;
  std::unique_ptr<UserAggregateSite> user;  // null: built in
  const functions::FunctionCall& call() const { return user ? user->call : site.call; }
  std::vector<int> arguments;
  int filter = -1;
  // States of neighbouring runs of rows, combined, are to the bit the state of all of them.
  bool is_divisible = false;
  types::PhysicalType result = types::PhysicalType::int64;
};
// Child sorted by partition, then order. Raw row: the child's columns, then the functions' values.
struct WindowNode : PlanNode {
  WindowNode() : PlanNode(NodeKind::window) {}
  std::vector<KeyColumn> partition;
  std::vector<SortColumn> order;
  query::FrameUnit unit = query::FrameUnit::range;
  query::FrameBound start = query::FrameBound::unbounded_preceding;
  query::FrameBound end = query::FrameBound::current_row;
  query::FrameExclusion exclusion = query::FrameExclusion::none;
  eval::Program start_offset, end_offset;
  eval::ResolvedCall start_in_range, end_in_range;
  std::vector<WindowFunctionCall> functions;
};

// Raw row: the child's columns, then one column per set-returning call; shorter sets give null.
struct ProjectSetNode : PlanNode {
  ProjectSetNode() : PlanNode(NodeKind::project_set) {}
  std::vector<SetFunctionCall> functions;
};

struct PartitionPruning;  // partition_pruning.h

struct AppendNode : PlanNode {
  AppendNode() : PlanNode(NodeKind::append) {}
  // Of partitions: those that turn out to have no rows, once the values in the conditions are known, are not opened. Null: all are.
  std::shared_ptr<const PartitionPruning> pruning;
  // The children's rows come in this order, and so do all together. None: one child after the other.
  std::vector<SortColumn> merge_keys;
};

// INTERSECT and EXCEPT, by hash over all columns.
struct SetOperationNode : PlanNode {
  SetOperationNode() : PlanNode(NodeKind::set_operation) {}
  query::SetOperation op = query::SetOperation::except;
  bool all = false;
  std::vector<KeyColumn> keys;
};

// children: the base, then the recursive term, which reads the work table.
struct RecursiveUnionNode : PlanNode {
  RecursiveUnionNode() : PlanNode(NodeKind::recursive_union) {}
  int round_parameter = -1;  // execution parameter: set anew for every round
  int work_table = 0;
  bool all = true;
  std::vector<KeyColumn> keys;  // UNION without ALL
};

}  // namespace planner
