#include "pagestore/group_sets.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "wal/check.h"

namespace pagestore {
namespace {

constexpr std::size_t kZonesOfSet = 3;
constexpr std::size_t kPerZoneOfSet = kCopies / kZonesOfSet;
// More make no cluster more even that anybody has.
constexpr std::size_t kSetsWanted = 32;
constexpr double kUnevenness = 0.125;
// From a node that is in one more only, a move would make it the other one that is.
constexpr std::size_t kGapWorthAMove = 2;
static_assert(kSetsWanted <= kSetsMax && kSetsMax <= 64, "a node's sets are bits of a word");

const ClusterMember* node_named(const ClusterRecord& record, const std::string& name) {
  const auto found = std::ranges::find(record.members, name, &ClusterMember::name);
  return found == record.members.end() ? nullptr : &*found;
}

// Whether what it says of a change is what the steps of one make.
bool is_whole(const ClusterRecord& record, const GroupSet& set) {
  if (set.joins.empty()) return set.leaves.empty() && !set.counts_both;
  const ClusterMember* const newcomer = node_named(record, set.joins);
  const ClusterMember* const leaver = node_named(record, set.leaves);
  return newcomer != nullptr && leaver != nullptr && newcomer->zone == leaver->zone &&
         std::ranges::count(set.nodes, set.leaves) == 1 && std::ranges::count(set.nodes, set.joins) == 0;
}

std::vector<std::string> after_change(const GroupSet& set) {
  std::vector<std::string> nodes = set.nodes;
  if (!set.joins.empty()) std::ranges::replace(nodes, set.leaves, set.joins);
  return nodes;
}

bool keeps_pages(const ClusterRecord& record, const std::vector<std::string>& nodes, const std::string& zone) {
  return std::ranges::any_of(nodes, [&](const std::string& name) {
    const ClusterMember* const node = node_named(record, name);
    return node != nullptr && node->zone == zone && node->kind == SegmentKind::full;
  });
}

}  // namespace

std::vector<GroupSet> spread(const std::vector<ClusterMember>& nodes) {
  std::map<std::string, std::vector<const ClusterMember*>> zones;
  for (const ClusterMember& node : nodes) zones[node.zone].push_back(&node);
  CHECK(zones.size() == kZonesOfSet);
  std::size_t count = 1;
  for (const auto& [zone, members] : zones) {
    CHECK(members.size() >= kPerZoneOfSet);
    count = std::min(kSetsWanted, std::lcm(count, members.size() / std::gcd(kPerZoneOfSet, members.size())));
  }
  if (nodes.size() == kCopies) return {};
  std::vector<GroupSet> sets(count);
  std::map<std::string, std::size_t> load;
  for (GroupSet& set : sets) {
    for (const auto& [zone, members] : zones) {
      const ClusterMember* first = nullptr;
      for (const ClusterMember* each : members) {
        if (each->kind != SegmentKind::full) continue;
        if (first == nullptr || load[each->name] < load[first->name]) first = each;
      }
      CHECK(first != nullptr);
      const ClusterMember* second = nullptr;
      const auto rank = [&](const ClusterMember* each) {
        return std::pair(load[each->name], each->kind == SegmentKind::full);
      };
      for (const ClusterMember* each : members) {
        if (each != first && (second == nullptr || rank(each) < rank(second))) second = each;
      }
      for (const ClusterMember* each : {first, second}) {
        ++load[each->name];
        set.nodes.push_back(each->name);
      }
    }
  }
  return sets;
}

std::size_t sets_wanted(const ClusterRecord& record) {
  std::map<std::string, std::size_t> zones;
  for (const ClusterMember& each : record.members) zones[each.zone] += each.role != MemberRole::leaving;
  const std::size_t now = std::max<std::size_t>(1, record.sets.size());
  std::size_t best = now;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t sets = now; sets <= std::max(now, kSetsWanted); sets += now) {
    double above = 0, off = 0;
    for (const auto& [zone, nodes] : zones) {
      if (nodes == 0) continue;  // all of them leave: nobody's share can be even
      const std::size_t places = sets * kPerZoneOfSet;
      const double mean = static_cast<double>(places) / static_cast<double>(nodes);
      const double most = static_cast<double>((places + nodes - 1) / nodes) / mean - 1;
      const double fewest = 1 - static_cast<double>(places / nodes) / mean;
      above = std::max(above, most);
      off = std::max({off, most, fewest});
    }
    if (off <= kUnevenness) return sets;
    if (above < least) {
      least = above;
      best = sets;
    }
  }
  return best;
}

