// Joins of sides that are sorted by what they are joined by.
#pragma once

#include <vector>

#include "planner/plan_node.h"

namespace planner {

// Rows of both sides come in the order of the keys; those with a null in a key may stand anywhere.
struct MergeJoinNode : JoinNode {
  MergeJoinNode() : JoinNode(NodeKind::merge_join) {}
  std::vector<SortColumn> left_keys, right_keys;  // of one type, pair by pair, and in one direction
};

}  // namespace planner
