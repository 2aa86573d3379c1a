#include "subqueries.h"

#include "analysis.h"
#include "query/walk.h"

namespace analyzer {
namespace {

// References that leave the expression's own query point one level further.
void deepen(Expression& expression, int depth);
void deepen_query(query::Query& query, int depth) {
  query::for_each_expression(
      query, [&](ExpressionPtr& e) { deepen(*e, depth); },
      [&](query::Query& below) { deepen_query(below, depth + 1); });
  for (auto& entry : query.range_table)
    if (entry.kind == query::RangeTableEntry::Kind::cte && entry.cte_levels_up >= depth)
      ++entry.cte_levels_up;
}
void deepen(Expression& expression, int depth) {
  if (auto* ref = std::get_if<query::ColumnReference>(&expression.node)) {
    if (ref->levels_up >= depth) ++ref->levels_up;
  } else if (auto* aggregate = std::get_if<query::Aggregate>(&expression.node)) {
    if (aggregate->levels_up >= depth) ++aggregate->levels_up;
  } else if (auto* grouping = std::get_if<query::Grouping>(&expression.node)) {
    if (grouping->levels_up >= depth) ++grouping->levels_up;
  }
  query::for_each_child(
      expression, [&](ExpressionPtr& child) { deepen(*child, depth); },
      [&](query::Query& below) { deepen_query(below, depth + 1); });
}

bool output_is_last(const query::Query& query) {
  if (query.set_operations || query.distinct || !query.distinct_on.empty()) return false;
  // ORDER BY keys refer to output columns by number.
  return query.order_by.empty() && query.command == query::CommandKind::select;
}

}  // namespace

void deepen(Expression& expression) { deepen(expression, 0); }

void deepen(query::SetTree& tree) {
  if (tree.leaf) return deepen_query(*tree.leaf, 1);
  deepen(*tree.left);
  deepen(*tree.right);
}

std::unique_ptr<query::Query> wrap_query(std::unique_ptr<query::Query> inner) {
  auto outer = std::make_unique<query::Query>();
  deepen_query(*inner, 1);
  query::RangeTableEntry entry;
  entry.kind = query::RangeTableEntry::Kind::subquery;
  entry.alias = "unnamed_subquery";
  for (const auto& output : inner->output) {
    if (output.hidden) continue;
    query::OutputColumn column;
    column.name = output.name;
    column.source_table = output.source_table;
    column.source_column = output.source_column;
    column.expression = make_expression(
        output.expression->type, -1,
        query::ColumnReference{0, static_cast<int>(entry.columns.size()), 0});
    outer->output.push_back(std::move(column));
    entry.columns.push_back({output.name, output.expression->type});
  }
  entry.subquery = std::move(inner);
  outer->range_table.push_back(std::move(entry));
  auto leaf = std::make_unique<query::JoinTree>();
  leaf->node = query::JoinLeaf{0};
  outer->from.push_back(std::move(leaf));
  return outer;
}

std::unique_ptr<query::Query> with_output_types(Scope& scope, std::unique_ptr<query::Query> query,
                                                const std::vector<TypeRef>& types) {
  bool same = true;
  std::size_t i = 0;
  for (const auto& output : query->output)
    if (!output.hidden) same = same && output.expression->type.oid == types[i++].oid;
  if (same) return query;
  if (!output_is_last(*query)) query = wrap_query(std::move(query));
  i = 0;
  for (auto& output : query->output) {
    if (output.hidden) continue;
    output.expression = coerce(scope, std::move(output.expression), types[i++], Context::implicit,
                               query::CallForm::implicit_cast, -1);
    assign_collations(scope, *output.expression);
  }
  return query;
}

std::unique_ptr<query::Query> with_row_output(Scope&, std::unique_ptr<query::Query> query) {
  query = wrap_query(std::move(query));
  query::RowConstructor row;
  for (auto& output : query->output) {
    row.names.push_back(output.name);
    row.fields.push_back(std::move(output.expression));
  }
  query->output.clear();
  query::OutputColumn column;
  column.name = "row";
  column.expression = make_expression(TypeRef{oid::record, -1, 0}, -1, std::move(row));
  query->output.push_back(std::move(column));
  return query;
}

}  // namespace analyzer
