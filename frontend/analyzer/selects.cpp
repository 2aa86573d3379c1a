// SELECT and VALUES, and the entry to every kind of query.
#include <fmt/format.h>

#include "analysis.h"
#include "collations.h"
#include "query/walk.h"

namespace analyzer {

bool is_simple_values(const ast::Select& select) {
  return !select.values_lists.empty() && !select.with && select.order_by.empty() && !select.limit &&
         !select.offset && select.locking.empty();
}

namespace {

// VALUES as a query: SELECT * FROM the rows.
void analyze_values(Scope& scope, const ast::Select& select) {
  analyze_with(scope, select.with);
  std::size_t width = 0;
  std::vector<std::vector<ExpressionPtr>> rows;
  for (const ast::Node* node : select.values_lists) {
    const auto& list = ast::as<ast::ListNode>(*node);
    auto row = analyze_expression_list(scope, list.items, Place::values);
    if (rows.empty()) {
      width = row.size();
    } else if (row.size() != width) {
      int at = row.empty() ? -1 : location_of(*row.back());
      for (const ast::Node* item : list.items)
        if (item && item->location >= 0) { at = item->location; break; }
      throw SqlError("42601", "VALUES lists must all be the same length").at(at);
    }
    rows.push_back(std::move(row));
  }
  std::vector<query::RangeColumn> columns;
  for (std::size_t c = 0; c < width; ++c) {
    std::vector<Expression*> cells;
    for (auto& row : rows) cells.push_back(row[c].get());
    Oid type = select_common_type(scope, cells, "VALUES");
    std::int32_t typmod = cells[0]->type.typmod;
    for (const auto* cell : cells)
      if (cell->type.oid != type || cell->type.typmod != typmod) typmod = -1;
    for (auto& row : rows) {
      row[c] = coerce_to_common(scope, std::move(row[c]), type, "VALUES");
      assign_collations(scope, *row[c]);
    }
    TypeRef column = type_ref(scope, type, typmod);
    if (column.collation) {
      cells.clear();
      for (auto& row : rows) cells.push_back(row[c].get());
      column.collation = common_collation(scope, cells, true);
    }
    columns.push_back({fmt::format("column{}", c + 1), column});
  }
  auto item = add_values(scope, std::move(rows), std::move(columns), false);
  scope.names.push_back(item);
  auto leaf = std::make_unique<query::JoinTree>();
  leaf->node = query::JoinLeaf{item->range_table_index};
  scope.query->from.push_back(std::move(leaf));
  for (const auto& column : item->columns) {
    query::OutputColumn output;
    output.name = column.name;
    output.expression = column_expression(column, 0, -1);
    scope.query->output.push_back(std::move(output));
  }
  analyze_order_by(scope, select.order_by);
  scope.query->offset = analyze_limit(scope, select.offset, Place::offset, "OFFSET", false);
  scope.query->limit = analyze_limit(scope, select.limit, Place::limit, "LIMIT", select.with_ties);
  scope.query->with_ties = select.with_ties;
  if (!select.locking.empty())
    throw SqlError("0A000", "FOR UPDATE cannot be applied to VALUES");
  assign_collations(scope, *scope.query);
}

void check_into(const ast::Select& select) {
  if (select.into)
    throw SqlError("42601", "SELECT ... INTO is not allowed here").at(select.into->relation->location);
}

// The level reads the recursive common table that it is a part of.
bool reads_itself(const Scope& scope) {
  for (const auto& entry : scope.query->range_table) {
    if (entry.kind != query::RangeTableEntry::Kind::cte) continue;
    const Scope* level = &scope;
    for (int up = 0; level && up < entry.cte_levels_up; ++up) level = level->parent;
    if (!level) continue;
    for (const RecursiveTable* open : level->open_common_tables)
      if (open->name == entry.cte_name) return true;
  }
  return false;
}

int aggregate_location(const query::Expression& expression) {
  const auto* aggregate = std::get_if<query::Aggregate>(&expression.node);
  if (aggregate && aggregate->levels_up == 0) return expression.location;
  int found = -1;
  query::for_each_child(expression, [&](const query::Expression& child) {
    if (found < 0) found = aggregate_location(child);
  });
  return found;
}

void check_recursive_aggregates(Scope& scope) {
  if (!scope.has_aggregates || !reads_itself(scope)) return;
  int location = -1;
  for (const auto& output : scope.query->output)
    if (location < 0) location = aggregate_location(*output.expression);
  if (location < 0 && scope.query->having) location = aggregate_location(*scope.query->having);
  throw SqlError("42P19", "aggregate functions are not allowed in a recursive query's recursive term").at(location);
}

}  // namespace

void analyze_select(Scope& scope, const ast::Select& select) {
  query::Query& query = *scope.query;
  query.command = query::CommandKind::select;
  if (select.operation != ast::SetOperationKind::none) {
    analyze_set_operations(scope, select);
    return;
  }
  if (!select.values_lists.empty()) {
    analyze_values(scope, select);
    return;
  }
  check_into(select);
  analyze_with(scope, select.with);
  for (const ast::Node* node : select.windows)
    scope.window_definitions.push_back(&ast::as<ast::WindowDefinition>(*node));
  scope.locking = select.locking;
  analyze_from(scope, select.from);
  query.output = analyze_targets(scope, select.targets, Place::select_target);
  mark_origins(scope);
  query.where = analyze_condition(scope, select.where, Place::where, "WHERE");
  query.having = analyze_condition(scope, select.having, Place::having, "HAVING");
  analyze_order_by(scope, select.order_by);
  analyze_group_by(scope, select.group_by, select.group_distinct);
  analyze_distinct(scope, select);
  query.offset = analyze_limit(scope, select.offset, Place::offset, "OFFSET", false);
  query.limit = analyze_limit(scope, select.limit, Place::limit, "LIMIT", select.with_ties);
  query.with_ties = select.with_ties;
  analyze_windows(scope);
  if (scope.resolve_unknowns) resolve_unknown_targets(scope);
  assign_collations(scope, query);
  if (scope.has_aggregates || !query.group_by.empty() || query.having || !query.grouping_sets.empty())
    check_aggregates(scope);
  check_recursive_aggregates(scope);
  if (!select.group_by.empty() || query.having || scope.has_aggregates)
    query.has_aggregates = query.has_aggregates || query.having != nullptr;
  for (const ast::Node* node : select.locking)
    analyze_locking(scope, ast::as<ast::LockingClause>(*node), false);
  if (scope.outer_lock) analyze_locking(scope, *scope.outer_lock, true);
}

std::unique_ptr<query::Query> analyze_query(State& state, Scope* parent, const ast::Node* node,
                                            QuerySetup* setup) {
  state.check_depth();
  auto query = std::make_unique<query::Query>();
  Scope scope(state, parent, query.get());
  if (setup) {
    scope.resolve_unknowns = setup->resolve_unknowns;
    scope.outer_lock = setup->outer_lock;
    scope.recursive = setup->recursive;
    scope.names = setup->names;
  }
  switch (node->kind) {
    case ast::NodeKind::select: analyze_select(scope, ast::as<ast::Select>(*node)); break;
    case ast::NodeKind::insert: analyze_insert(scope, ast::as<ast::Insert>(*node)); break;
    case ast::NodeKind::update: analyze_update(scope, ast::as<ast::Update>(*node)); break;
    case ast::NodeKind::delete_: analyze_delete(scope, ast::as<ast::Delete>(*node)); break;
    case ast::NodeKind::merge: analyze_merge(scope, ast::as<ast::Merge>(*node)); break;
    default: throw SqlError::not_supported("this kind of query");
  }
  return query;
}

}  // namespace analyzer
