// Values that pass between query levels: outer references, subqueries in expressions, common
// tables.
#include "query_planner.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

int QueryPlanner::outer_parameter(const Expression& expression, int levels_up) {
  QueryPlanner* child = this;
  for (int level = 1; level < levels_up; ++level) {
    child = child->parent_;
    CHECK(child != nullptr);
  }
  QueryPlanner* home = child->parent_;
  CHECK(home != nullptr);
  ExpressionPtr local = query::clone(expression);
  if (auto* column = std::get_if<query::ColumnReference>(&local->node))
    column->levels_up = 0;
  else
    shift_levels(local, levels_up, -levels_up);
  int parameter = -1;
  for (const auto& [number, argument] : child->outer_arguments_)
    if (query::equal(*argument, *local)) parameter = number;
  if (parameter < 0) {
    parameter = state_.plan.execution_parameters++;
    child->outer_arguments_.emplace_back(parameter, &home->own(std::move(local)));
  }
  state_.parameter_uses.push_back(parameter);
  for (QueryPlanner* p = this;; p = p->parent_) {
    p->parameters_.insert(parameter);
    if (p == child) break;
  }
  return parameter;
}

int QueryPlanner::loop_parameter(const Expression& column) {
  const auto& reference = std::get<query::ColumnReference>(column.node);
  int parameter = -1;
  const Expression* kept = nullptr;
  for (const auto& [expression, number] : made_parameters_)
    if (query::equal(*expression, column)) {
      parameter = number;
      kept = expression;
    }
  if (parameter < 0) {
    parameter = state_.plan.execution_parameters++;
    kept = &own(query::clone(column));
    made_parameters_.emplace_back(kept, parameter);
  }
  state_.parameter_uses.push_back(parameter);
  pass_parameter(*kept, reference.range_table_index, parameter);
  return parameter;
}

// The innermost loop whose left side has the relation sets the parameter.
void QueryPlanner::pass_parameter(const Expression& expression, int range_table_index,
                                  int parameter) {
  for (auto user = loop_users_.rbegin(); user != loop_users_.rend(); ++user) {
    if (!user->relations->contains(range_table_index)) continue;
    for (const auto& [e, number] : user->used)
      if (number == parameter) return;
    user->used.emplace_back(&expression, parameter);
    return;
  }
  CHECK(false && "no loop around provides the column");
}

eval::Resolved QueryPlanner::subquery(const Expression& expression, const Layout&) {
  const auto found = planned_subqueries_.find(&expression);
  if (found != planned_subqueries_.end()) {
    if (const auto* reference = std::get_if<eval::SubplanReference>(&found->second)) {
      state_.used_subplans.push_back(reference->subplan);
      for (const int p : state_.plan.subplans[static_cast<std::size_t>(reference->subplan)].parameters)
        state_.parameter_uses.push_back(p);
    }
    return found->second;
  }
  const auto& node = std::get<query::Subquery>(expression.node);
  const std::size_t first_level = state_.trees.size();
  subplanners_.push_back(std::make_unique<QueryPlanner>(state_, this, query::clone(*node.query)));
  QueryPlanner& sub = *subplanners_.back();
  if (node.kind == query::SubqueryKind::exists) sub.limit_rows = 1;
  Subplan subplan;
  subplan.root = sub.plan();
  subplan.parameters.assign(sub.parameters().begin(), sub.parameters().end());
  subplan.modifies_data = sub.query().command != query::CommandKind::select;
  const bool once = sub.outer_arguments().empty() && sub.parameters().empty() &&
                    (node.kind == query::SubqueryKind::scalar ||
                     node.kind == query::SubqueryKind::exists ||
                     node.kind == query::SubqueryKind::array);
  const int index = static_cast<int>(state_.plan.subplans.size());
  // What it reads of the levels further out, this level reads.
  for (const int parameter : sub.parameters()) {
    bool own_argument = false;
    for (const auto& [number, argument] : sub.outer_arguments())
      own_argument = own_argument || number == parameter;
    if (!own_argument) parameters_.insert(parameter);
  }
  subplan.kind = node.kind;
  subplan.is_volatile = eval::contains_volatile(catalog(), expression);
  if (node.kind == query::SubqueryKind::array) {
    subplan.element_type = catalog().element_type(expression.type.oid);
    for (const query::OutputColumn& output : node.query->output)
      if (!output.hidden)
        subplan.elements_are_arrays = output.expression->type.oid == expression.type.oid;
  }
  eval::Resolved resolved;
  if (once) {
    const int parameter = state_.plan.execution_parameters++;
    state_.end_tree(first_level);
    subplan.name = "InitPlan " + std::to_string(state_.subplan_names) + " (returns $" +
                   std::to_string(parameter) + ")";
    state_.plan.init_plans.emplace_back(parameter, index);
    init_plans_.push_back(index);
    resolved = eval::ExecutionParameterReference{parameter};
  } else {
    state_.end_tree(first_level);
    subplan.name = "SubPlan " + std::to_string(state_.subplan_names);
    state_.used_subplans.push_back(index);
    // What is compared with a column of it has a parameter in PostgreSQL, which counts.
    if (node.kind == query::SubqueryKind::any || node.kind == query::SubqueryKind::all)
      state_.plan.execution_parameters += static_cast<int>(node.operators.size());
    eval::SubplanReference reference;
    reference.subplan = index;
    for (const auto& [number, argument] : sub.outer_arguments())
      reference.arguments.emplace_back(number, argument);
    resolved = std::move(reference);
  }
  state_.plan.subplans.push_back(std::move(subplan));
  planned_subqueries_[&expression] = resolved;
  return resolved;
}

