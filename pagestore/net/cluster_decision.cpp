#include "pagestore/cluster_decision.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pagestore/storage_tier.h"

namespace pagestore {
namespace {

constexpr std::size_t kZones = 3;
constexpr std::size_t kPerZone = kCopies / kZones;
constexpr unsigned kNonceBits = 32;

// A new node's, or one whose founding came to nothing.
bool is_open(const ClusterRecord& record) { return record.id.is_none() || !record.founded; }

std::optional<Unsuitable> unsuitable_places(const std::vector<SurveyedNode>& nodes) {
  std::map<std::string, std::string> addresses;  // by name
  std::map<std::string, std::vector<std::string>> zones;
  std::size_t seen = 0;
  for (const SurveyedNode& node : nodes) {
    if (!node.welcome) continue;
    ++seen;
    const auto [at, is_new] = addresses.try_emplace(node.welcome->name, node.address);
    if (!is_new) {
      return Unsuitable{fmt::format("{} and {} are both called \"{}\": each node needs a name of its own",
                                    at->second, node.address, node.welcome->name)};
    }
    zones[node.welcome->zone].push_back(node.welcome->name);
  }
  std::string layout;
  for (const auto& [zone, names] : zones) {
    layout += fmt::format("{}zone {}: {}", layout.empty() ? "" : "; ", zone, fmt::join(names, ", "));
  }
  const bool too_many = zones.size() > kZones || std::ranges::any_of(zones, [](const auto& zone) {
                          return zone.second.size() > kPerZone;
                        });
  if (!too_many && (seen < nodes.size() || zones.size() == kZones)) return std::nullopt;
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

// Names and zones as seen, else as the cluster remembers them.
std::vector<ClusterMember> members_of(const std::vector<SurveyedNode>& nodes,
                                      const std::vector<ClusterMember>& before) {
  std::vector<ClusterMember> members;
  std::vector<std::size_t> unseen;
  for (const SurveyedNode& node : nodes) {
    if (node.welcome) {
      members.push_back({node.welcome->name, node.welcome->zone, node.address});
    } else {
      unseen.push_back(members.size());
      members.push_back({"", "", node.address});
    }
  }
  const auto take = [&](auto fits) {
    for (const std::size_t at : unseen) {
      if (!members[at].name.empty()) continue;
      for (const ClusterMember& old : before) {
        if (std::ranges::count(members, old.name, &ClusterMember::name) > 0) continue;
        if (!fits(members[at], old)) continue;
        members[at].name = old.name;
        members[at].zone = old.zone;
        break;
      }
    }
  };
  take([](const ClusterMember& member, const ClusterMember& old) { return member.address == old.address; });
  // It moved while it was away. Of several, a wrong guess is refused when it says hello, and the
  // writer's next start sees it.
  take([](const ClusterMember&, const ClusterMember&) { return true; });
  return members;
}

}  // namespace

Adoption judge_adoption(const ClusterRecord& own, const ClusterRecord& proposed) {
  if (own.id.is_none()) return Adoption::store;
  if (own.id != proposed.id) {
    if (own.founded) return Adoption::other_cluster;
    // Two writers founding at once: the higher generation wins everywhere.
    const bool wins = proposed.founded || proposed.generation > own.generation;
    return wins ? Adoption::empty_first : Adoption::fenced;
  }
  if (proposed.generation < own.generation) return Adoption::fenced;
  if (own.founded && !proposed.founded) return Adoption::fenced;
  return own == proposed ? Adoption::same : Adoption::store;
}

std::variant<Decision, Wait, Unsuitable> decide_cluster(const std::vector<SurveyedNode>& nodes,
                                                        const std::string& writer,
                                                        std::uint32_t nonce, ClusterId new_id) {
  if (auto unsuitable = unsuitable_places(nodes)) return *std::move(unsuitable);
  const ClusterRecord* founded = nullptr;  // the newest record of it
  const SurveyedNode* founded_at = nullptr;
  std::uint64_t generation = 0;
  std::size_t seen = 0;
  for (const SurveyedNode& node : nodes) {
    if (!node.welcome) continue;
    ++seen;
    const ClusterRecord& record = node.welcome->cluster;
    generation = std::max(generation, record.generation);
    if (is_open(record)) continue;
    if (founded != nullptr && founded->id != record.id) {
      return Unsuitable{fmt::format("{} ({}) belongs to cluster {}, {} ({}) to cluster {}",
                                    founded_at->welcome->name, founded_at->address, show(founded->id),
                                    node.welcome->name, node.address, show(record.id))};
    }
    if (founded == nullptr || record.generation > founded->generation) {
      founded = &record;
      founded_at = &node;
    }
  }
  ClusterRecord record;
  record.writer = writer;
  record.generation = ((generation >> kNonceBits) + 1) << kNonceBits | nonce;
  if (founded == nullptr) {
    if (seen < nodes.size()) {
      return Wait{fmt::format("a new cluster needs all of its nodes; missing: {}", missing(nodes))};
    }
    record.id = new_id;
    record.members = members_of(nodes, {});
    return Decision{record};
  }
  const auto known = std::ranges::count_if(nodes, [&](const SurveyedNode& node) {
    return node.welcome && node.welcome->cluster.id == founded->id;
  });
  if (static_cast<std::size_t>(known) < kWriteQuorum) {
    return Wait{fmt::format("{} of the six nodes of cluster {} answer, four are needed; missing: {}",
                            known, show(founded->id), missing(nodes))};
  }
  record.id = founded->id;
  record.founded = true;
  record.members = members_of(nodes, founded->members);
  return Decision{record};
}

}  // namespace pagestore
