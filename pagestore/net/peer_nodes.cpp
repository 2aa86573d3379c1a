#include "pagestore/peer_nodes.h"

#include <algorithm>
#include <utility>

namespace pagestore {
namespace {

bool is_same(const ClusterMember& a, const ClusterMember& b) {
  return a.name == b.name && a.zone == b.zone && a.address == b.address && a.kind == b.kind;
}

}  // namespace

PeerNodes::PeerNodes(Network& network, std::string own_name)
    : network_(network), own_name_(std::move(own_name)) {}

std::vector<std::unique_ptr<RemoteNode>> PeerNodes::meet(const ClusterRecord& cluster) {
  std::vector<std::unique_ptr<RemoteNode>> gone;
  const bool other = std::exchange(cluster_, cluster.id) != cluster.id;
  for (Place& place : places_) {
    const bool stays = std::ranges::any_of(cluster.members, [&](const ClusterMember& member) {
      return is_same(member, place.member);
    });
    if (place.node != nullptr && (other || !stays)) gone.push_back(std::move(place.node));
  }
  for (const ClusterMember& member : cluster.members) {
    if (member.name == own_name_) continue;
    const std::size_t colon = member.address.rfind(':');
    if (colon == std::string::npos) continue;
    if (std::ranges::any_of(places_, [&](const Place& place) {
          return place.node != nullptr && is_same(member, place.member);
        })) {
      continue;
    }
    RemoteNodeOptions options;
    options.host = member.address.substr(0, colon);
    options.port = member.address.substr(colon + 1);
    options.caller = "node " + own_name_;
    auto node = std::make_unique<RemoteNode>(network_, std::move(options), [] {});
    node->expect(member);
    node->join(cluster.id);
    places_.push_back({member, std::move(node)});
  }
  return gone;
}

std::optional<std::size_t> PeerNodes::place_of(const std::string& name) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].node != nullptr && places_[i].member.name == name) return i;
  }
  return std::nullopt;
}

std::vector<NodeChannel*> PeerNodes::channels() const {
  std::vector<NodeChannel*> channels;
  for (const Place& place : places_) channels.push_back(place.node.get());
  return channels;
}

}  // namespace pagestore
