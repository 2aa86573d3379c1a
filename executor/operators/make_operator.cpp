#include "aggregate.h"
#include "append.h"
#include "bitmap_scan.h"
#include "gather.h"
#include "hash_join.h"
#include "incremental_sort.h"
#include "lock_rows.h"
#include "memoize.h"
#include "merge_append.h"
#include "merge_join.h"
#include "modify_table.h"
#include "nested_loop.h"
#include "operator.h"
#include "result.h"
#include "row_by_row.h"
#include "set_operation.h"
#include "sort.h"
#include "sources.h"
#include "stored_rows.h"
#include "table_scan.h"
#include "window.h"
#include "wal/check.h"

namespace operators {

namespace {

template <typename Op, typename Node>
OperatorPtr make(const planner::PlanNode& node, ExecutionState& state) {
  return std::make_unique<Op>(static_cast<const Node&>(node), state);
}

}  // namespace

OperatorPtr make_operator(const planner::PlanNode& node, ExecutionState& state) {
  using planner::NodeKind;
  switch (node.kind) {
    case NodeKind::result: return make<Result, planner::ResultNode>(node, state);
    case NodeKind::values: return make<Values, planner::ValuesNode>(node, state);
    case NodeKind::table_scan: return make<TableScan, planner::TableScanNode>(node, state);
    case NodeKind::bitmap_heap_scan: return make<BitmapHeapScan, planner::BitmapHeapScanNode>(node, state);
    case NodeKind::bitmap_index_scan: return make<BitmapIndexScan, planner::BitmapIndexScanNode>(node, state);
    case NodeKind::bitmap_and: return make<BitmapAnd, planner::BitmapAndNode>(node, state);
    case NodeKind::bitmap_or: return make<BitmapOr, planner::BitmapOrNode>(node, state);
    case NodeKind::function_scan: return make<FunctionScan, planner::FunctionScanNode>(node, state);
    case NodeKind::materialize: return make<Materialize, planner::MaterializeNode>(node, state);
    case NodeKind::memoize: return make<Memoize, planner::MemoizeNode>(node, state);
    case NodeKind::cte_scan: return make<CteScan, planner::CteScanNode>(node, state);
    case NodeKind::work_table_scan: return make<WorkTableScan, planner::WorkTableScanNode>(node, state);
    case NodeKind::nested_loop: return make<NestedLoop, planner::NestedLoopNode>(node, state);
    case NodeKind::hash_join: return make<HashJoin, planner::HashJoinNode>(node, state);
    case NodeKind::merge_join: return make<MergeJoin, planner::MergeJoinNode>(node, state);
    case NodeKind::gather: return make<Gather, planner::GatherNode>(node, state);
    case NodeKind::sort:
      if (static_cast<const planner::SortNode&>(node).presorted > 0) return make<IncrementalSort, planner::SortNode>(node, state);
      return make<Sort, planner::SortNode>(node, state);
    case NodeKind::unique: return make<Unique, planner::UniqueNode>(node, state);
    case NodeKind::limit: return make<Limit, planner::LimitNode>(node, state);
    case NodeKind::aggregate: return make<Aggregate, planner::AggregateNode>(node, state);
    case NodeKind::window: return make<Window, planner::WindowNode>(node, state);
    case NodeKind::project_set: return make<ProjectSet, planner::ProjectSetNode>(node, state);
    case NodeKind::append:
      if (!static_cast<const planner::AppendNode&>(node).merge_keys.empty()) return make<MergeAppend, planner::AppendNode>(node, state);
      return make<Append, planner::AppendNode>(node, state);
    case NodeKind::set_operation: return make<SetOperation, planner::SetOperationNode>(node, state);
    case NodeKind::recursive_union: return make<RecursiveUnion, planner::RecursiveUnionNode>(node, state);
    case NodeKind::lock_rows: return make<LockRows, planner::LockRowsNode>(node, state);
    case NodeKind::subquery_scan:
      if (const auto* rows = dynamic_cast<const planner::RowByRowNode*>(&node)) return std::make_unique<RowByRow>(*rows, state);
      return make<SubqueryScan, planner::SubqueryScanNode>(node, state);
    case NodeKind::modify_table:
      return make_modify(static_cast<const planner::ModifyNode&>(node), state);
  }
  CHECK(false);
  return nullptr;
}

}  // namespace operators
