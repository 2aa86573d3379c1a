// Keeping what the right side of a nested loop gave, by the values that it took from the left one.
#pragma once

#include <vector>

#include "planner/plan_node.h"

namespace planner {

// Raw row: the child's. An opening with keys that were seen before gives the rows of then again.
struct MemoizeNode : PlanNode {
  MemoizeNode() : PlanNode(NodeKind::memoize) {}
  eval::Program key_values;        // of no input row: they read execution parameters
  std::vector<KeyColumn> keys;     // by which two of those are the same; `column` counts key_values
  // Other execution parameters that the rows depend on: with another value of one, nothing kept is good.
  std::vector<int> parameters;
  bool single_row = false;         // at most one row for each key
  double expected_entries = 1;
};

}  // namespace planner