CommonTableEntry* QueryPlanner::find_common_table(const std::string& name, int levels_up) {
  QueryPlanner* home = this;
  for (int level = 0; level < levels_up; ++level) {
    home = home->parent_;
    CHECK(home != nullptr);
  }
  const auto found = home->common_table_places_.find(name);
  return found == home->common_table_places_.end() ? nullptr : &home->common_tables_[found->second];
}

namespace {

// What a common table changes is not the command's count.
void count_apart(PlanNode& node) {
  if (auto* modify = dynamic_cast<ModifyNode*>(&node)) modify->set_tag = false;
  for (PlanNodePtr& child : node.children) count_apart(*child);
}

}  // namespace

void QueryPlanner::plan_common_tables() {
  inline_common_tables();
  for (std::size_t i = 0; i < query_->with.size(); ++i) {
    query::CommonTable& table = query_->with[i];
    const bool modifies = table.query->command != query::CommandKind::select;
    if (table.references == 0 && !modifies) continue;
    const bool recursive = table.recursive && table.query->set_operations != nullptr;
    const std::size_t first_level = state_.trees.size();
    subplanners_.push_back(std::make_unique<QueryPlanner>(state_, this, query::clone(*table.query)));
    QueryPlanner& sub = *subplanners_.back();
    Subplan subplan;
    subplan.root = recursive ? sub.plan_recursive(common_tables_[i]) : sub.plan();
    if (modifies) count_apart(*subplan.root);
    state_.end_tree(first_level);
    ++state_.plan.execution_parameters;  // PostgreSQL's common tables have one, and EXPLAIN shows their numbers
    subplan.name = "CTE " + table.name;
    subplan.parameters.assign(sub.parameters().begin(), sub.parameters().end());
    subplan.modifies_data = modifies;
    for (const int parameter : sub.parameters()) parameters_.insert(parameter);
    common_tables_[i].rows = subplan.root->rows;
    common_tables_[i].plan_index = static_cast<int>(state_.plan.common_tables.size());
    state_.plan.common_tables.push_back(std::move(subplan));
  }
}

// UNION [ALL] of a base and a term that reads the rows of the round before.
PlanNodePtr QueryPlanner::plan_recursive(CommonTableEntry& entry) {
  recursive_entry_ = &entry;
  std::vector<int> around = std::exchange(state_.used_subplans, {});
  plan_common_tables();
  query::SetTree& tree = *query_->set_operations;
  CHECK(tree.left && tree.right && tree.op == query::SetOperation::union_);
  auto node = std::make_unique<RecursiveUnionNode>();
  node->work_table = state_.plan.work_tables++;
  node->all = tree.all;
  Built base = plan_set_tree(*tree.left, tree.column_types);
  node->round_parameter = state_.plan.execution_parameters++;
  entry.work_table = node->work_table;
  entry.work_parameter = node->round_parameter;
  entry.rows = base.node->rows * 10;
  Built step = plan_set_tree(*tree.right, tree.column_types);
  parameters_.erase(node->round_parameter);
  node->raw_columns = base.node->columns;
  if (!tree.all)
    for (std::size_t i = 0; i < tree.column_types.size(); ++i) {
      Expression typed;
      typed.type = tree.column_types[i];
      node->keys.push_back(key_column(typed, static_cast<int>(i)));
    }
  node->columns = node->raw_columns;
  set_costs(*node, base.node->startup_cost, base.node->total_cost + 10 * step.node->total_cost,
            base.node->rows + 10 * step.node->rows, base.node->width);
  describe(*node, "Recursive Union");
  node->children.push_back(std::move(base.node));
  node->children.push_back(std::move(step.node));
  if (!query_->order_by.empty() || query_->limit || query_->offset)
    throw types::SqlError::not_supported("ORDER BY or LIMIT in a recursive query");
  attach_subplans(*node);
  attach_level_subplans(*node);
  state_.used_subplans = std::move(around);
  return node;
}

}  // namespace planner
