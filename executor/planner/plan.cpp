#include "planner/plan.h"

#include <algorithm>

#include "catalog/row_security.h"
#include "explain_names.h"
#include "fold_constants.h"
#include "inline_functions.h"
#include "negation.h"
#include "parallel.h"
#include "planner/planner.h"
#include "planner/row_by_row.h"
#include "query_planner.h"
#include "rewriter.h"

namespace planner {

void PlanState::use(const RelationPtr& relation, catalog::RelationLock lock) {
  for (RelationUse& use : plan.relations)
    if (use.relation->oid == relation->oid) {
      use.lock = std::max(use.lock, lock);
      return;
    }
  plan.relations.push_back({relation, lock});
}

namespace {

void number(PlanNode& node, int& next) {
  node.id = next++;
  for (PlanNodePtr& child : node.children) number(*child, next);
}

std::shared_ptr<Plan> plan_one(const query::Query& query, catalog::CatalogView& catalog, const Options& options) {
  auto plan = std::make_shared<Plan>();
  PlanState state{catalog, options, *plan, 0, {}};
  plan->command = query.command;
  plan->parameter_count = query.parameter_count;
  plan->role = catalog.user();
  plan->denied = catalog.find_denial(query);
  const bool returns = query.command == query::CommandKind::select ||
                       query.command == query::CommandKind::values || query.has_returning;
  plan->returns_rows = returns;
  if (returns)
    for (const query::OutputColumn& output : query.output) {
      if (output.hidden) continue;
      ResultColumn column;
      column.name = output.name;
      column.type = output.expression->type;
      // A domain's values go to the client as its base type's.
      column.type.oid = catalog.base_type(column.type.oid, &column.type.typmod);
      column.physical = eval::physical_type(catalog, column.type.oid);
      column.support = catalog.find_support(column.type.oid);
      column.source_table = output.source_table;
      column.source_column = output.source_column;
      plan->columns.push_back(std::move(column));
    }
  auto own = query::clone(query);
  inline_table_functions(catalog, options.function_bodies, *own);
  try {
    catalog.add_row_security(*own);
  } catch (const catalog::DeniedByPolicy&) {
    if (!plan->denied) throw;  // of the query's own tables is told first
  }
  fold_constants(catalog, options.function_bodies, *own);
  push_negations(catalog, *own);
  state.parallel = may_be_parallel(*own, catalog);
  state.qualifies = options.explain && has_several_entries(*own, catalog);
  QueryPlanner planner(state, nullptr, std::move(own));
  planner.tuple_fraction = options.cursor_tuple_fraction;
  plan->root = planner.plan();
  std::vector<PlanNode*> changing;
  if (query.command != query::CommandKind::select && query.command != query::CommandKind::values)
    changing.push_back(plan->root.get());
  for (const Subplan& table : plan->common_tables)
    if (table.modifies_data) changing.push_back(table.root.get());
  if (!changing.empty() && watches_itself(query, catalog))
    for (PlanNode* node : changing) make_row_by_row(*node);
  if (options.verbose) {
    OutputLists lists(state);
    lists.describe(*plan->root);
    for (Subplan& subplan : plan->subplans) lists.describe(*subplan.root);
    for (Subplan& table : plan->common_tables) lists.describe(*table.root);
  }
  if (options.explain) plan->name_order = name_order(state);
  int next = 0;
  number(*plan->root, next);
  for (Subplan& subplan : plan->subplans) number(*subplan.root, next);
  for (Subplan& table : plan->common_tables) {
    number(*table.root, next);
    plan->modifies_data = plan->modifies_data || table.modifies_data;
  }
  plan->node_count = next;
  return plan;
}

// A statement of which rules have left nothing.
std::shared_ptr<Plan> plan_nothing(const query::Query& statement, catalog::CatalogView& catalog, const Options& options) {
  query::Query nothing;
  nothing.where = make_constant(types::Datum::of(false), {types::oid::bool_});
  nothing.output.emplace_back().expression = make_constant(types::Datum::null(), {types::oid::int4});
  nothing.parameter_count = statement.parameter_count;
  auto plan = plan_one(nothing, catalog, options);
  plan->command = statement.command;
  plan->columns.clear();
  plan->returns_rows = false;
  plan->modifies_data = true;
  return plan;
}

}  // namespace

std::shared_ptr<const Plan> plan(const query::Query& query, catalog::CatalogView& catalog, const Options& options) {
  if (!needs_rewriting(query, catalog)) return plan_one(query, catalog, options);
  RewrittenStatement rewritten = rewrite_statement(query::clone(query), catalog, options.for_copy);
  for (auto& one : rewritten.queries) one->parameter_count = query.parameter_count;
  const auto main = static_cast<std::size_t>(rewritten.main);
  std::shared_ptr<Plan> plan = rewritten.main < 0 ? plan_nothing(query, catalog, options)
                                                  : plan_one(*rewritten.queries[main], catalog, options);
  // Rules take nothing from what the statement itself needs.
  if (rewritten.queries.size() != 1 || rewritten.main < 0)
    if (auto denied = catalog.find_denial(query)) plan->denied = std::move(denied);
  for (std::size_t i = 0; i < rewritten.queries.size(); ++i) {
    if (rewritten.main >= 0 && i == main) continue;
    auto other = plan_one(*rewritten.queries[i], catalog, options);
    if (!plan->denied) plan->denied = other->denied;
    plan->modifies_data = true;
    (rewritten.main >= 0 && i > main ? plan->after : plan->before).push_back(std::move(other));
  }
  return plan;
}

}  // namespace planner
