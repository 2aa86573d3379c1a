// UNION, INTERSECT, EXCEPT.
#include <algorithm>

#include "catalog/access_methods.h"
#include "cost.h"
#include "query_planner.h"
#include "wal/check.h"

namespace planner {

namespace {

// The queries of a chain of UNION ALL; false: it is another kind of tree.
bool collect_arms(query::SetTree& tree, std::vector<query::Query*>& arms) {
  if (tree.leaf) {
    arms.push_back(tree.leaf.get());
    return true;
  }
  return tree.op == query::SetOperation::union_ && tree.all && collect_arms(*tree.left, arms) && collect_arms(*tree.right, arms);
}

}  // namespace

// ORDER BY of a UNION ALL goes into its arms where an index has one of them in that order already: then they are merged.
// True: each arm is in order.
bool QueryPlanner::order_arms() {
  std::vector<query::Query*> arms;
  if (query_->order_by.empty() || query_->with_ties || !collect_arms(*query_->set_operations, arms)) return false;
  const auto is_plain = [](const query::Query& arm) {
    return arm.command == query::CommandKind::select && arm.order_by.empty() && !arm.limit && !arm.offset && arm.distinct_on.empty() &&
           !arm.distinct && arm.row_locks.empty() && !arm.set_operations && arm.windows.empty() &&
           std::ranges::none_of(arm.output, [](const query::OutputColumn& output) {
             return output.hidden || contains_set_function(*output.expression);
           });
  };
  const auto column_of = [&](const query::SortKey& key) -> std::optional<std::size_t> {
    const auto* column = as_column(*key.expression);
    if (column == nullptr || column->range_table_index != query::kSetOperationResult || column->levels_up != 0) return std::nullopt;
    return static_cast<std::size_t>(column->column);
  };
  bool any_sorted = false;
  for (const query::Query* arm : arms) {
    if (!is_plain(*arm)) return false;
    for (const query::SortKey& key : query_->order_by) {
      const auto at = column_of(key);
      if (!at || *at >= arm->output.size()) return false;
      const Expression& value = *arm->output[*at].expression;
      if (value.type.oid != key.expression->type.oid || value.type.collation != key.expression->type.collation ||
          std::holds_alternative<query::Constant>(value.node) || eval::contains_volatile(catalog(), value) || contains_subquery(value))
        return false;
    }
    const auto* column = as_column(*arm->output[*column_of(query_->order_by.front())].expression);
    if (column == nullptr || column->levels_up != 0 || !arm->group_by.empty() || arm->has_aggregates || !arm->grouping_sets.empty()) continue;
    const query::RangeTableEntry& entry = arm->range_table[static_cast<std::size_t>(column->range_table_index)];
    if (entry.kind != query::RangeTableEntry::Kind::relation) continue;
    const RelationPtr read = catalog().relation(entry.relation);
    any_sorted = any_sorted || (read != nullptr && std::ranges::any_of(read->indexes, [&](const catalog::IndexDescriptor& index) {
                   return index.valid && index.method == catalog::kBtree &&
                          std::ranges::any_of(index.keys, [&](const catalog::IndexKey& key) { return key.column == column->column; });
                 }));
  }
  if (!any_sorted) return false;
  for (query::Query* arm : arms)
    for (const query::SortKey& wanted : query_->order_by) {
      query::SortKey key;
      key.output = static_cast<int>(*column_of(wanted));
      key.expression = query::clone(*arm->output[static_cast<std::size_t>(key.output)].expression);
      key.less_than = wanted.less_than;
      key.equals = wanted.equals;
      key.descending = wanted.descending;
      key.nulls_first = wanted.nulls_first;
      arm->order_by.push_back(std::move(key));
    }
  return true;
}

Built QueryPlanner::plan_set_tree(query::SetTree& tree, const std::vector<TypeRef>& types) {
  Built built;
  auto fill_layout = [&] {
    built.layout = Layout();
    for (std::size_t i = 0; i < types.size(); ++i)
      built.layout.add(own(make_column(query::kSetOperationResult, static_cast<int>(i), types[i])));
  };
  if (tree.leaf) {
    subplanners_.push_back(std::make_unique<QueryPlanner>(state_, this, std::move(tree.leaf)));
    subplanners_.back()->limit_rows = arm_rows_;
    built.node = subplanners_.back()->plan();
    fill_layout();
    // The first query's columns stand for the result's.
    if (state_.options.explain && !passed_scans_.contains(query::kSetOperationResult))
      passed_scans_[query::kSetOperationResult] = subplanners_.back()->output_texts();
    return built;
  }
  Built left = plan_set_tree(*tree.left, tree.column_types);
  Built right = plan_set_tree(*tree.right, tree.column_types);
  std::vector<KeyColumn> keys;
  if (!tree.all || tree.op != query::SetOperation::union_)
    for (std::size_t i = 0; i < tree.column_types.size(); ++i) {
      Expression typed;
      typed.type = tree.column_types[i];
      keys.push_back(key_column(typed, static_cast<int>(i)));
    }
  const double rows = left.node->rows + right.node->rows;
  const double total = left.node->total_cost + right.node->total_cost + rows * cost::kTuple;
  if (tree.op == query::SetOperation::union_) {
    auto append = std::make_unique<AppendNode>();
    append->raw_columns = append->columns = left.node->columns;
    set_costs(*append, left.node->startup_cost, total, rows, left.node->width);
    describe(*append, "Append");
    // A chain of UNION ALL is one Append.
    auto add = [&](PlanNodePtr child) {
      if (child->kind == NodeKind::append && child->filter.empty() && !child->has_projection &&
          static_cast<const AppendNode&>(*child).merge_keys.empty()) {
        for (PlanNodePtr& grandchild : child->children) append->children.push_back(std::move(grandchild));
        return;
      }
      append->children.push_back(std::move(child));
    };
    add(std::move(left.node));
    add(std::move(right.node));
    built.node = std::move(append);
    fill_layout();
    return tree.all ? std::move(built) : aggregate_all(std::move(built), keys);
  }
  auto node = std::make_unique<SetOperationNode>();
  node->op = tree.op;
  node->all = tree.all;
  node->keys = std::move(keys);
  node->raw_columns = node->columns = left.node->columns;
  set_costs(*node, total, total, std::max(1.0, left.node->rows * 0.5), left.node->width);
  describe(*node, std::string("HashSetOp ") +
                      (tree.op == query::SetOperation::intersect ? "Intersect" : "Except") +
                      (tree.all ? " All" : ""));
  node->children.push_back(std::move(left.node));
  node->children.push_back(std::move(right.node));
  built.node = std::move(node);
  fill_layout();
  return built;
}

Built QueryPlanner::plan_set_operations() {
  std::vector<TypeRef> types;
  const std::vector<TypeRef> column_types = query_->set_operations->column_types;
  const bool merges = order_arms();
  if (merges) arm_rows_ = limit_rows;
  Built built = plan_set_tree(*query_->set_operations, column_types);
  if (merges) {
    CHECK(built.node->kind == NodeKind::append);
    auto& append = static_cast<AppendNode&>(*built.node);
    double startup = 0;
    for (const PlanNodePtr& arm : append.children) startup += arm->startup_cost;
    set_costs(append, startup, append.total_cost + append.rows * cost::kOperator * 2, append.rows, append.width);
    std::string text;
    for (const query::SortKey& key : query_->order_by) {
      const auto& column = std::get<query::ColumnReference>(key.expression->node);
      append.merge_keys.push_back(sort_column(key, column.column));
      text += (text.empty() ? "" : ", ") + sort_text(key);
    }
    if (append.text) append.text->title = "Merge Append";
    describe(append, "Sort Key", text);
  }
  // Hidden columns are ORDER BY expressions over the result.
  std::vector<const Expression*> targets;
  for (const query::OutputColumn& output : query_->output) targets.push_back(output.expression.get());
  auto node = std::make_unique<SubqueryScanNode>();
  node->transparent = true;
  node->raw_columns = built.node->columns;
  set_costs(*node, built.node->startup_cost, built.node->total_cost, built.node->rows, built.node->width);
  const Layout raw = built.layout;
  bool identity = targets.size() == raw.size();
  for (std::size_t i = 0; identity && i < targets.size(); ++i)
    identity = raw.find(*targets[i]) == static_cast<int>(i);
  if (identity) return built;
  node->children.push_back(std::move(built.node));
  return finish(std::move(node), raw, {}, targets);
}

}  // namespace planner
