// WITH: common tables in the order that their references need, recursive ones by their base term.
#include <fmt/format.h>

#include "analysis.h"
#include "recursion.h"
#include "search_cycle.h"

namespace analyzer {
namespace {

std::vector<query::RangeColumn> columns_of(const query::Query& query, const ast::CommonTable& item) {
  std::vector<query::RangeColumn> columns;
  for (const auto& output : query.output)
    if (!output.hidden) columns.push_back({output.name, output.expression->type});
  for (std::size_t i = 0; i < item.columns.size(); ++i) {
    if (i >= columns.size())
      throw SqlError("42P10", fmt::format("WITH query \"{}\" has {} columns available but {} columns specified",
                                          item.name, columns.size(), item.columns.size()))
          .at(item.location);
    columns[i].name = str(item.columns[i]);
  }
  return columns;
}

query::CommonTable analyze_item(Scope& scope, const ast::CommonTable& item, bool recursive_with,
                                const SearchCycle& search_cycle) {
  query::CommonTable table;
  table.name = str(item.name);
  table.materialize = static_cast<query::CommonTable::Materialize>(item.materialized);
  if (item.query->kind != ast::NodeKind::select && scope.parent)
    throw SqlError("0A000", "WITH clause containing a data-modifying statement must be at the top level")
        .at(item.location);
  if (item.query->kind == ast::NodeKind::merge)
    throw SqlError("0A000", "MERGE not supported in WITH query").at(item.location);
  if (const auto* select = ast::try_as<ast::Select>(item.query); select && select->into)
    throw SqlError("42601", "SELECT ... INTO is not allowed here").at(select->into->relation->location);

  RecursiveTable recursive;
  QuerySetup setup;
  if (recursive_with) {
    recursive.name = table.name;
    recursive.location = item.location;
    recursive.column_names = item.columns;
    recursive.added_columns = search_cycle.added_columns();
    const auto* select = ast::try_as<ast::Select>(item.query);
    recursive.allowed = select && select->operation == ast::SetOperationKind::union_;
    if (recursive.allowed) setup.recursive = &recursive;
    scope.open_common_tables.push_back(&recursive);
  }
  table.query = analyze_query(scope.state, &scope, item.query, &setup);
  if (recursive_with) {
    scope.open_common_tables.pop_back();
    table.recursive = recursive.references > 0;
  }
  table.columns = columns_of(*table.query, item);
  table.has_column_names = !item.columns.empty();
  if (table.recursive) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const TypeRef& base = recursive.base_columns[i].type;
      const TypeRef& all = table.columns[i].type;
      if (base.oid != all.oid || base.typmod != all.typmod)
        throw SqlError("42804", fmt::format("recursive query \"{}\" column {} has type {} in non-recursive term but "
                                            "type {} overall",
                                            table.name, i + 1, scope.catalog().format_type(base.oid, base.typmod),
                                            scope.catalog().format_type(all.oid, all.typmod)))
            .with_hint("Cast the output of the non-recursive term to the correct type.")
            .at(table.query->output[i].expression->location);
      if (base.collation != all.collation) {
        auto name = [&](Oid collation) {
          const auto* info = scope.catalog().collation(collation);
          return info ? std::string(info->name) : std::string();
        };
        throw SqlError("42P21", fmt::format("recursive query \"{}\" column {} has collation \"{}\" in non-recursive "
                                            "term but collation \"{}\" overall",
                                            table.name, i + 1, name(base.collation), name(all.collation)))
            .with_hint("Use the COLLATE clause to set the collation of the non-recursive term.")
            .at(table.query->output[i].expression->location);
      }
    }
  }
  if (search_cycle.present()) search_cycle.apply(scope, item, table);
  return table;
}

}  // namespace

void analyze_with(Scope& scope, const ast::WithClause* with) {
  if (!with) return;
  scope.query->recursive_with = with->recursive;
  for (std::size_t i = 0; i < with->tables.size(); ++i) {
    const auto& item = ast::as<ast::CommonTable>(*with->tables[i]);
    for (std::size_t j = 0; j < i; ++j)
      if (ast::as<ast::CommonTable>(*with->tables[j]).name == item.name)
        throw SqlError("42712", fmt::format("WITH query name \"{}\" specified more than once", item.name))
            .at(item.location);
  }
  std::vector<const ast::CommonTable*> items;
  if (with->recursive)
    items = order_recursive_items(*with);
  else
    for (const ast::Node* node : with->tables) items.push_back(&ast::as<ast::CommonTable>(*node));
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& item = *items[i];
    scope.future_common_tables.clear();
    for (std::size_t j = i; j < items.size(); ++j) scope.future_common_tables.push_back(str(items[j]->name));
    const SearchCycle search_cycle(scope, item);
    auto table = analyze_item(scope, item, with->recursive, search_cycle);
    scope.query->with.push_back(std::move(table));
    scope.common_tables.push_back({str(item.name), static_cast<int>(scope.query->with.size()) - 1,
                                   search_cycle.added_columns().size()});
  }
  scope.future_common_tables.clear();
}

}  // namespace analyzer
