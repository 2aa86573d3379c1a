// Aggregates and window functions: which level they belong to and where they may stand.
#include <fmt/format.h>

#include "analysis.h"
#include "query/walk.h"

namespace analyzer {
namespace {

// The nearest levels that an expression's columns and aggregates belong to; -1: none.
struct Levels {
  int columns = -1;
  int column_location = -1;
  int aggregates = -1;
  int aggregate_location = -1;
  bool windows = false;
  int window_location = -1;
  bool sets = false;
  int set_location = -1;
};

void collect_levels(const Expression& expression, int depth, Levels& levels);

void collect_query_levels(const query::Query& query, int depth, Levels& levels) {
  query::for_each_expression(
      query, [&](const Expression& e) { collect_levels(e, depth, levels); },
      [&](const query::Query& below) { collect_query_levels(below, depth + 1, levels); });
}

void collect_levels(const Expression& expression, int depth, Levels& levels) {
  if (const auto* ref = std::get_if<query::ColumnReference>(&expression.node)) {
    int level = ref->levels_up - depth;
    if (level >= 0 && (levels.columns < 0 || level < levels.columns)) {
      levels.columns = level;
      levels.column_location = expression.location;
    }
    return;
  }
  const auto* aggregate = std::get_if<query::Aggregate>(&expression.node);
  const auto* grouping = std::get_if<query::Grouping>(&expression.node);
  if (aggregate || grouping) {
    int level = (aggregate ? aggregate->levels_up : grouping->levels_up) - depth;
    if (level >= 0 && (levels.aggregates < 0 || level < levels.aggregates)) {
      levels.aggregates = level;
      levels.aggregate_location = expression.location;
    }
  } else if (std::holds_alternative<query::WindowCall>(expression.node)) {
    if (depth == 0) {
      levels.windows = true;
      levels.window_location = expression.location;
    }
  } else if (const auto* call = std::get_if<query::Call>(&expression.node)) {
    if (call->returns_set && depth == 0 && !levels.sets) {
      levels.sets = true;
      levels.set_location = expression.location;
    }
  }
  query::for_each_child(
      expression, [&](const Expression& child) { collect_levels(child, depth, levels); },
      [&](const query::Query& below) { collect_query_levels(below, depth + 1, levels); });
}

// Null: allowed. Otherwise the end of "aggregate functions are not allowed in ...".
std::string aggregate_refusal(Place place) {
  switch (place) {
    case Place::other:
    case Place::having:
    case Place::window_partition:
    case Place::window_order:
    case Place::select_target:
    case Place::order_by:
    case Place::distinct_on: return {};
    case Place::join_on:
    case Place::join_using: return "JOIN conditions";
    case Place::from_subselect: return "FROM clause of their own query level";
    case Place::from_function: return "functions in FROM";
    case Place::policy: return "policy expressions";
    case Place::check_constraint:
    case Place::domain_check: return "check constraints";
    case Place::column_default:
    case Place::function_default: return "DEFAULT expressions";
    case Place::index_expression: return "index expressions";
    case Place::index_predicate: return "index predicates";
    case Place::statistics_expression: return "statistics expressions";
    case Place::alter_using: return "transform expressions";
    case Place::execute_parameter: return "EXECUTE parameters";
    case Place::trigger_when: return "trigger WHEN conditions";
    case Place::partition_bound: return "partition bound";
    case Place::partition_expression: return "partition key expressions";
    case Place::generated_column: return "column generation expressions";
    case Place::call_argument: return "CALL arguments";
    case Place::copy_where: return "COPY FROM WHERE conditions";
    case Place::merge_when: return "MERGE WHEN conditions";
    default: return place_name(place);
  }
}

std::string window_refusal(Place place) {
  switch (place) {
    case Place::other:
    case Place::select_target:
    case Place::order_by:
    case Place::distinct_on: return {};
    case Place::window_partition:
    case Place::window_order:
    case Place::window_frame_range:
    case Place::window_frame_rows:
    case Place::window_frame_groups: return "window definitions";
    case Place::having:
    case Place::where: return place_name(place);
    default: return aggregate_refusal(place).empty() ? place_name(place) : aggregate_refusal(place);
  }
}

// Aggregates and GROUPING(): the level that the arguments decide, checked for its place.
int find_level(Scope& scope, const Levels& levels, bool grouping, int location) {
  int level = 0;
  if (levels.columns < 0) level = levels.aggregates < 0 ? 0 : levels.aggregates;
  else if (levels.aggregates < 0) level = levels.columns;
  else level = std::min(levels.columns, levels.aggregates);

  if (!grouping && levels.aggregates >= 0 && level == levels.aggregates)
    throw SqlError("42803", "aggregate function calls cannot be nested").at(levels.aggregate_location);
  if (!grouping && levels.windows)
    throw SqlError("42803", "aggregate function calls cannot contain window function calls")
        .at(levels.window_location);
  if (!grouping && levels.sets)
    throw SqlError("0A000", "aggregate function calls cannot contain set-returning function calls")
        .with_hint("You might be able to move the set-returning function into a LATERAL FROM item.")
        .at(levels.set_location);
  Scope* owner = &scope;
  for (int i = 0; i < level && owner->parent; ++i) owner = owner->parent;
  std::string refusal = aggregate_refusal(owner->place);
  if (!refusal.empty())
    throw SqlError("42803", fmt::format("{} are not allowed in {}",
                                        grouping ? "grouping operations" : "aggregate functions", refusal))
        .at(location);
  owner->has_aggregates = true;
  owner->query->has_aggregates = owner->query->has_aggregates || !grouping;
  return level;
}

// Direct arguments do not decide the level; they may not be of a level below it.
void check_direct_arguments(const query::Aggregate& aggregate) {
  Levels levels;
  for (const auto& argument : aggregate.direct_arguments) collect_levels(*argument, 0, levels);
  if (levels.columns >= 0 && levels.columns < aggregate.levels_up)
    throw SqlError("42803", "outer-level aggregate cannot contain a lower-level variable in its direct arguments")
        .at(levels.column_location);
  if (levels.aggregates >= 0 && levels.aggregates <= aggregate.levels_up)
    throw SqlError("42803", "aggregate function calls cannot be nested").at(levels.aggregate_location);
  if (levels.windows)
    throw SqlError("42803", "aggregate function calls cannot contain window function calls").at(levels.window_location);
  if (levels.sets)
    throw SqlError("0A000", "aggregate function calls cannot contain set-returning function calls")
        .with_hint("You might be able to move the set-returning function into a LATERAL FROM item.")
        .at(levels.set_location);
}

}  // namespace

ExpressionPtr finish_aggregate(Scope& scope, TypeRef type, query::Aggregate aggregate, int location) {
  Levels levels;
  for (const auto& argument : aggregate.arguments) collect_levels(*argument, 0, levels);
  for (const auto& key : aggregate.order_by) collect_levels(*key.expression, 0, levels);
  if (aggregate.filter) collect_levels(*aggregate.filter, 0, levels);
  aggregate.levels_up = find_level(scope, levels, false, location);
  check_direct_arguments(aggregate);
  return make_expression(type, location, std::move(aggregate));
}

ExpressionPtr finish_window_call(Scope& scope, TypeRef type, query::WindowCall call,
                                 const ast::WindowDefinition& over, int location) {
  std::string refusal = window_refusal(scope.place);
  if (!refusal.empty())
    throw SqlError("42P20", fmt::format("window functions are not allowed in {}", refusal)).at(location);
  for (const auto& argument : call.arguments) {
    Levels levels;
    collect_levels(*argument, 0, levels);
    if (levels.windows)
      throw SqlError("42P20", "window function calls cannot be nested").at(levels.window_location);
    if (levels.sets)
      throw SqlError("0A000", "window function calls cannot contain set-returning function calls")
          .with_hint("You might be able to move the set-returning function into a LATERAL FROM item.")
          .at(levels.set_location);
  }
  auto& definitions = scope.window_definitions;
  int index = -1;
  if (over.name.data()) {
    for (std::size_t i = 0; i < definitions.size(); ++i)
      if (definitions[i]->name.data() && definitions[i]->name == over.name) index = static_cast<int>(i);
    if (index < 0)
      throw SqlError("42704", fmt::format("window \"{}\" does not exist", over.name)).at(over.location);
  } else {
    index = static_cast<int>(definitions.size());
    definitions.push_back(&over);
  }
  call.window = index;
  scope.has_windows = true;
  return make_expression(type, location, std::move(call));
}

namespace {

// An expression of a nested level as its own level would write it.
void lower_levels(Expression& expression, int by) {
  if (auto* ref = std::get_if<query::ColumnReference>(&expression.node)) ref->levels_up -= by;
  query::for_each_child(expression, [by](ExpressionPtr& child) { lower_levels(*child, by); });
}

}  // namespace

ExpressionPtr transform_grouping(Scope& scope, const ast::GroupingCall& call) {
  if (call.arguments.size() >= 32)
    throw SqlError("54023", "GROUPING must have fewer than 32 arguments").at(call.location);
  Levels levels;
  std::vector<ExpressionPtr> arguments;
  for (const ast::Node* node : call.arguments) {
    arguments.push_back(transform(scope, node));
    collect_levels(*arguments.back(), 0, levels);
  }
  query::Grouping node;
  node.levels_up = find_level(scope, levels, true, call.location);
  Scope* owner = &scope;
  for (int i = 0; i < node.levels_up; ++i) owner = owner->parent;
  if (node.levels_up > 0)
    for (auto& argument : arguments) lower_levels(*argument, node.levels_up);
  // Until GROUP BY is known: the place among the owner's pending ones.
  node.keys.push_back(static_cast<int>(owner->pending_groupings.size()));
  owner->pending_groupings.push_back(std::move(arguments));
  return make_expression(TypeRef{oid::int4, -1, 0}, call.location, std::move(node));
}

void check_set_function_place(Scope& scope, int location) {
  const char* where = nullptr;
  switch (scope.place) {
    case Place::other:
    case Place::from_function:
    case Place::select_target:
    case Place::group_by:
    case Place::order_by:
    case Place::distinct_on:
    case Place::insert_target: break;
    case Place::values_single: break;
    case Place::join_on:
    case Place::join_using: where = "JOIN conditions"; break;
    case Place::window_partition:
    case Place::window_order:
    case Place::window_frame_range:
    case Place::window_frame_rows:
    case Place::window_frame_groups: where = "window definitions"; break;
    case Place::check_constraint:
    case Place::domain_check: where = "check constraints"; break;
    case Place::column_default:
    case Place::function_default: where = "DEFAULT expressions"; break;
    case Place::index_expression: where = "index expressions"; break;
    case Place::index_predicate: where = "index predicates"; break;
    case Place::alter_using: where = "transform expressions"; break;
    case Place::execute_parameter: where = "EXECUTE parameters"; break;
    case Place::partition_bound: where = "partition bound"; break;
    case Place::partition_expression: where = "partition key expressions"; break;
    case Place::call_argument: where = "CALL arguments"; break;
    case Place::copy_where: where = "COPY FROM WHERE conditions"; break;
    case Place::generated_column: where = "column generation expressions"; break;
    case Place::policy: where = "policy expressions"; break;
    default: where = place_name(scope.place);
  }
  if (where)
    throw SqlError("0A000", fmt::format("set-returning functions are not allowed in {}", where)).at(location);
  if (scope.place != Place::from_function) scope.has_set_functions = true;
}

}  // namespace analyzer
