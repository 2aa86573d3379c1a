// What a condition says about the keys of an index.
#pragma once

#include <cstddef>
#include <vector>

#include "query/expression.h"

namespace planner {

// key OPERATOR value.
struct IndexKeyMatch {
  const query::Expression* value = nullptr;  // null: of IS NULL and IS NOT NULL
  int strategy = 0;  // btree: 1 <, 2 <=, 3 =, 4 >=, 5 >; 7: = ANY (array); 0: nothing; or these:
};
inline constexpr int kIsNull = 8, kIsNotNull = 9;
inline constexpr std::size_t kMostNullKeys = 64;  // TableScanNode::null_keys

// (keys ..) OPERATOR (values ..), compared as rows.
struct IndexRowMatch {
  std::vector<const query::Expression*> values;  // of successive keys; none: nothing
  int strategy = 0;
  bool whole = false;  // these are all of the row's columns; else what is beyond them is to be asked again

  bool is_lower() const { return strategy >= 4; }
  // What is beyond the values may decide between equal ones.
  bool inclusive() const { return !whole || strategy == 2 || strategy == 4; }
};

}  // namespace planner
