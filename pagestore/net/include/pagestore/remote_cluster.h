// The nodes of a cluster behind TCP, and how a writer makes them its own.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "pagestore/cluster_errc.h"
#include "pagestore/control_store.h"
#include "pagestore/handshake.h"
#include "pagestore/placement.h"
#include "pagestore/network.h"
#include "pagestore/node_channel.h"
#include "wal/result.h"

namespace pagestore {

struct RemoteClusterOptions {
  struct Address {
    std::string host, port;
  };
  // Six of a new cluster; of one that exists enough to find it: who belongs to it they know. None are
  // needed when `control` knows the cluster.
  std::vector<Address> nodes;
  ControlStore* control = nullptr;  // where the record is agreed on; null: by the nodes alone
  std::string writer;          // where it listens: for others to know who has the cluster
  bool compress = true;        // long batches, unless a node is on the loopback
};

// Thread-safe.
class RemoteCluster {
 public:
  // Begins to connect.
  RemoteCluster(Network& network, RemoteClusterOptions options);
  ~RemoteCluster();

  // Founds the cluster when the nodes are new, or takes it over from the writer before: from then
  // on a write quorum of nodes serves this writer alone. Waits for nodes as long as it takes, and
  // logs what it waits for. `detail` says what is wrong in a sentence.
  wal::Result<void> take_over(std::stop_token stop, std::string* detail);

  // After take_over(): true until the first databases are durable.
  bool is_new() const;
  // The first databases are there: known to a write quorum when it returns.
  wal::Result<void> mark_founded(std::stop_token stop);

  // Calls `lost`, once, when so many nodes have a newer writer that we are one no more.
  void when_fenced(std::function<void(std::string why)> lost);

  // --- after take_over() ---

  // What the members have adopted; and its nodes, whose place in this list is their index.
  ClusterRecord record() const;
  std::vector<NodeChannel*> nodes() const;
  NodeIndex index_of(const std::string& name) const;
  Placement placement() const;

  // Connects to a node that is to become one of the cluster and says who it is. Refused (unsuitable)
  // when it belongs to another one, or does not answer in time.
  wal::Result<ClusterMember> greet(const std::string& address, std::stop_token stop,
                                   std::string* detail);
  // Makes `next` the cluster's record: agreed on, then durable on a write quorum of the membership before and of
  // its own when it returns. Nodes that are new in it get an index (which the caller tells the tier
  // of); those that are gone are told, and left alone from then on. One call at a time.
  wal::Result<void> change(const ClusterRecord& next, std::stop_token stop, std::string* detail);
  // Volumes count by the record that was agreed on last: nodes may forget what nothing before it counts for.
  void settle();
  // Per node, by index: connected, or why not.
  std::vector<std::string> troubles() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagestore
