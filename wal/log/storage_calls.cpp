#include "wal/storage_calls.h"

#include <memory>
#include <utility>

#include "awaited.h"

namespace wal {

PendingTimeline::PendingTimeline(std::shared_ptr<Awaited<Result<void>>> made) : made_(std::move(made)) {}
PendingTimeline::PendingTimeline(PendingTimeline&&) noexcept = default;
PendingTimeline::~PendingTimeline() {
  if (made_) static_cast<void>(wait());
}

Result<void> PendingTimeline::wait() { return std::exchange(made_, nullptr)->get(); }

PendingTimeline begin_timeline(pagestore::StorageTier& tier, TimelineId timeline, TimelineId parent,
                               Lsn branch_lsn, std::uint64_t pages_per_group) {
  const auto awaited = std::make_shared<Awaited<Result<void>>>();
  tier.create_timeline({timeline, parent, branch_lsn, pages_per_group, true},
                       [awaited](Result<void> result) { awaited->set(result); });
  return PendingTimeline(awaited);
}

Result<void> create_timeline(pagestore::StorageTier& tier, TimelineId timeline, TimelineId parent,
                             Lsn branch_lsn, std::uint64_t pages_per_group) {
  const auto awaited = std::make_shared<Awaited<Result<void>>>();
  tier.create_timeline({timeline, parent, branch_lsn, pages_per_group},
                       [awaited](Result<void> result) { awaited->set(result); });
  return awaited->get();
}

Result<void> drop_timeline(pagestore::StorageTier& tier, TimelineId timeline) {
  const auto awaited = std::make_shared<Awaited<Result<void>>>();
  tier.drop_timeline(timeline, [awaited](Result<void> result) { awaited->set(result); });
  return awaited->get();
}

Result<std::vector<pagestore::StorageTier::KnownTimeline>> list_timelines(pagestore::StorageTier& tier,
                                                                             std::chrono::milliseconds patience) {
  using Timelines = Result<std::vector<pagestore::StorageTier::KnownTimeline>>;
  const auto awaited = std::make_shared<Awaited<Timelines>>();
  tier.list_timelines(patience, [awaited](Timelines result) { awaited->set(std::move(result)); });
  return awaited->get();
}

std::vector<pagestore::NodeStatus> node_statuses(pagestore::StorageTier& tier) {
  using Nodes = std::vector<pagestore::NodeStatus>;
  const auto awaited = std::make_shared<Awaited<Nodes>>();
  tier.statuses([awaited](Nodes nodes) { awaited->set(std::move(nodes)); });
  return awaited->get();
}

std::vector<pagestore::MemberDigests> member_digests(pagestore::StorageTier& tier) {
  using Members = std::vector<pagestore::MemberDigests>;
  const auto awaited = std::make_shared<Awaited<Members>>();
  tier.digests([awaited](Members members) { awaited->set(std::move(members)); });
  return awaited->get();
}

std::optional<pagestore::ClusterControl::Refused> wait_for_nodes(
    const std::function<void(pagestore::ClusterControl::Done)>& begin) {
  using Refused = std::optional<pagestore::ClusterControl::Refused>;
  const auto awaited = std::make_shared<Awaited<Refused>>();
  begin([awaited](Refused refused) { awaited->set(std::move(refused)); });
  return awaited->get();
}

}  // namespace wal
