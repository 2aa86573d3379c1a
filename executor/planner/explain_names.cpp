#include "explain_names.h"

#include <algorithm>
#include <numeric>

#include "query_planner.h"
#include "rewrite.h"

namespace planner {

bool has_several_entries(query::Query& statement, catalog::CatalogView& catalog) {
  std::size_t count = 0;
  visit_queries(statement, 0, [&](query::Query& level, int) {
    count += std::max<std::size_t>(1, level.range_table.size());
    if (level.command == query::CommandKind::insert) ++count;
    for (const query::RangeTableEntry& entry : level.range_table) {
      if (entry.kind != query::RangeTableEntry::Kind::relation || !entry.include_children) continue;
      const RelationPtr relation = catalog.relation(entry.relation);
      if (relation != nullptr && (relation->partition_key || !relation->children.empty())) ++count;
    }
  });
  return count > 1;
}

std::string name_mark(const NodeText::Entry& entry) {
  return NodeText::kName + std::to_string(entry.level) + "." + std::to_string(entry.index) + ":" + entry.alias + NodeText::kNameEnd;
}

void PlanState::end_tree(std::size_t first_level) {
  ++subplan_names;
  for (std::size_t level = first_level; level < trees.size(); ++level)
    if (trees[level] == 0) trees[level] = subplan_names;
}

std::vector<int> name_order(const PlanState& state) {
  std::vector<int> levels(state.trees.size());
  std::iota(levels.begin(), levels.end(), 0);
  std::stable_sort(levels.begin(), levels.end(), [&](int a, int b) {
    return state.trees[static_cast<std::size_t>(a)] < state.trees[static_cast<std::size_t>(b)];
  });
  std::vector<int> order(levels.size());
  for (std::size_t i = 0; i < levels.size(); ++i) order[static_cast<std::size_t>(levels[i])] = static_cast<int>(i);
  return order;
}

}  // namespace planner
