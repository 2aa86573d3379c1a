// The other nodes of a node's cluster, over TCP.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pagestore/handshake.h"
#include "pagestore/network.h"
#include "pagestore/remote_node.h"

namespace pagestore {

// Connected to as a node that asks for what it lacks.
class PeerNodes {
 public:
  PeerNodes(Network& network, std::string own_name);

  // Connects to all members but ourselves. Those that are new get places of their own behind the
  // others; the place of one that is gone, or moved, is not used again. Returns what nobody may use
  // any more when channels() are known to whoever used them: then it may go.
  [[nodiscard]] std::vector<std::unique_ptr<RemoteNode>> meet(const ClusterRecord& cluster);

  // Where in channels() the node is; nullopt: nowhere, or it is we.
  std::optional<std::size_t> place_of(const std::string& name) const;
  // Borrowed: until the next meet(). Null: gone.
  std::vector<NodeChannel*> channels() const;

 private:
  struct Place {
    ClusterMember member;  // name, zone and address count
    std::unique_ptr<RemoteNode> node;
  };

  Network& network_;
  const std::string own_name_;
  ClusterId cluster_;
  std::vector<Place> places_;
};

}  // namespace pagestore
