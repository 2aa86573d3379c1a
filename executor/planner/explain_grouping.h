// In which order EXPLAIN shows grouping sets.
#pragma once

#include <cstddef>
#include <vector>

namespace planner {

struct ShownGroupingSets {
  std::vector<std::vector<int>> sets;  // those that are not empty, indexes into the keys
  std::size_t empty = 0;               // how many are
};
// As PostgreSQL, which divides them into as few rollups (each set within the one before) as there can be, and shows
// these one after the other, larger sets first. `order_by`: the keys that ORDER BY begins with: they lead where one
// rollup is enough.
ShownGroupingSets grouping_sets_as_shown(const std::vector<std::vector<int>>& sets, const std::vector<int>& order_by);

}  // namespace planner
