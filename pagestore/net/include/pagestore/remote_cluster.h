// The nodes of a cluster behind TCP, and how a writer makes them its own.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "pagestore/handshake.h"
#include "pagestore/membership.h"
#include "pagestore/network.h"
#include "pagestore/node_channel.h"
#include "wal/result.h"

namespace pagestore {

struct RemoteClusterOptions {
  struct Address {
    std::string host, port;
  };
  // Six of a new cluster; of one that exists enough to find it: who belongs to it they know.
  std::vector<Address> nodes;
  std::string writer;          // where it listens: for others to know who has the cluster
  bool compress = true;        // long batches, unless a node is on the loopback
};

enum class ClusterErrc {
  unsuitable = 1,  // these nodes cannot be a cluster, or not ours
  fenced,          // another writer took over meanwhile
  stopped,         // we were asked to
  outdated,        // members were changed behind our back
};
boost::system::error_code make_error_code(ClusterErrc errc);

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
  Membership membership() const;

  // Connects to a node that is to become one of the cluster and says who it is. Refused (unsuitable)
  // when it belongs to another one, or does not answer in time.
  wal::Result<ClusterMember> greet(const std::string& address, std::stop_token stop,
                                   std::string* detail);
  // Makes `next` the cluster's record: durable on a write quorum of the membership before and of
  // its own when it returns. Nodes that are new in it get an index (which the caller tells the tier
  // of); those that are gone are told, and left alone from then on. One call at a time.
  wal::Result<void> change(const ClusterRecord& next, std::stop_token stop, std::string* detail);
  // Per node, by index: connected, or why not.
  std::vector<std::string> troubles() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagestore

template <>
struct boost::system::is_error_code_enum<pagestore::ClusterErrc> : std::true_type {};
