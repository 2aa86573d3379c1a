// Conditions on a subquery's outputs go into it where its rows are not changed by that, and into all arms of a UNION.
#include <algorithm>

#include "query_planner.h"

namespace planner {

using query::RangeTableEntry;

namespace {

// Whether evaluating it may tell somebody of the values it is given.
bool may_leak(catalog::CatalogView& catalog, const Expression& expression) {
  bool leaks = false;
  auto function = [&](types::Oid oid) {
    const catalog::FunctionInfo* info = catalog.function(oid);
    leaks = leaks || info == nullptr || !info->leakproof;
  };
  visit(expression, 0, [&](const Expression& e, int) {
    if (const auto* call = std::get_if<query::Call>(&e.node)) function(call->function);
    else if (const auto* any = std::get_if<query::ScalarArrayOp>(&e.node)) function(any->function);
    else if (!std::holds_alternative<query::ColumnReference>(e.node) && !std::holds_alternative<query::Constant>(e.node) &&
             !std::holds_alternative<query::Parameter>(e.node) && !std::holds_alternative<query::Relabel>(e.node) &&
             !std::holds_alternative<query::BooleanExpression>(e.node))
      leaks = true;
    return !leaks;
  });
  return leaks;
}

std::vector<const query::OutputColumn*> visible_outputs(const query::Query& q) {
  std::vector<const query::OutputColumn*> outputs;
  for (const query::OutputColumn& output : q.output)
    if (!output.hidden) outputs.push_back(&output);
  return outputs;
}

// Whether a condition over some of the columns of entry `rel`, which the query's outputs are, may be one of its WHERE.
bool takes_condition(catalog::CatalogView& catalog, const query::Query& sub, const Expression& condition, int rel, bool is_arm) {
  if (sub.limit || sub.offset || !sub.distinct_on.empty() || sub.command != query::CommandKind::select ||
      !sub.grouping_sets.empty() || sub.set_operations || !sub.row_locks.empty())
    return false;
  const std::vector<const query::OutputColumn*> outputs = visible_outputs(sub);
  const bool grouped = !sub.group_by.empty() || sub.has_aggregates;
  bool movable = true;
  visit(condition, 0, [&](const Expression& e, int) {
    const auto* column = as_column(e);
    if (column == nullptr || column->levels_up != 0 || column->range_table_index != rel) return movable;
    if (column->column < 0 || static_cast<std::size_t>(column->column) >= outputs.size()) return movable = false;
    const Expression& value = *outputs[static_cast<std::size_t>(column->column)]->expression;
    if (contains_set_function(value) || eval::contains_volatile(catalog, value) || contains_window(value) || contains_subquery(value))
      movable = false;
    // Through an aggregation only conditions on the keys.
    if (grouped)
      movable = movable && std::ranges::any_of(sub.group_by, [&](const query::GroupKey& k) { return query::equal(*k.expression, value); });
    // Through windows those that whole partitions pass or fail.
    movable = movable && std::ranges::all_of(sub.windows, [&](const query::Window& window) {
                return std::ranges::any_of(window.partition_by, [&](const ExpressionPtr& key) { return query::equal(*key, value); });
              });
    // An arm's column of the type that all have.
    movable = movable && (!is_arm || (value.type.oid == e.type.oid && value.type.collation == e.type.collation));
    return movable;
  });
  return movable;
}

bool all_arms_accept(catalog::CatalogView& catalog, const query::SetTree& tree, const Expression& condition, int rel) {
  if (tree.leaf) return takes_condition(catalog, *tree.leaf, condition, rel, true);
  return tree.op == query::SetOperation::union_ && all_arms_accept(catalog, *tree.left, condition, rel) &&
         all_arms_accept(catalog, *tree.right, condition, rel);
}

// `levels`: how much deeper the query is than the condition.
void put_condition(query::Query& sub, const Expression& condition, int rel, int levels) {
  ExpressionPtr inside = query::clone(condition);
  shift_levels(inside, 1, levels);
  const std::vector<const query::OutputColumn*> outputs = visible_outputs(sub);
  rewrite(inside, 0, [&](ExpressionPtr& e, int) {
    const auto* column = as_column(*e);
    if (column == nullptr || column->levels_up != 0 || column->range_table_index != rel) return false;
    ExpressionPtr value = query::clone(*outputs[static_cast<std::size_t>(column->column)]->expression);
    e = std::move(value);
    return true;
  });
  std::vector<ExpressionPtr> parts;
  if (sub.where) parts.push_back(std::move(sub.where));
  parts.push_back(std::move(inside));
  sub.where = conjunction(std::move(parts));
}

void put_condition(query::SetTree& tree, const Expression& condition, int rel) {
  if (tree.leaf) return put_condition(*tree.leaf, condition, rel, 2);
  put_condition(*tree.left, condition, rel);
  put_condition(*tree.right, condition, rel);
}

}  // namespace

void QueryPlanner::push_into_subquery(int rel, std::vector<const Qual*>& quals) {
  RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(rel)];
  query::Query& sub = *entry.subquery;
  const RelationPtr view = entry.view == 0 ? nullptr : catalog().relation(entry.view);
  const bool barrier = view != nullptr && view->security_barrier;
  const bool united = sub.set_operations != nullptr && !sub.limit && !sub.offset && sub.row_locks.empty();
  std::vector<const Qual*> kept;
  for (const Qual* qual : quals) {
    const Expression& condition = *qual->expression;
    const bool movable = !qual->is_volatile && qual->relations == RelSet::of(rel) && !contains_subquery(condition) &&
                         !(barrier && may_leak(catalog(), condition)) &&
                         (united ? all_arms_accept(catalog(), *sub.set_operations, condition, rel) : takes_condition(catalog(), sub, condition, rel, false));
    if (!movable)
      kept.push_back(qual);
    else if (united)
      put_condition(*sub.set_operations, condition, rel);
    else
      put_condition(sub, condition, rel, 1);
  }
  quals = std::move(kept);
}

}  // namespace planner
