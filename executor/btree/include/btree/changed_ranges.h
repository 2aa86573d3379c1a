// Where in a tree the leaves are whose pages have changed.
#pragma once

#include <cstddef>
#include <vector>

#include "btree/tree.h"

namespace btree {

// [lower, upper); empty: to the tree's end on that side.
struct ChangedRange {
  std::vector<std::byte> lower;
  std::vector<std::byte> upper;
};

// What the leaves hold for which `is_changed`, in key order, neighbours joined. Reads inner pages
// only. An entry that differs between two states of the tree with one root page lies in a changed
// leaf of either, `is_changed` being true of every page written since they parted: what moves from
// leaf to leaf changes both. Nobody may change the tree meanwhile. Parks.
std::vector<ChangedRange> changed_ranges(const Tree& tree,
                                         FunctionRef<bool(wal::PageNo)> is_changed);

}  // namespace btree
