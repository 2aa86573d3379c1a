#include "planner/row_by_row.h"

#include <utility>

#include "rewrite.h"

namespace planner {
namespace {

// Takes the node's filter and projection over.
PlanNodePtr split_rows(PlanNodePtr node) {
  auto rows = std::make_unique<RowByRowNode>();
  rows->transparent = true;
  rows->raw_columns = node->raw_columns;
  rows->columns = std::exchange(node->columns, node->raw_columns);
  rows->filter = std::exchange(node->filter, {});
  rows->has_projection = std::exchange(node->has_projection, false);
  rows->projection = std::exchange(node->projection, {});
  rows->batch_rows = node->batch_rows;
  rows->startup_cost = node->startup_cost;
  rows->total_cost = node->total_cost;
  rows->rows = node->rows;
  rows->width = node->width;
  rows->children.push_back(std::move(node));
  return rows;
}

void split_streams(PlanNodePtr& node) {
  switch (node->kind) {
    case NodeKind::values: node->batch_rows = 1; break;  // each row's expressions when it is wanted
    case NodeKind::subquery_scan:
    case NodeKind::limit:
    case NodeKind::lock_rows:
    case NodeKind::append:
      for (PlanNodePtr& child : node->children) split_streams(child);
      break;
    case NodeKind::nested_loop: split_streams(node->children[0]); break;
    case NodeKind::result:
      if (!node->children.empty()) split_streams(node->children[0]);
      break;
    default: break;
  }
  if (node->has_projection || !node->filter.empty() || node->kind == NodeKind::table_scan) node = split_rows(std::move(node));
}

}  // namespace

bool watches_itself(const query::Query& query, catalog::CatalogView& catalog) {
  bool found = false;
  const auto look = [&](const Expression& e, int) {
    const auto* call = std::get_if<query::Call>(&e.node);
    if (call == nullptr || call->function < types::kFirstNormalOid) return !found;
    const catalog::FunctionInfo* info = catalog.function(call->function);
    found = found || info == nullptr || info->volatility == 'v';
    return !found;
  };
  visit(query, 0, look);
  if (query.target < 0) return found;
  const auto relation = catalog.relation(query.range_table[static_cast<std::size_t>(query.target)].relation);
  if (found || relation == nullptr || query.command == query::CommandKind::delete_) return found;
  for (const catalog::Column& column : relation->columns)
    if (!column.dropped && column.default_) visit(*column.default_, 0, look);
  for (const catalog::CheckConstraint& check : relation->checks) visit(*check.expression, 0, look);
  return found;
}

void make_row_by_row(PlanNode& changing) {
  for (PlanNodePtr& child : changing.children) {
    split_streams(child);
    // Whatever it is, the node above meets its rows singly.
    if (dynamic_cast<RowByRowNode*>(child.get()) == nullptr) child = split_rows(std::move(child));
  }
}

}  // namespace planner