void multiply_sets(ClusterRecord& record, std::size_t sets) {
  if (record.sets.empty()) {
    GroupSet& only = record.sets.emplace_back();
    for (const ClusterMember& each : record.members) {
      if (each.role == MemberRole::member) only.nodes.push_back(each.name);
    }
    CHECK(only.nodes.size() == kCopies);
  }
  const std::size_t before = record.sets.size();
  CHECK(sets >= before && sets % before == 0 && sets <= kSetsMax);
  for (const GroupSet& set : record.sets) CHECK(set.joins.empty());
  for (std::size_t i = before; i < sets; ++i) record.sets.push_back(GroupSet(record.sets[i % before]));
}

std::optional<GroupMove> next_move(const ClusterRecord& record) {
  std::optional<GroupMove> best;
  std::size_t gap = kGapWorthAMove;
  std::map<std::string, std::size_t> shares;
  for (const ClusterMember& each : record.members) shares[each.name] = sets_with(record, each.name);
  for (const ClusterMember& from : record.members) {
    for (const ClusterMember& to : record.members) {
      if (from.zone != to.zone || to.role == MemberRole::leaving) continue;
      const std::size_t has = shares[from.name], gets = shares[to.name];
      if (has < gets + gap) continue;
      for (std::size_t i = 0; i < record.sets.size(); ++i) {
        std::vector<std::string> nodes = record.sets[i].nodes;
        if (std::ranges::count(nodes, from.name) == 0 || std::ranges::count(nodes, to.name) > 0) continue;
        std::ranges::replace(nodes, from.name, to.name);
        if (!keeps_pages(record, nodes, from.zone)) continue;
        best = GroupMove{i, from.name, to.name};
        gap = has - gets + 1;
        break;
      }
    }
  }
  return best;
}

std::size_t sets_with(const ClusterRecord& record, const std::string& node) {
  return static_cast<std::size_t>(std::ranges::count_if(record.sets, [&](const GroupSet& set) {
    return std::ranges::count(set.nodes, node) > 0 || set.joins == node;
  }));
}

const ClusterMember* successor(const ClusterRecord& record, const GroupSet& set, const ClusterMember& leaver) {
  const bool is_named = std::ranges::any_of(
      record.members, [&](const ClusterMember& each) { return each.replaces == leaver.name; });
  const ClusterMember* best = nullptr;
  const auto rank = [&](const ClusterMember& each) {
    return std::tuple(sets_with(record, each.name), each.kind != leaver.kind);
  };
  for (const ClusterMember& each : record.members) {
    if (each.zone != leaver.zone || each.role == MemberRole::leaving) continue;
    if (std::ranges::count(set.nodes, each.name) > 0 || (is_named && each.replaces != leaver.name)) continue;
    std::vector<std::string> nodes = set.nodes;
    std::ranges::replace(nodes, leaver.name, each.name);
    if (!keeps_pages(record, nodes, leaver.zone)) continue;
    if (best == nullptr || rank(each) < rank(*best)) best = &each;
  }
  return best;
}

