// The storage tier as its users see it: the six nodes of a placement, asked together.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>

#include "pagestore/messages.h"
#include "pagestore/node_channel.h"
#include "pagestore/timer.h"
#include "wal/result.h"

namespace pagestore {

enum class TierErrc {
  no_quorum = 1,  // too few nodes answered in time
  refused,        // enough nodes answered that they will not
};
const boost::system::error_category& tier_category();
inline boost::system::error_code make_error_code(TierErrc errc) {
  return {static_cast<int>(errc), tier_category()};
}

// Six nodes, two in each of three zones (one zone may be down). Everything that must last is done
// by a write quorum of four before it is reported done; the other two are brought along by whoever
// opens the timeline next. Thread-safe; asynchronous: callbacks come from a node's thread or the
// timer's, exactly once (wal/storage_calls.h has the same calls for code that may park).
class StorageTier {
 public:
  static constexpr std::size_t kNodes = 6;
  static constexpr std::size_t kWriteQuorum = 4;
  static constexpr std::size_t kReadQuorum = 3;

  // Borrows the nodes, which must outlive the tier and all volumes opened on it.
  explicit StorageTier(std::vector<NodeChannel*> nodes);

  NodeChannel& node(std::size_t index) const { return *nodes_[index]; }
  Timer& timer() { return timer_; }

  using DoneCallback = std::function<void(wal::Result<void>)>;

  // Durable on four nodes when done. Idempotent: after an error, or a crash before the answer,
  // the same call finishes it or drop_timeline() undoes it.
  void create_timeline(CreateTimeline request, DoneCallback done);
  // The name is gone on four nodes when done. Dropping what does not exist succeeds.
  void drop_timeline(TimelineId timeline, DoneCallback done);

  // Every node's own view, in the order of the constructor; a node that does not answer within a
  // second has its reason in `state`.
  void statuses(std::function<void(std::vector<NodeStatus>)> done);
  // The timelines that exist, by id: those that some node knows and none has dropped, and, marked
  // as dropped, those that such a one descends from. Needs a read quorum. Where nodes differ, the
  // highest epoch, horizon and SCL.
  void list_timelines(std::function<void(wal::Result<std::vector<TimelineStatus>>)> done);

 private:
  void write_quorum(Request request, RefusalReason as_good_as_done, DoneCallback done);

  std::vector<NodeChannel*> nodes_;
  Timer timer_;
};

}  // namespace pagestore

template <>
struct boost::system::is_error_code_enum<pagestore::TierErrc> : std::true_type {};
