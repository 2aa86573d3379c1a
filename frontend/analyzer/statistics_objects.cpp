// CREATE STATISTICS: the columns and expressions that it is about.
#include <fmt/format.h>

#include "define.h"

namespace analyzer {
namespace {

const char* unsuitable(catalog::RelationKind kind) {
  using Kind = catalog::RelationKind;
  switch (kind) {
    case Kind::view: return "This operation is not supported for views.";
    case Kind::sequence: return "This operation is not supported for sequences.";
    case Kind::index: return "This operation is not supported for indexes.";
    case Kind::partitioned_index: return "This operation is not supported for partitioned indexes.";
    case Kind::composite: return "This operation is not supported for composite types.";
    default: return nullptr;
  }
}

}  // namespace

query::CreateStatistics create_statistics(State& state, const ast::CreateStatistics& node) {
  query::CreateStatistics result;
  result.name = object_name(state, node.name);
  result.if_not_exists = node.if_not_exists;
  for (const ast::Name kind : node.kinds) result.kinds.push_back(str(kind));
  if (node.relations.size() != 1)
    throw SqlError("0A000", "only a single relation is allowed in CREATE STATISTICS");
  const auto* name = ast::try_as<ast::RangeVariable>(node.relations[0]);
  if (!name) throw SqlError("0A000", "CREATE STATISTICS only supports relation names in the FROM clause");
  TableScope table(state);
  auto relation = open_relation(table.scope, *name, catalog::RelationLock::share_update_exclusive);
  if (const char* detail = unsuitable(relation->kind))
    throw SqlError("42809", fmt::format("cannot define statistics for relation \"{}\"", relation->name)).with_detail(detail);
  enter_table(table, relation);
  result.table = relation_name(state, *name);
  result.table.oid = relation->oid;
  for (const ast::Node* item : node.elements) {
    const auto& element = ast::as<ast::StatisticsElement>(*item);
    if (element.name.data()) {
      result.columns.push_back(str(element.name));
      continue;
    }
    auto expression = analyze_expression(table.scope, element.expression, Place::statistics_expression);
    assign_collations(table.scope, *expression);
    // A column in parentheses is a column.
    const auto* column = std::get_if<query::ColumnReference>(&expression->node);
    if (column && column->column >= 0)
      result.columns.push_back(relation->columns[static_cast<std::size_t>(column->column)].name);
    else
      result.expressions.push_back(std::move(expression));
  }
  return result;
}

}  // namespace analyzer
