#include "explain_grouping.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

namespace planner {

namespace {

using Sets = std::vector<std::vector<int>>;

// The largest matching of sets with smaller ones within them (Hopcroft and Karp), counted from 1: what each set is
// matched with, 0 for nothing.
struct Matching {
  std::vector<std::size_t> smaller, larger;
};

Matching match_smaller(const std::vector<std::vector<std::size_t>>& within) {
  const std::size_t count = within.size();  // one more than there are sets
  Matching m{std::vector<std::size_t>(count), std::vector<std::size_t>(count)};
  constexpr int kFar = std::numeric_limits<int>::max();
  std::vector<int> distance(count);
  const auto layers = [&] {
    std::vector<std::size_t> queue;
    distance[0] = kFar;
    for (std::size_t u = 1; u < count; ++u) {
      distance[u] = m.smaller[u] == 0 ? 0 : kFar;
      if (distance[u] == 0) queue.push_back(u);
    }
    for (std::size_t at = 0; at < queue.size(); ++at) {
      const std::size_t u = queue[at];
      if (distance[u] >= distance[0]) continue;
      for (const std::size_t v : within[u]) {
        const std::size_t next = m.larger[v];
        if (distance[next] != kFar) continue;
        distance[next] = distance[u] + 1;
        queue.push_back(next);
      }
    }
    return distance[0] != kFar;
  };
  const std::function<bool(std::size_t)> extend = [&](std::size_t u) {
    if (u == 0) return true;
    if (distance[u] == kFar) return false;
    for (const std::size_t v : within[u])
      if (distance[m.larger[v]] == distance[u] + 1 && extend(m.larger[v])) {
        m.larger[v] = u;
        m.smaller[u] = v;
        return true;
      }
    distance[u] = kFar;
    return false;
  };
  while (layers())
    for (std::size_t u = 1; u < count; ++u)
      if (m.smaller[u] == 0) extend(u);
  return m;
}

// A rollup's sets, smaller ones first, as they are shown: the keys of the smaller ones lead.
Sets ordered_rollup(const Sets& rollup, const std::vector<int>& order_by) {
  Sets shown;
  std::vector<int> lead;
  std::size_t ordered = 0;
  bool follows_order = true;
  for (const std::vector<int>& keys : rollup) {
    std::vector<int> fresh;
    for (const int key : keys)
      if (std::ranges::find(lead, key) == lead.end()) fresh.push_back(key);
    while (follows_order && !fresh.empty() && ordered < order_by.size()) {
      const auto found = std::ranges::find(fresh, order_by[ordered]);
      if (found == fresh.end()) {
        follows_order = false;
        break;
      }
      lead.push_back(*found);
      fresh.erase(found);
      ++ordered;
    }
    lead.insert(lead.end(), fresh.begin(), fresh.end());
    shown.insert(shown.begin(), lead);
  }
  return shown;
}

}  // namespace

ShownGroupingSets grouping_sets_as_shown(const Sets& sets, const std::vector<int>& order_by) {
  ShownGroupingSets shown;
  Sets by_size = sets;
  std::stable_sort(by_size.begin(), by_size.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  // Different ones, from 1, each with those that are the same but for the order.
  std::vector<Sets> different(1);
  std::vector<std::set<int>> members(1);
  for (const std::vector<int>& keys : by_size) {
    if (keys.empty()) {
      ++shown.empty;
      continue;
    }
    const std::set<int> own(keys.begin(), keys.end());
    const auto same = std::find(members.begin() + 1, members.end(), own);
    if (same != members.end()) {
      different[static_cast<std::size_t>(same - members.begin())].push_back(keys);
    } else {
      different.push_back({keys});
      members.push_back(own);
    }
  }
  std::vector<std::vector<std::size_t>> within(members.size());
  for (std::size_t i = 1; i < members.size(); ++i)
    for (std::size_t j = 1; j < i; ++j)
      if (members[j].size() < members[i].size() &&
          std::includes(members[i].begin(), members[i].end(), members[j].begin(), members[j].end()))
        within[i].push_back(j);
  const Matching matching = match_smaller(within);
  std::vector<std::size_t> chain(members.size());
  std::vector<Sets> rollups;
  for (std::size_t i = 1; i < members.size(); ++i) {
    const std::size_t below = matching.smaller[i];
    if (below == 0) {
      chain[i] = rollups.size();
      rollups.emplace_back();
    } else {
      chain[i] = chain[below];
    }
    Sets& rollup = rollups[chain[i]];
    rollup.insert(rollup.end(), different[i].begin(), different[i].end());
  }
  for (const Sets& rollup : rollups) {
    const Sets ordered = ordered_rollup(rollup, rollups.size() == 1 ? order_by : std::vector<int>());
    shown.sets.insert(shown.sets.end(), ordered.begin(), ordered.end());
  }
  return shown;
}

}  // namespace planner
