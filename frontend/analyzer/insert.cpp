// INSERT: columns, rows, defaults.
#include <fmt/format.h>

#include "catalog/target_columns.h"
#include "dml.h"

namespace analyzer {

std::vector<InsertColumn> insert_columns(const Target& target, ast::NodeList written) {
  std::vector<InsertColumn> columns;
  if (written.empty()) {
    for (std::size_t i = 0; i < target.relation->columns.size(); ++i)
      if (!target.relation->columns[i].dropped) columns.push_back({static_cast<int>(i), {}, -1});
    return columns;
  }
  for (const ast::Node* node : written) {
    const auto& item = ast::as<ast::ResultTarget>(*node);
    int index = target_column(target, item);
    for (const auto& other : columns)
      if (other.column == index && (item.indirection.empty() || other.indirection.empty()))
        throw SqlError("42701", fmt::format("column \"{}\" specified more than once", item.name)).at(item.location);
    columns.push_back({index, item.indirection, item.location});
  }
  return columns;
}

void check_row_length(Scope& scope, std::size_t expressions, const std::vector<InsertColumn>& columns,
                      bool explicit_columns, const std::vector<ExpressionPtr>& row) {
  if (expressions > columns.size()) {
    int at = columns.size() < row.size() ? location_of(*row[columns.size()]) : -1;
    throw SqlError("42601", "INSERT has more expressions than target columns").at(at);
  }
  if (explicit_columns && expressions < columns.size()) {
    auto error = SqlError("42601", "INSERT has more target columns than expressions");
    // One pair of parentheses too many?
    if (expressions == 1 && std::holds_alternative<query::RowConstructor>(row[0]->node) &&
        std::get<query::RowConstructor>(row[0]->node).fields.size() == columns.size())
      throw std::move(error)
          .with_hint("The insertion source is a row expression containing the same number of columns expected by the "
                     "INSERT. Did you accidentally use extra parentheses?")
          .at(columns[expressions].location);
    throw std::move(error).at(columns[expressions].location);
  }
  (void)scope;
}

namespace {

// Row expressions into the relation's columns.
std::vector<ExpressionPtr> place_row(Scope& scope, const catalog::RelationDescriptor& relation,
                                     const std::vector<InsertColumn>& columns, std::vector<ExpressionPtr> row) {
  PlaceScope at(scope, Place::insert_target);
  std::vector<ExpressionPtr> given(relation.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    auto column = static_cast<std::size_t>(columns[i].column);
    given[column] = assign_to_column(scope, relation, columns[i].column, std::move(row[i]), columns[i].indirection,
                                     columns[i].location, Place::insert_target, relation.columns[column].name,
                                     std::move(given[column]));
  }
  return given;
}

// A cell for a part of a column (f[1], f.a), coerced to what the part takes; the assignment itself
// is made once, over the VALUES entry's column.
ExpressionPtr coerce_cell(Scope& scope, const catalog::RelationDescriptor& relation, const InsertColumn& column,
                          ExpressionPtr cell) {
  PlaceScope at(scope, Place::insert_target);
  const auto index = static_cast<std::size_t>(column.column);
  ExpressionPtr assigned = assign_to_column(scope, relation, column.column, std::move(cell), column.indirection,
                                            column.location, Place::insert_target, relation.columns[index].name,
                                            nullptr);
  return part_value(std::move(assigned), column.indirection);
}

// Several rows: a VALUES entry whose cells have been coerced to their columns.
void insert_values(Scope& scope, const Target& target, const std::vector<InsertColumn>& columns, bool explicit_columns,
                   const ast::Select& source, query::Query::Overriding overriding) {
  const auto& relation = *target.relation;
  std::vector<std::vector<ExpressionPtr>> rows;
  std::size_t width = 0;
  for (const ast::Node* node : source.values_lists) {
    const auto& list = ast::as<ast::ListNode>(*node);
    auto row = analyze_expression_list(scope, list.items, Place::values, true);
    if (rows.empty()) {
      width = row.size();
      check_row_length(scope, width, columns, explicit_columns, row);
    } else if (row.size() != width) {
      int at = row.empty() ? -1 : location_of(*row[0]);
      throw SqlError("42601", "VALUES lists must all be the same length").at(at);
    }
    rows.push_back(std::move(row));
  }
  std::vector<std::vector<ExpressionPtr>> cells;
  std::vector<bool> all_default(width, true);
  for (auto& row : rows) {
    for (std::size_t c = 0; c < width; ++c)
      all_default[c] = all_default[c] && std::holds_alternative<query::SetToDefault>(row[c]->node);
    std::vector<ExpressionPtr> placed;
    for (std::size_t c = 0; c < width; ++c)
      placed.push_back(coerce_cell(scope, relation, columns[c], std::move(row[c])));
    cells.push_back(std::move(placed));
  }
  // A column with DEFAULT in some rows takes the default there.
  for (std::size_t c = 0; c < width; ++c) {
    const auto& column = relation.columns[static_cast<std::size_t>(columns[c].column)];
    for (auto& row : cells) {
      if (!std::holds_alternative<query::SetToDefault>(row[c]->node)) continue;
      // Nobody reads a column that is DEFAULT everywhere.
      if (column.generated || all_default[c]) {
        row[c] = null_constant(scope, column.type);
        continue;
      }
      // What is under a view may have one.
      if (relation.kind != catalog::RelationKind::view)
        row[c] = catalog::default_value(scope.catalog(), column);
      else if (ExpressionPtr value = catalog::default_or_none(scope.catalog(), column))
        row[c] = std::move(value);
    }
  }
  std::vector<query::RangeColumn> names;
  for (std::size_t c = 0; c < width; ++c) {
    for (auto& row : cells) assign_collations(scope, *row[c]);
    names.push_back({fmt::format("column{}", c + 1), cells[0][c]->type});
  }
  auto item = add_values(scope, std::move(cells), std::move(names), false);
  scope.query->insert_source = item->range_table_index;
  scope.query->from.push_back(leaf_of(*item));
  std::vector<ExpressionPtr> given(relation.columns.size());
  for (std::size_t c = 0; c < width; ++c) {
    auto index = static_cast<std::size_t>(columns[c].column);
    if (all_default[c]) continue;  // as if it had not been written
    auto value = column_expression(item->columns[c], 0, -1);
    if (columns[c].indirection.empty()) {
      given[index] = std::move(value);
      continue;
    }
    PlaceScope at(scope, Place::insert_target);
    given[index] = assign_to_column(scope, relation, columns[c].column, std::move(value), columns[c].indirection,
                                    columns[c].location, Place::insert_target, relation.columns[index].name,
                                    std::move(given[index]));
  }
  scope.query->targets = catalog::complete_insert(scope.catalog(), relation, std::move(given), overriding);
}

void insert_select(Scope& scope, const Target& target, const std::vector<InsertColumn>& columns, bool explicit_columns,
                   const ast::Select& source, query::Query::Overriding overriding) {
  QuerySetup setup;
  setup.resolve_unknowns = false;
  auto query = analyze_query(scope.state, &scope, &source, &setup);
  // Literals of the SELECT list go straight into the columns, so that these decide their types.
  std::vector<ExpressionPtr> literals;
  for (auto& output : query->output) {
    if (output.hidden) continue;
    literals.push_back(nullptr);
    if (output.expression->type.oid != oid::unknown) continue;
    bool plain = std::holds_alternative<query::Constant>(output.expression->node) ||
                 std::holds_alternative<query::Parameter>(output.expression->node);
    if (plain && !query->set_operations) {
      literals.back() = std::move(output.expression);
      output.expression = null_constant(scope, type_ref(scope, oid::text));
    } else {
      output.expression = coerce(scope, std::move(output.expression), type_ref(scope, oid::text), Context::implicit,
                                 query::CallForm::implicit_cast, -1);
    }
  }
  std::vector<int> locations;
  for (std::size_t i = 0; i < query->output.size(); ++i)
    if (!query->output[i].hidden) locations.push_back(location_of(*query->output[i].expression));
  auto item = add_subquery(scope, std::move(query), nullptr, false, "*SELECT*");
  scope.query->insert_source = item->range_table_index;
  scope.query->from.push_back(leaf_of(*item));
  std::vector<ExpressionPtr> row;
  for (std::size_t i = 0; i < item->columns.size(); ++i)
    row.push_back(literals[i] ? std::move(literals[i]) : column_expression(item->columns[i], 0, locations[i]));
  check_row_length(scope, row.size(), columns, explicit_columns, row);
  scope.query->targets = catalog::complete_insert(scope.catalog(), *target.relation,
                                         place_row(scope, *target.relation, columns, std::move(row)), overriding);
}

// One row with sets among its values: as many rows as SELECT makes of them. A column that is to have its default is
// one that nobody named.
void insert_sets(Scope& scope, const Target& target, const std::vector<InsertColumn>& columns, ast::NodeList items,
                 query::Query::Overriding overriding) {
  std::vector<ast::ResultTarget> targets;
  std::vector<InsertColumn> named;
  targets.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i < columns.size()) {
      if (items[i]->kind == ast::NodeKind::set_to_default) continue;
      named.push_back(columns[i]);
    }
    targets.emplace_back().value = items[i];
    targets.back().location = items[i]->location;
  }
  std::vector<const ast::Node*> list;
  for (const ast::ResultTarget& t : targets) list.push_back(&t);
  ast::Select select;
  select.targets = list;
  insert_select(scope, target, named, false, select, overriding);
}

}  // namespace

