// Grouping by what the workers' pieces of a table are cut by: every group is one worker's.
#pragma once

#include "planner/plan_node.h"

namespace planner {

// A Gather over a whole aggregation, not only its partial step: the group keys hold the first column
// of the key that the driving scan's table is clustered by, so that rows of one group come from one
// piece if no piece ends between two of its rows. The aggregation begins anew with every piece.
struct MorselGroupsNode : GatherNode {};

}  // namespace planner
