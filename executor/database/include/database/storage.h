// What the cluster needs of the storage tier: volumes to open, timelines to make and drop.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pagestore/cluster_control.h"
#include "pagestore/kept_log.h"
#include "pagestore/messages.h"
#include "pagestore/storage_tier.h"
#include "wal/commit_search.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/result.h"
#include "wal/storage_calls.h"
#include "wal/volume.h"

namespace wal {
struct WriterOptions;
}

namespace database {

struct TimelineInfo {
  wal::TimelineId timeline;
  wal::TimelineId parent = wal::kNoTimeline;
  wal::Lsn branch_lsn;
  bool dropped = false;   // kept for the sake of those that descend from it
  // As timelines() found them: the end of its own log, and how far that was given up.
  wal::Lsn end = wal::kNoLsn, horizon = wal::kNoLsn;
  bool is_held = true;    // false: known to some nodes, but to no write quorum

  bool has_log() const { return end > branch_lsn; }
};

// Thread-safe; every call parks.
class Storage {
 public:
  virtual ~Storage() = default;

  // Takes the timeline over for writing (recovery) and opens it.
  virtual wal::Result<std::unique_ptr<wal::Volume>> open(wal::TimelineId timeline) = 0;

  // Durable when it returns. `parent` kNoTimeline: an empty history. Idempotent.
  virtual wal::Result<void> create_timeline(const TimelineInfo& info) = 0;
  // The same, sent beside what is logged next.
  virtual wal::PendingTimeline begin_timeline(const TimelineInfo& info) = 0;
  virtual wal::Result<void> drop_timeline(wal::TimelineId timeline) = 0;

  // Every timeline that is not dropped, and dropped ones that others still descend from. Waits for nodes that do not
  // answer yet until `patience` is over.
  virtual wal::Result<std::vector<TimelineInfo>> timelines(std::chrono::milliseconds patience) = 0;

  // The newest commit of the timeline's own log in (after, through] at or below a time, and the
  // oldest one that is still known: wal/commit_search.h.
  virtual wal::Result<std::optional<wal::CommitPoint>> find_commit(wal::TimelineId timeline,
                                                                   wal::Lsn after, wal::Lsn through,
                                                                   std::int64_t time_us) = 0;
  virtual wal::Result<std::optional<wal::CommitPoint>> oldest_commit(wal::TimelineId timeline,
                                                                     wal::Lsn after,
                                                                     wal::Lsn through) = 0;

  virtual wal::Result<std::uint64_t> count_commits(const TimelineInfo& timeline, wal::Lsn after,
                                                   wal::Lsn through) = 0;

  // Pages below `end`, ascending, that may differ from what they were on `base`, the volume's
  // timeline or one that it descends from, as of `after`. `volume` came from open().
  virtual wal::Result<std::vector<wal::PageNo>> changed_pages(const wal::Volume& volume,
                                                              wal::TimelineId base, wal::Lsn after,
                                                              std::uint64_t end) = 0;

  // As wal::read_log(): the timeline's own log, group by group.
  virtual wal::Result<void> read_log(const TimelineInfo& timeline, wal::GroupNo group, wal::Lsn after,
                                     wal::Lsn through,
                                     const std::function<void(const pagestore::LogPart&)>& visit) = 0;

  // Every node's own view of itself.
  virtual std::vector<pagestore::NodeStatus> nodes() = 0;
  // What each member has of every segment.
  virtual std::vector<pagestore::MemberDigests> digests() = 0;
  // By the node's name: what open volumes keep for it.
  virtual std::map<std::string, pagestore::KeptLog> kept_log() = 0;
  // How nodes are changed; null: they are not. Then wait_for_nodes() waits until a change that
  // `begin` begins is durable, or says why it is refused.
  virtual pagestore::ClusterControl* control() = 0;
  std::optional<pagestore::ClusterControl::Refused> wait_for_nodes(
      const std::function<void(pagestore::ClusterControl::Done)>& begin);
};

// Over the six copies.
std::unique_ptr<Storage> make_tier_storage(pagestore::StorageTier& tier);
std::unique_ptr<Storage> make_tier_storage(pagestore::StorageTier& tier, wal::WriterOptions options);

}  // namespace database
