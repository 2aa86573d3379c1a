// What a plan was chosen by that may not be so the next time.
#pragma once

namespace planner {
struct Plan;
}

namespace session {

// The sizes of its tables: another plan may be better when they have grown. Key lookups and rows from nowhere are as
// good whatever the sizes.
bool depends_on_sizes(const planner::Plan& plan);

// Besides, so much that it matters, on constants that were not known: which scan is best depends on them.
bool depends_on_values(const planner::Plan& plan);

}  // namespace session
