#include "pagestore/cluster_decision.h"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pagestore/cluster_change.h"
#include "pagestore/group_sets.h"
#include "pagestore/membership.h"

namespace pagestore {
namespace {

constexpr std::size_t kZones = 3;
constexpr std::size_t kPerZone = kCopies / kZones;
constexpr unsigned kNonceBits = 32;

// A new node's, or one whose founding came to nothing.
bool is_open(const ClusterRecord& record) { return record.id.is_none() || !record.founded; }

std::optional<Unsuitable> same_names(const std::vector<SurveyedNode>& nodes) {
  std::map<std::string, std::string> addresses;  // by name
  for (const SurveyedNode& node : nodes) {
    if (!node.welcome || !node.is_named) continue;
    const auto [at, is_new] = addresses.try_emplace(node.welcome->name, node.address);
    if (!is_new) {
      return Unsuitable{fmt::format("{} and {} are both called \"{}\": each node needs a name of its own",
                                    at->second, node.address, node.welcome->name)};
    }
  }
  return std::nullopt;
}

// Of those that are to found a cluster.
std::optional<Unsuitable> unsuitable_places(const std::vector<SurveyedNode>& nodes) {
  std::map<std::string, std::vector<std::string>> zones;
  std::size_t seen = 0;
  for (const SurveyedNode& node : nodes) {
    if (!node.welcome) continue;
    ++seen;
    zones[node.welcome->zone].push_back(node.welcome->name);
  }
  std::string layout;
  for (const auto& [zone, names] : zones) {
    layout += fmt::format("{}zone {}: {}", layout.empty() ? "" : "; ", zone, fmt::join(names, ", "));
  }
  const auto in_zones = [&](auto compare) {
    return std::ranges::any_of(zones, [&](const auto& zone) { return compare(zone.second.size(), kPerZone); });
  };
  if (nodes.size() > kCopies) {
    const bool all_seen = seen == nodes.size();
    if (zones.size() <= kZones && !(all_seen && (zones.size() < kZones || in_zones(std::less())))) return std::nullopt;
    return Unsuitable{fmt::format("the page-store nodes must be in three zones, two or more in each; they are {}", layout)};
  }
  const bool too_many = zones.size() > kZones || in_zones(std::greater());
  if (!too_many && (seen < nodes.size() || seen == kCopies)) return std::nullopt;
  return Unsuitable{fmt::format("the page-store nodes must be six in three zones, two in each; they are {}",
                                layout)};
}

std::string missing(const std::vector<SurveyedNode>& nodes) {
  std::vector<std::string> addresses;
  for (const SurveyedNode& node : nodes) {
    if (!node.welcome) addresses.push_back(node.address);
  }
  return fmt::format("{}", fmt::join(addresses, ", "));
}

std::vector<ClusterMember> founders(const std::vector<SurveyedNode>& nodes) {
  std::vector<ClusterMember> members;
  for (const SurveyedNode& node : nodes) {
    members.push_back({.name = node.welcome->name,
                       .zone = node.welcome->zone,
                       .address = node.address,
                       .kind = node.welcome->kind});
  }
  return members;
}

const SurveyedNode* find(const std::vector<SurveyedNode>& nodes, const std::string& name) {
  const auto found = std::ranges::find_if(
      nodes, [&](const SurveyedNode& node) { return node.welcome && node.welcome->name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

// The newest record of a cluster that was founded, and who has it.
std::optional<AgreedRecord> newest_founded(const std::vector<SurveyedNode>& nodes,
                                           const std::optional<AgreedRecord>& agreed) {
  std::optional<AgreedRecord> newest;
  if (agreed && !is_open(agreed->record)) newest = agreed;
  for (const SurveyedNode& node : nodes) {
    if (!node.welcome || is_open(node.welcome->cluster)) continue;
    if (!newest || version_of(node.welcome->cluster) > version_of(newest->record)) {
      newest = {node.welcome->cluster, fmt::format("{} ({})", node.welcome->name, node.address)};
    }
  }
  return newest;
}

}  // namespace

Adoption judge_adoption(const ClusterRecord& own, const ClusterRecord& proposed,
                        const RecordVersion& seen) {
  if (own.id.is_none()) return Adoption::store;
  if (own.id != proposed.id) {
    if (own.founded) return Adoption::other_cluster;
    // Two writers founding at once: the higher generation wins everywhere.
    const bool wins = proposed.founded || proposed.generation > own.generation;
    return wins ? Adoption::empty_first : Adoption::fenced;
  }
  if (proposed.generation < own.generation) return Adoption::fenced;
  if (own.founded && !proposed.founded) return Adoption::fenced;
  if (proposed.generation > own.generation ? version_of(own) > seen
                                           : proposed.membership < own.membership) {
    return Adoption::outdated;
  }
  return own == proposed ? Adoption::same : Adoption::store;
}

std::vector<std::string> unsurveyed(const std::vector<SurveyedNode>& nodes,
                                    const std::optional<AgreedRecord>& agreed) {
  std::vector<std::string> addresses;
  const auto newest = newest_founded(nodes, agreed);
  if (!newest) return addresses;
  for (const ClusterMember& member : newest->record.members) {
    const bool known = find(nodes, member.name) != nullptr ||
                       std::ranges::count(nodes, member.address, &SurveyedNode::address) > 0;
    if (!known) addresses.push_back(member.address);
  }
  return addresses;
}

std::variant<Decision, Wait, Unsuitable> decide_cluster(const std::vector<SurveyedNode>& nodes,
                                                        const std::string& writer,
                                                        std::uint32_t nonce, ClusterId new_id,
                                                        const std::optional<AgreedRecord>& agreed) {
  if (auto unsuitable = same_names(nodes)) return *std::move(unsuitable);
  std::uint64_t generation = agreed ? agreed->record.generation : 0;
  for (const SurveyedNode& node : nodes) {
    if (node.welcome) generation = std::max(generation, node.welcome->cluster.generation);
  }
  generation = ((generation >> kNonceBits) + 1) << kNonceBits | nonce;
  const auto newest = newest_founded(nodes, agreed);
  if (!newest) {
    if (auto unsuitable = unsuitable_places(nodes)) return *std::move(unsuitable);
    if (std::string away = missing(nodes); !away.empty()) {
      return Wait{fmt::format("a new cluster needs all of its nodes; missing: {}", away)};
    }
    ClusterRecord record;
    record.id = new_id;
    record.generation = generation;
    record.writer = writer;
    record.members = founders(nodes);
    if (const auto zone = zone_without_pages(record.members)) {
      return Unsuitable{fmt::format("no page-store node of zone {} keeps pages\nHINT: Start one of its two without "
                                    "--tail, with an empty data directory.", *zone)};
    }
    if (nodes.size() > kNodesMax) return Unsuitable{fmt::format("a cluster has at most {} nodes", kNodesMax)};
    record.sets = spread(record.members);
    return Decision{record, {}};
  }

  Decision decision{newest->record, version_of(newest->record)};
  ClusterRecord& record = decision.record;
  record.generation = generation;
  record.writer = writer;
  if (agreed && !is_open(agreed->record) && agreed->record.id != record.id) {
    return Unsuitable{fmt::format("{} belongs to cluster {}, {} has cluster {}\nHINT: Each cluster needs a prefix "
                                  "of its own there.", newest->by, show(record.id), agreed->by,
                                  show(agreed->record.id))};
  }
  for (const SurveyedNode& node : nodes) {
    if (!node.welcome) continue;
    const ClusterRecord& theirs = node.welcome->cluster;
    if (!is_open(theirs) && theirs.id != record.id) {
      return Unsuitable{fmt::format("{} belongs to cluster {}, {} ({}) to cluster {}", newest->by,
                                    show(record.id), node.welcome->name, node.address, show(theirs.id))};
    }
    const bool is_member = std::ranges::any_of(record.members, [&](const ClusterMember& member) {
      return member.name == node.welcome->name;
    });
    if (!is_member && theirs.id != record.id) {
      return Unsuitable{fmt::format("{} ({}) is no node of cluster {}\nHINT: Leave it out; `sextant nodes add {}` "
                                    "makes it one, and can put it in the place of another.",
                                    node.welcome->name, node.address, show(record.id), node.address)};
    }
  }
  NodeSet known;
  std::vector<std::string> away;
  for (std::size_t i = 0; i < record.members.size(); ++i) {
    ClusterMember& member = record.members[i];
    const SurveyedNode* const node = find(nodes, member.name);
    if (node == nullptr) {
      away.push_back(fmt::format("{} ({})", member.name, member.address));
      continue;
    }
    if (node->welcome->zone != member.zone) {
      return Unsuitable{fmt::format("node {} ({}) is in zone {}, the cluster knows it in zone {}",
                                    member.name, node->address, node->welcome->zone, member.zone)};
    }
    member.address = node->address;  // it may have moved
    if (node->welcome->kind != member.kind) {  // made anew, and otherwise: nobody listens to it
      away.push_back(fmt::format("{} ({}), which the cluster knows as one that keeps {}", member.name, member.address,
                                 describe(member.kind)));
      continue;
    }
    if (node->welcome->cluster.id == record.id) known.add(i);
  }
  if (record.members.size() > kNodesMax) {
    return Unsuitable{fmt::format("what {} knows of its cluster is impossible", newest->by)};
  }
  const auto placement = placement_of(record, [&](const std::string& name) {
    const auto at = std::ranges::find(record.members, name, &ClusterMember::name);
    return static_cast<NodeIndex>(at - record.members.begin());
  });
  if (!placement) {
    return Unsuitable{fmt::format("what {} knows of its cluster is impossible", newest->by)};
  }
  if (!placement->is_write_quorum(known)) {
    return Wait{fmt::format("too few of the nodes of cluster {} answer, four of six are needed, or all that keep pages{}; missing: {}",
                            show(record.id), placement->size() > 1 ? ", for every protection group" : "",
                            fmt::join(away, ", "))};
  }
  return decision;
}

}  // namespace pagestore
