// By the rules of PostgreSQL's view_query_is_auto_updatable().
#include "query/updatable.h"

#include <algorithm>

#include "query/row_place.h"
#include "query/walk.h"

namespace query {
namespace {

constexpr const char* kNotOneRelation =
    "Views that do not select from a single table or view are not automatically updatable.";

bool returns_sets(const Expression& expression) {
  if (const auto* call = std::get_if<Call>(&expression.node); call && call->returns_set) return true;
  bool found = false;
  for_each_child(expression, [&](const Expression& child) { found = found || returns_sets(child); });
  return found;
}

}  // namespace

const char* why_not_updatable(const Query& query) {
  if (query.distinct || !query.distinct_on.empty())
    return "Views containing DISTINCT are not automatically updatable.";
  if (!query.group_by.empty() || !query.grouping_sets.empty())
    return "Views containing GROUP BY are not automatically updatable.";
  if (query.having) return "Views containing HAVING are not automatically updatable.";
  if (query.set_operations)
    return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.";
  if (!query.with.empty()) return "Views containing WITH are not automatically updatable.";
  if (query.limit || query.offset) return "Views containing LIMIT or OFFSET are not automatically updatable.";
  if (query.has_aggregates) return "Views that return aggregate functions are not automatically updatable.";
  if (!query.windows.empty()) return "Views that return window functions are not automatically updatable.";
  for (const auto& output : query.output)
    if (returns_sets(*output.expression))
      return "Views that return set-returning functions are not automatically updatable.";
  const auto* leaf = query.from.size() == 1 ? std::get_if<JoinLeaf>(&query.from[0]->node) : nullptr;
  if (leaf == nullptr) return kNotOneRelation;
  const auto& entry = query.range_table[static_cast<std::size_t>(leaf->range_table_index)];
  if (entry.kind != RangeTableEntry::Kind::relation && entry.view == 0) return kNotOneRelation;
  if (!entry.security.empty()) return "Views containing TABLESAMPLE are not automatically updatable.";
  return nullptr;
}

int updatable_entry(const Query& query) { return std::get<JoinLeaf>(query.from[0]->node).range_table_index; }

types::Oid updatable_relation(const Query& query) {
  const auto& entry = query.range_table[static_cast<std::size_t>(updatable_entry(query))];
  return entry.view != 0 ? entry.view : entry.relation;
}

const char* why_not_updatable_column(const Query& query, const OutputColumn& output) {
  const auto* ref = std::get_if<ColumnReference>(&output.expression->node);
  if (const auto* call = std::get_if<Call>(&output.expression->node); call != nullptr && call->function == kRowPlaceFunction)
    return "View columns that refer to system columns are not updatable.";
  if (ref == nullptr || ref->levels_up != 0 || ref->range_table_index != updatable_entry(query))
    return "View columns that are not columns of their base relation are not updatable.";
  if (ref->column == kWholeRowColumn) return "View columns that return whole-row references are not updatable.";
  if (ref->column < 0) return "View columns that refer to system columns are not updatable.";
  return nullptr;
}

bool has_updatable_column(const Query& query) {
  return std::any_of(query.output.begin(), query.output.end(), [&](const OutputColumn& output) {
    return !output.hidden && why_not_updatable_column(query, output) == nullptr;
  });
}

const OutputColumn* visible_output(const Query& query, int column) {
  for (const OutputColumn& output : query.output)
    if (!output.hidden && column-- == 0) return &output;
  return nullptr;
}

}  // namespace query
