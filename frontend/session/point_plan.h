// Which plans are run so often that the state of a run is kept for the next one.
#pragma once

namespace planner {
struct Plan;
}

namespace session {

// Whether every operator makes one row at most. An Execution of such a plan is a few KiB, that of
// another one more than a hundred, which setting it up anew costs little beside.
bool is_point_plan(const planner::Plan& plan);

}  // namespace session
