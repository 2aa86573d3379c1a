// The six nodes of a cluster behind TCP, and how a writer makes them its own.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "pagestore/network.h"
#include "pagestore/node_channel.h"
#include "wal/result.h"

namespace pagestore {

struct RemoteClusterOptions {
  struct Address {
    std::string host, port;
  };
  std::vector<Address> nodes;  // six
  std::string writer;          // where it listens: for others to know who has the cluster
  bool compress = true;        // long batches, unless a node is on the loopback
};

enum class ClusterErrc {
  unsuitable = 1,  // these nodes cannot be a cluster, or not ours
  fenced,          // another writer took over meanwhile
  stopped,         // we were asked to
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

  // After take_over().
  std::vector<NodeChannel*> nodes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagestore

template <>
struct boost::system::is_error_code_enum<pagestore::ClusterErrc> : std::true_type {};
