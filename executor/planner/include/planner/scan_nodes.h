// Plan nodes that are another one with something more, and of its kind.
#pragma once

#include <cstddef>
#include <memory>

#include "planner/plan.h"

namespace planner {

// A scan that compares several key columns at once.
struct RowRangeScanNode : TableScanNode {
  // How many columns a bound has, compared as a row: (a, b) > ($1, $2).
  std::size_t lower_keys = 1, upper_keys = 1;
  // Above 1: key_values are that many rows of equal_keys values; what each leads to is read, in the order of
  // the scan: (a, b) IN ((1, 2), (3, 4)).
  std::size_t alternatives = 1;
};
// How many; 1 for all other scans.
std::size_t alternatives_of(const TableScanNode& scan);

// What all of its children find.
struct BitmapAndNode : PlanNode {
  BitmapAndNode() : PlanNode(NodeKind::bitmap_or) {}
};

struct PartitionPruning;  // partition_pruning.h

// Of partitions: those that turn out to have no rows, once the values in the conditions are known, are not opened.
struct PrunedAppendNode : AppendNode {
  std::shared_ptr<const PartitionPruning> pruning;
};

// At the end of an alias in a node's title: one of several of that name, to be numbered as they are shown.
inline constexpr char kNumberedAlias = '\x01';

}  // namespace planner
