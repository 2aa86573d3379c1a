// What is known of joining two sets of relations, whichever way it is done.
#pragma once

#include <vector>

#include "query_planner.h"

namespace planner {

// What joins two sets of relations: the same for every pair of their paths.
struct QueryPlanner::Conditions {
  query::JoinKind kind = query::JoinKind::inner;
  std::vector<const Qual*> after;      // hold for the result
  double right_rows = 1;
  bool null_aware = false;
  std::vector<const Qual*> all;        // decide about a pair of rows
  std::vector<EquiCondition> equi;     // those that hash
  std::vector<const Qual*> others;
  std::vector<EquiCondition> ordered;  // those that merge
  double fraction = 1;                 // of all pairs, as `all` let through
  double after_fraction = 1;
  RelSet relations;                    // that any of them reads; some may be of neither side (LATERAL)
  // Scans of the right side by an index whose keys come from the left one, and what they leave to
  // decide.
  struct Lookup {
    Path* path;
    std::vector<const Qual*> residual;
  };
  std::vector<Lookup> lookups;
};

}  // namespace planner
