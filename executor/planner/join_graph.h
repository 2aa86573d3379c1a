// Which units of a join have conditions in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace planner {

// Units are bits of a mask: for joins that may be searched whole.
class JoinGraph {
 public:
  using Mask = std::uint64_t;
  // Sets of units are counted one by one; of more, all are too many.
  static constexpr std::size_t kUnitsMax = 16;

  explicit JoinGraph(std::size_t units);
  // Each of `units` has something to do with each other one of them.
  void connect(Mask units);

  // Whether anything connects two sets.
  bool is_connected(Mask left, Mask right) const;
  // Whether nothing connects the set with the rest.
  bool is_whole(Mask set) const;

  // How many (left, right) there are of connected sets that a condition connects, both ways round; counted no further
  // than a little over `most`. Left-deep ones have a single unit on the right.
  struct Pairs {
    std::size_t bushy = 0, left_deep = 0;
  };
  Pairs count_pairs(std::size_t most) const;

 private:
  Mask neighbours_of(Mask set) const;

  std::vector<Mask> neighbours_;  // by unit, itself left out
};

}  // namespace planner
