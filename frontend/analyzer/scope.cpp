#include "scope.h"

#include "catalog/catalog_view.h"
#include "query/walk.h"
#include "types/stack_depth.h"

namespace analyzer {

State::State(const AnalyzerContext& given)
    : context(given),
      catalog(given.catalog),
      parameters(given.parameter_types.begin(), given.parameter_types.end()),
      stack_limit(static_cast<const char*>(__builtin_frame_address(0)) - given.stack_bytes) {}

void State::throw_too_deep() { types::throw_stack_depth_exceeded(); }

const char* place_name(Place place) {
  switch (place) {
    case Place::other: return "this context";
    case Place::join_on:
    case Place::join_using: return "JOIN/ON";
    case Place::from_subselect: return "FROM subquery";
    case Place::from_function: return "function in FROM";
    case Place::where: return "WHERE";
    case Place::having: return "HAVING";
    case Place::filter: return "FILTER";
    case Place::window_partition: return "window PARTITION BY";
    case Place::window_order: return "window ORDER BY";
    case Place::window_frame_range: return "window RANGE";
    case Place::window_frame_rows: return "window ROWS";
    case Place::window_frame_groups: return "window GROUPS";
    case Place::select_target: return "SELECT";
    case Place::insert_target: return "INSERT";
    case Place::update_source:
    case Place::update_target: return "UPDATE";
    case Place::merge_when: return "MERGE WHEN";
    case Place::group_by: return "GROUP BY";
    case Place::order_by: return "ORDER BY";
    case Place::distinct_on: return "DISTINCT ON";
    case Place::limit: return "LIMIT";
    case Place::offset: return "OFFSET";
    case Place::returning: return "RETURNING";
    case Place::values:
    case Place::values_single: return "VALUES";
    case Place::check_constraint:
    case Place::domain_check: return "CHECK";
    case Place::column_default:
    case Place::function_default: return "DEFAULT";
    case Place::index_expression: return "index expression";
    case Place::index_predicate: return "index predicate";
    case Place::statistics_expression: return "statistics expression";
    case Place::alter_using: return "USING";
    case Place::execute_parameter: return "EXECUTE";
    case Place::trigger_when: return "WHEN";
    case Place::policy: return "POLICY";
    case Place::partition_bound: return "partition bound";
    case Place::partition_expression: return "PARTITION BY";
    case Place::call_argument: return "CALL";
    case Place::copy_where: return "WHERE";
    case Place::generated_column: return "GENERATED AS";
    case Place::cycle_mark: return "CYCLE";
  }
  return "";
}

int location_of(const Expression& expression) {
  // The leftmost known location of the expression and what it is made of.
  int best = expression.location;
  if (std::holds_alternative<query::Call>(expression.node) ||
      std::holds_alternative<query::Relabel>(expression.node) ||
      std::holds_alternative<query::CoerceViaIo>(expression.node) ||
      std::holds_alternative<query::ScalarArrayOp>(expression.node) ||
      std::holds_alternative<query::BooleanExpression>(expression.node) ||
      std::holds_alternative<query::IsDistinct>(expression.node) ||
      std::holds_alternative<query::Subscript>(expression.node) ||
      std::holds_alternative<query::FieldSelect>(expression.node) ||
      std::holds_alternative<query::Test>(expression.node) ||
      std::holds_alternative<query::ArrayCoerce>(expression.node) ||
      std::holds_alternative<query::CoerceToDomain>(expression.node)) {
    query::for_each_child(expression, [&best](const Expression& child) {
      int below = location_of(child);
      if (below >= 0 && (best < 0 || below < best)) best = below;
    });
  }
  return best;
}

std::string type_name(Scope& scope, Oid type) {
  if (type == oid::unknown) return "unknown";
  // Without a length these two are others than the standard's types; as a name alone they are not.
  if (type == oid::bpchar) return "character";
  if (type == oid::bit) return "bit";
  return scope.catalog().format_type(type);
}

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::string join_names(ast::Names names) {
  std::string text;
  for (ast::Name name : names) {
    if (!text.empty()) text += '.';
    text += name;
  }
  return text;
}

}  // namespace analyzer
