#include "cursor_sources.h"

#include <algorithm>

#include "catalog/catalog_view.h"

namespace session {
namespace {

bool is_table(const query::Query& query, int entry, catalog::CatalogView& catalog) {
  const auto& e = query.range_table[static_cast<std::size_t>(entry)];
  if (e.kind != query::RangeTableEntry::Kind::relation) return false;
  const auto relation = catalog.relation(e.relation);
  return relation != nullptr && (relation->kind == catalog::RelationKind::table ||
                                 relation->kind == catalog::RelationKind::partitioned_table);
}

void add_column(query::Query& query, int entry, int column, types::Oid type) {
  auto expression = std::make_unique<query::Expression>();
  expression->type = {type};
  expression->node = query::ColumnReference{entry, column, 0};
  // Sort columns that nobody sees stay last.
  const auto hidden = std::ranges::find_if(query.output, [](const query::OutputColumn& output) { return output.hidden; });
  query::OutputColumn output;
  output.expression = std::move(expression);
  const auto place = static_cast<int>(hidden - query.output.begin());
  query.output.insert(hidden, std::move(output));
  // Keys that are among them stand behind it now.
  for (query::SortKey& key : query.order_by) key.output += key.output >= place;
}

}  // namespace

CursorSources add_cursor_sources(query::Query& query, catalog::CatalogView& catalog) {
  CursorSources result;
  if (query.command != query::CommandKind::select || query.set_operations || !query.group_by.empty() ||
      !query.grouping_sets.empty() || query.has_aggregates || query.having || query.distinct || !query.windows.empty())
    return result;
  std::vector<int> entries;
  for (const query::RowLock& lock : query.row_locks)
    if (is_table(query, lock.range_table_index, catalog) &&
        std::ranges::find(entries, lock.range_table_index) == entries.end())
      entries.push_back(lock.range_table_index);
  result.by_locks = !query.row_locks.empty();
  if (!result.by_locks && query.from.size() == 1)
    if (const auto* only = std::get_if<query::JoinLeaf>(&query.from.front()->node);
        only != nullptr && is_table(query, only->range_table_index, catalog))
      entries.push_back(only->range_table_index);
  for (const int entry : entries) {
    add_column(query, entry, query::kRowKeyColumn, types::oid::bytea);
    add_column(query, entry, query::kTableOidColumn, types::oid::oid_);
    const auto& table = query.range_table[static_cast<std::size_t>(entry)];
    result.tables.push_back({table.relation, table.include_children});
  }
  return result;
}

std::shared_ptr<const planner::Plan> hide_cursor_sources(std::shared_ptr<const planner::Plan> plan,
                                                         const CursorSources& sources) {
  if (sources.tables.empty()) return plan;
  // Nobody else has it yet.
  const auto own = std::const_pointer_cast<planner::Plan>(plan);
  own->columns.resize(own->columns.size() - kSourceColumns * sources.tables.size());
  return own;
}

}  // namespace session
