// The storage tier as its users see it: the nodes that hold the copies, asked together.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>

#include "pagestore/kept_log.h"
#include "pagestore/membership.h"
#include "pagestore/placement.h"
#include "pagestore/messages.h"
#include "pagestore/node_channel.h"
#include "pagestore/timer.h"
#include "wal/result.h"

namespace pagestore {

class ClusterControl;

enum class TierErrc {
  no_quorum = 1,  // too few nodes answered in time
  refused,        // enough nodes answered that they will not
};
const boost::system::error_category& tier_category();
inline boost::system::error_code make_error_code(TierErrc errc) {
  return {static_cast<int>(errc), tier_category()};
}

// What one member has of everything.
struct MemberDigests {
  NodeIndex node = 0;
  Placement placement;  // when it was asked
  std::string name, zone;
  bool answered = false;
  std::vector<TimelineDigest> timelines;

  // Of which set of the group (membership.h).
  bool is_before(GroupNo group) const { return placement.of(group).before().contains(node); }
  bool is_after(GroupNo group) const { return placement.of(group).after().contains(node); }
};

// A volume that is open on the tier.
class OpenVolume {
 public:
  virtual ~OpenVolume() = default;
  // Counts by the tier's placement when it returns.
  virtual void placement_changed() = 0;
  virtual std::vector<KeptLog> kept_log() const = 0;
};

// Nodes in three zones (one may be down), of which each protection group has six, two in each zone;
// one may be replaced while volumes are open. Everything that must last is done by a write quorum
// (of every set of nodes: pagestore/placement.h) before it is reported done; the other nodes are brought along by whoever opens the timeline next. Thread-safe; asynchronous:
// callbacks come from a node's thread or the timer's, exactly once (wal/storage_calls.h has the
// same calls for code that may park).
class StorageTier {
 public:
  // Borrows the nodes, which must outlive the tier and all volumes opened on it: the members, and
  // at most nodes that are to become some.
  explicit StorageTier(std::vector<NodeChannel*> nodes, const Placement& placement = {});

  NodeChannel& node(NodeIndex index) const { return *nodes_[index]; }
  std::size_t node_count() const { return count_.load(std::memory_order_acquire); }
  // One more, which is asked for nothing before it is a member. Requires node_count() < kNodesMax.
  NodeIndex add_node(NodeChannel& node);
  Timer& timer() { return timer_; }

  Placement placement() const;
  // When it returns, all volumes count by it. Calls come one after the other; each is one step from
  // the placement before (pagestore/membership.h).
  void set_placement(const Placement& placement);
  // Nodes that statuses() tells of beside the members.
  void set_listed(NodeSet nodes);
  // How the members are changed; null (as it begins): they are not. Borrowed.
  void set_control(ClusterControl* control) { control_ = control; }
  ClusterControl* control() const { return control_; }
  // As long as it lives, it is told of other members. Before it looks at placement().
  void opened(std::weak_ptr<OpenVolume> volume);
  // Of all open volumes together, by node; bytes are the sum.
  std::vector<KeptLog> kept_log() const;

  using DoneCallback = std::function<void(wal::Result<void>)>;

  // Durable on a write quorum when done. Idempotent: after an error, or a crash before the answer,
  // the same call finishes it or drop_timeline() undoes it.
  void create_timeline(CreateTimeline request, DoneCallback done);
  // The name is gone on a write quorum when done. Dropping what does not exist succeeds.
  void drop_timeline(TimelineId timeline, DoneCallback done);

  // Every node's own view, first to last; a node that does not answer within a second has
  // its reason in `state`.
  void statuses(std::function<void(std::vector<NodeStatus>)> done);
  // What each member has, in the order of nodes; what does not come within a second is not there.
  void digests(std::function<void(std::vector<MemberDigests>)> done);
  // The timelines that exist, by id: those that some node knows and none has dropped, and, marked
  // as dropped, those that such a one descends from. Needs a read quorum, and asks again until there is
  // one or `patience` is over (TierErrc::no_quorum): a writer that has just taken over has heard of
  // a write quorum, not yet from each. Where nodes differ, the highest epoch, horizon and SCL.
  struct KnownTimeline : TimelineStatus {
    bool is_held = false;  // a write quorum of those that answered knows it
  };
  using TimelinesCallback = std::function<void(wal::Result<std::vector<KnownTimeline>>)>;
  void list_timelines(std::chrono::milliseconds patience, TimelinesCallback done);

 private:
  struct WriteVotes;
  std::vector<std::shared_ptr<OpenVolume>> volumes() const;
  void write_quorum(Request request, RefusalReason as_good_as_done, DoneCallback done);

  using NodeStatuses = std::vector<std::pair<NodeIndex, NodeStatus>>;
  void ask_status(NodeSet nodes, std::function<void(NodeStatuses)> done);

  std::array<NodeChannel*, kNodesMax> nodes_{};  // [0, count_): never changed
  std::atomic<std::size_t> count_{0};
  struct Members {
    mutable std::mutex mutex;
    Placement placement;
  };
  const std::shared_ptr<Members> members_ = std::make_shared<Members>();
  mutable std::mutex mutex_;
  NodeSet listed_;                                           // guarded by mutex_
  std::vector<std::weak_ptr<OpenVolume>> volumes_;           // guarded by mutex_
  std::atomic<ClusterControl*> control_{nullptr};
  Timer timer_;
};

}  // namespace pagestore

template <>
struct boost::system::is_error_code_enum<pagestore::TierErrc> : std::true_type {};
