// A relation of one query with all that inherit from it.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "planner/partition_table.h"
#include "query_planner.h"

namespace planner {

// Of a list of columns or places.
inline bool contains(const std::vector<int>& list, int value) { return std::ranges::find(list, value) != list.end(); }

struct QueryPlanner::Member {
  RelationPtr relation;         // has rows of its own
  int range_table_index = -1;   // its own entry, made by the planner
  std::vector<int> columns;     // of the family's relation, from 0, in this one; -1: dropped
  int level = -1;               // the partitioned table it is a partition of, in Family::levels
  int place = -1;               // .. and its place there
};

struct QueryPlanner::Family {
  RelationPtr parent;
  std::vector<Member> members;
  struct Level {
    std::shared_ptr<const PartitionTable> table;
    int above = -1, place = -1;  // of this table in the level above
  };
  std::vector<Level> levels;
};

}  // namespace planner