void settle_roles(ClusterRecord& record) {
  CHECK(!record.sets.empty());
  for (ClusterMember& each : record.members) {
    const bool holds = std::ranges::any_of(record.sets, [&](const GroupSet& set) {
      return std::ranges::count(set.nodes, each.name) > 0 || (set.counts_both && set.joins == each.name);
    });
    if (holds && each.role == MemberRole::leaving) continue;
    each.role = holds ? MemberRole::member : MemberRole::spare;
  }
  for (ClusterMember& each : record.members) {
    if (each.replaces.empty()) continue;
    const ClusterMember* const leaver = node_named(record, each.replaces);
    if (leaver == nullptr || leaver->role != MemberRole::leaving) each.replaces.clear();
  }
}

std::optional<Placement> placement_of(const ClusterRecord& record,
                                      const std::function<NodeIndex(const std::string&)>& index) {
  std::vector<Membership> sets;
  NodeSet full;
  const auto add = [&](NodeSet before, NodeSet after) {
    const bool possible =
        before.size() == kCopies && after.size() == kCopies && (before - after).size() <= 1;
    if (possible) sets.emplace_back(before, after, full);
    return possible;
  };
  if (record.sets.empty()) {
    NodeSet before, after;
    for (const ClusterMember& each : record.members) {
      if (each.role == MemberRole::spare) continue;
      const NodeIndex node = index(each.name);
      if (each.kind == SegmentKind::full) full.add(node);
      if (each.role != MemberRole::joining) before.add(node);
      if (each.role != MemberRole::leaving) after.add(node);
    }
    if (!add(before, after)) return std::nullopt;
    return Placement(std::move(sets));
  }
  if (record.sets.size() > kSetsMax) return std::nullopt;
  // Nullopt: no such node.
  const auto nodes_named = [&](const std::vector<std::string>& names) -> std::optional<NodeSet> {
    NodeSet nodes;
    for (const std::string& name : names) {
      const ClusterMember* const member = node_named(record, name);
      if (member == nullptr) return std::nullopt;
      nodes.add(index(name));
      if (member->kind == SegmentKind::full) full.add(index(name));
    }
    return nodes;
  };
  for (const GroupSet& set : record.sets) {
    if (!is_whole(record, set)) return std::nullopt;
    const auto before = nodes_named(set.nodes);
    const auto after = nodes_named(set.counts_both ? after_change(set) : set.nodes);
    if (!before || !after || set.nodes.size() != kCopies || !add(*before, *after)) return std::nullopt;
  }
  return Placement(std::move(sets));
}

HeldSets held_by(const ClusterRecord& record, const std::string& node) {
  if (record.sets.empty()) return {};
  HeldSets held{record.sets.size(), 0};
  for (std::size_t i = 0; i < record.sets.size(); ++i) {
    const GroupSet& set = record.sets[i];
    const bool holds = std::ranges::count(set.nodes, node) > 0 || set.joins == node;
    if (holds) held.mask |= std::uint64_t{1} << i;
  }
  return held;
}

SetMates mates_of(const ClusterRecord& record, const std::string& node,
                  const std::function<std::optional<std::size_t>(const std::string&)>& number) {
  std::set<std::vector<std::string>> sixes;
  const auto add = [&](std::vector<std::string> names) {
    if (std::erase(names, node) == 0) return;
    std::ranges::sort(names);
    sixes.insert(std::move(names));
  };
  if (record.sets.empty()) {
    std::vector<std::string> before, after;
    for (const ClusterMember& each : record.members) {
      if (each.role == MemberRole::spare) continue;
      if (each.role != MemberRole::joining) before.push_back(each.name);
      if (each.role != MemberRole::leaving) after.push_back(each.name);
    }
    add(std::move(before));
    add(std::move(after));
  }
  for (const GroupSet& set : record.sets) {
    add(set.nodes);
    if (set.counts_both) add(after_change(set));
  }
  SetMates mates;
  for (const std::vector<std::string>& six : sixes) {
    auto& known = mates.emplace_back();
    for (const std::string& name : six) {
      if (const auto found = number(name)) known.push_back(*found);
    }
  }
  return mates;
}

}  // namespace pagestore