void analyze_insert(Scope& scope, const ast::Insert& insert) {
  query::Query& query = *scope.query;
  query.command = query::CommandKind::insert;
  query.overriding = static_cast<query::Query::Overriding>(insert.overriding);
  analyze_with(scope, insert.with);
  // A WITH of the source may stand outside of it, too.
  Target target = open_target(scope, *insert.relation, "INSERT");
  const auto& relation = *target.relation;
  auto columns = insert_columns(target, insert.columns);
  bool explicit_columns = !insert.columns.empty();

  if (!insert.source) {
    query.targets = catalog::complete_insert(scope.catalog(), relation, std::vector<ExpressionPtr>(relation.columns.size()),
                                    query.overriding);
  } else if (is_simple_values(*insert.source) && insert.source->values_lists.size() == 1) {
    const auto& list = ast::as<ast::ListNode>(*insert.source->values_lists[0]);
    scope.has_set_functions = false;
    auto row = analyze_expression_list(scope, list.items, Place::values_single, true);
    check_row_length(scope, row.size(), columns, explicit_columns, row);
    if (scope.has_set_functions)
      insert_sets(scope, target, columns, list.items, query.overriding);
    else
      query.targets = catalog::complete_insert(scope.catalog(), relation,
                                               place_row(scope, relation, columns, std::move(row)), query.overriding);
  } else if (is_simple_values(*insert.source)) {
    insert_values(scope, target, columns, explicit_columns, *insert.source, query.overriding);
  } else {
    insert_select(scope, target, columns, explicit_columns, *insert.source, query.overriding);
  }
  if (insert.on_conflict) query.on_conflict = analyze_on_conflict(scope, target, *insert.on_conflict);
  scope.names = {target.item};
  target.item->table_visible = target.item->columns_visible = true;
  analyze_returning(scope, insert.returning);
  assign_collations(scope, query);
  if (scope.has_aggregates) check_aggregates(scope);
}

}  // namespace analyzer
