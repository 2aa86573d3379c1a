// Cost units: PostgreSQL's (one sequential page read is 1), so that EXPLAIN reads as people expect.
#pragma once

namespace planner::cost {

inline constexpr double kSequentialPage = 1.0;
inline constexpr double kRandomPage = 4.0;
inline constexpr double kTuple = 0.01;
inline constexpr double kIndexTuple = 0.005;
inline constexpr double kOperator = 0.0025;

}  // namespace planner::cost
