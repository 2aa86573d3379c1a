// Where a cluster's record is agreed on.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "pagestore/cluster_errc.h"
#include "pagestore/handshake.h"
#include "wal/result.h"

namespace pagestore {

// One record, changed by compare and swap. Two implementations: embedded in the nodes, of which a write
// quorum keeps it (remote_cluster.cpp), and etcd (etcd_control.h). Whichever it is, nodes adopt the
// record as well: that is what shuts out the writer before.
//
// Calls block; each waits for a store that is away as long as it takes and logs what it waits for.
// One call at a time. Errors: stopped; unsuitable, with the cause in `detail`, when waiting will not help.
class ControlStore {
 public:
  virtual ~ControlStore() = default;

  // For the operator: "etcd (10.0.0.1:2379)".
  virtual const std::string& name() const = 0;

  // What is agreed on, now or a moment ago; nullopt: nothing yet.
  virtual wal::Result<std::optional<ClusterRecord>> read(std::stop_token stop, std::string* detail) = 0;

  // Makes `next` the record, durably, as judge_adoption() says: of two writers that have seen the same
  // (`seen`), or change members at once, one succeeds. Otherwise fenced, or outdated. Idempotent: when an
  // answer was lost the same call finds out what became of it.
  virtual wal::Result<void> swap(const ClusterRecord& next, const RecordVersion& seen,
                                 std::stop_token stop, std::string* detail) = 0;
};

}  // namespace pagestore
