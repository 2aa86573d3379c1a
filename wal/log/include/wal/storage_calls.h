// The storage tier's calls for code that may park.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "pagestore/cluster_control.h"
#include "pagestore/storage_tier.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/page.h"
#include "wal/result.h"

namespace wal {

template <typename T>
class Awaited;

// A timeline that is on its way to the nodes. Whoever began it waits for it: in the destructor at the latest.
class PendingTimeline {
 public:
  explicit PendingTimeline(std::shared_ptr<Awaited<Result<void>>> made);
  ~PendingTimeline();
  PendingTimeline(PendingTimeline&&) noexcept;
  PendingTimeline& operator=(PendingTimeline&&) = delete;

  // Parks until it is durable; once.
  [[nodiscard]] Result<void> wait();

 private:
  std::shared_ptr<Awaited<Result<void>>> made_;   // null: waited for
};

// Each parks the caller until the answer is there; contracts as in StorageTier.

// `parent` kNoTimeline: a new history that begins empty at `branch_lsn`. Else a child that shares
// its parent's history up to `branch_lsn`, which must be a consistency point at or below the
// parent's VDL.
[[nodiscard]] Result<void> create_timeline(pagestore::StorageTier& tier, TimelineId timeline,
                                           TimelineId parent, Lsn branch_lsn,
                                           std::uint64_t pages_per_group);
// The same for a caller whose next log, sent at once, shall share its blocks on every node.
[[nodiscard]] PendingTimeline begin_timeline(pagestore::StorageTier& tier, TimelineId timeline,
                                             TimelineId parent, Lsn branch_lsn,
                                             std::uint64_t pages_per_group);
[[nodiscard]] Result<void> drop_timeline(pagestore::StorageTier& tier, TimelineId timeline);
[[nodiscard]] Result<std::vector<pagestore::StorageTier::KnownTimeline>> list_timelines(
    pagestore::StorageTier& tier, std::chrono::milliseconds patience);
std::vector<pagestore::NodeStatus> node_statuses(pagestore::StorageTier& tier);

// 10 GiB of pages.
inline constexpr std::uint64_t kDefaultPagesPerGroup = (std::uint64_t{10} << 30) / kPageSize;

std::vector<pagestore::MemberDigests> member_digests(pagestore::StorageTier& tier);
// Parks until a change of the cluster's nodes, which `begin` begins, is durable or refused.
std::optional<pagestore::ClusterControl::Refused> wait_for_nodes(
    const std::function<void(pagestore::ClusterControl::Done)>& begin);

}  // namespace wal
