// UNION, INTERSECT, EXCEPT.
#include <algorithm>

#include "cost.h"
#include "query_planner.h"
#include "wal/check.h"

namespace planner {

Built QueryPlanner::plan_set_tree(query::SetTree& tree, const std::vector<TypeRef>& types) {
  Built built;
  auto fill_layout = [&] {
    built.layout = Layout();
    for (std::size_t i = 0; i < types.size(); ++i)
      built.layout.add(own(make_column(query::kSetOperationResult, static_cast<int>(i), types[i])));
  };
  if (tree.leaf) {
    subplanners_.push_back(std::make_unique<QueryPlanner>(state_, this, std::move(tree.leaf)));
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
      if (child->kind == NodeKind::append && child->filter.empty() && !child->has_projection) {
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
  Built built = plan_set_tree(*query_->set_operations, column_types);
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
