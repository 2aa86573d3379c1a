// The other nodes of a node's cluster, over TCP.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pagestore/handshake.h"
#include "pagestore/network.h"
#include "pagestore/remote_node.h"

namespace pagestore {

// Begins to connect to all members but `own_name`, as a node that asks for what it lacks.
class PeerNodes {
 public:
  PeerNodes(Network& network, const std::string& own_name, const ClusterRecord& cluster);

  // Borrowed: as long as this lives.
  std::vector<NodeChannel*> channels() const;

 private:
  std::vector<std::unique_ptr<RemoteNode>> nodes_;
};

}  // namespace pagestore
