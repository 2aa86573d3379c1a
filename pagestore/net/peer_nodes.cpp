#include "pagestore/peer_nodes.h"

namespace pagestore {

PeerNodes::PeerNodes(Network& network, const std::string& own_name, const ClusterRecord& cluster) {
  for (const ClusterMember& member : cluster.members) {
    if (member.name == own_name) continue;
    const std::size_t colon = member.address.rfind(':');
    if (colon == std::string::npos) continue;
    RemoteNodeOptions options;
    options.host = member.address.substr(0, colon);
    options.port = member.address.substr(colon + 1);
    options.caller = "node " + own_name;
    nodes_.push_back(std::make_unique<RemoteNode>(network, std::move(options), [] {}));
    if (!member.name.empty()) nodes_.back()->expect(member.name, member.zone);
    nodes_.back()->join(cluster.id);
  }
}

std::vector<NodeChannel*> PeerNodes::channels() const {
  std::vector<NodeChannel*> channels;
  for (const auto& node : nodes_) channels.push_back(node.get());
  return channels;
}

}  // namespace pagestore
