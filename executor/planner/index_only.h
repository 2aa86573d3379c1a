// Whether plans may count on an index's entries alone.
#pragma once

namespace planner {

// enable_indexonlyscan of the session that plans; without one: true.
bool may_scan_index_only();

}  // namespace planner
