// Carries out changes of a running cluster's members.
#pragma once

#include <memory>

#include "pagestore/cluster_control.h"
#include "pagestore/remote_cluster.h"
#include "pagestore/storage_tier.h"

namespace pagestore {

// The driver around NodeReplacement and the steps of cluster_change.h, with a thread of its own. A
// replacement that the writer before had begun goes on at once. While it lives nobody else changes
// the cluster's record or the tier's membership.
class ClusterManager final : public ClusterControl {
 public:
  // After RemoteCluster::take_over(), and founding; the tier has its nodes and its membership.
  ClusterManager(RemoteCluster& cluster, StorageTier& tier);
  // What is under way stays as durable as it is.
  ~ClusterManager() override;

  ClusterView view() const override;
  void add_node(std::string address, Done done) override;
  void drain_node(std::string member, std::string spare, Done done) override;
  void keep_node(std::string node, Done done) override;
  void spread_nodes(Done done) override;
  void remove_node(std::string spare, Done done) override;

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace pagestore
