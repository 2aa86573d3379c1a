// The network in front of a page-store node.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pagestore/handshake.h"
#include "pagestore/network.h"
#include "pagestore/node_channel.h"
#include "wal/result.h"

namespace pagestore {

// The node that is served, and what it keeps of its cluster. Called on the network's thread.
class NodeHost {
 public:
  virtual ~NodeHost() = default;

  virtual NodeChannel& node() = 0;
  virtual SegmentKind kind() const = 0;  // always the same
  // Id none: of no cluster yet.
  virtual const ClusterRecord& cluster() const = 0;
  // Durable when it returns. `empty_first`: the node forgets all it has; nothing is under way then
  // and node() may be another one afterwards. An error's `detail` is for the operator.
  virtual wal::Result<void> adopt(const ClusterRecord& record, bool empty_first,
                                  std::string* detail) = 0;
  // What was adopted last is settled (handshake.h).
  virtual void settled() {}
};

struct NodeServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  // Requests taken and not answered, each with a page's room for its answer, and answers not yet sent, per
  // connection; beyond it the caller waits.
  std::size_t connection_bytes_max = std::size_t{64} << 20;
};

// Serves any number of callers. A caller is served when it knows the cluster (handshake.h); when a
// newer writer is adopted, connections of older ones are told so and end.
class NodeServer {
 public:
  NodeServer(Network& network, NodeHost& host, NodeServerOptions options);
  ~NodeServer();  // ends all connections; requests under way are answered to nobody

  [[nodiscard]] wal::Result<void> start();
  std::uint16_t port() const;

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
  Network& network_;
};

}  // namespace pagestore
