// What a join puts together: a table, what a subquery or an inner join came to, or the right side of an outer join.
#pragma once

#include <vector>

#include "query_planner.h"

namespace planner {

struct QueryPlanner::Unit {
  RelSet relations;
  std::vector<Path*> paths;
  int leaf = -1;                        // range-table index of a plain table
  std::vector<const Qual*> leaf_quals;  // of the leaf
  bool special = false;
  query::JoinKind kind = query::JoinKind::inner;
  bool null_aware = false;
  std::vector<const Qual*> on;
  RelSet needs;                         // units
  RelSet computes;                      // of the leaf's paths
  // The different keys of a semi join's right side, and `on` over them; null: none.
  Path* unique = nullptr;
  std::vector<const Qual*> unique_on;
};

}  // namespace planner
