#include "join_graph.h"

#include <bit>

namespace planner {
namespace {

// Pairs of sets are counted one by one up to so many units.
constexpr std::size_t kBushyUnitsMax = 12;

}  // namespace

JoinGraph::JoinGraph(std::size_t units) : neighbours_(units, 0) {}

void JoinGraph::connect(Mask units) {
  for (Mask rest = units; rest != 0; rest &= rest - 1) {
    const Mask unit = rest & -rest;
    neighbours_[static_cast<std::size_t>(std::countr_zero(unit))] |= units & ~unit;
  }
}

JoinGraph::Mask JoinGraph::neighbours_of(Mask set) const {
  Mask result = 0;
  for (Mask rest = set; rest != 0; rest &= rest - 1) result |= neighbours_[static_cast<std::size_t>(std::countr_zero(rest))];
  return result & ~set;
}

bool JoinGraph::is_connected(Mask left, Mask right) const { return (neighbours_of(left) & right) != 0; }

bool JoinGraph::is_whole(Mask set) const { return neighbours_of(set) == 0; }

JoinGraph::Pairs JoinGraph::count_pairs(std::size_t most) const {
  Pairs pairs;
  const std::size_t n = neighbours_.size();
  if (n > kUnitsMax) return {most + 1, most + 1};
  const Mask all = (Mask{1} << n) - 1;
  std::vector<bool> connected(std::size_t{1} << n, false);
  for (Mask set = 1; set <= all; ++set) {
    if (std::has_single_bit(set)) {
      connected[set] = true;
      continue;
    }
    for (Mask rest = set; rest != 0; rest &= rest - 1) {
      const Mask unit = rest & -rest;
      if (!connected[set ^ unit] || !is_connected(unit, set ^ unit)) continue;
      connected[set] = true;
      ++pairs.left_deep;
    }
    if (pairs.left_deep > most) return {most + 1, most + 1};
  }
  if (n > kBushyUnitsMax) return {most + 1, pairs.left_deep};
  for (Mask set = 3; set <= all; ++set) {
    if (!connected[set]) continue;
    for (Mask right = (set - 1) & set; right != 0; right = (right - 1) & set) pairs.bushy += connected[right] && connected[set ^ right];
    if (pairs.bushy > most) break;
  }
  return pairs;
}

}  // namespace planner
