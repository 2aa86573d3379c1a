#include "database/storage.h"

#include <atomic>

#include "wal/log_read.h"
#include "wal/storage_calls.h"
#include "wal/writer_volume.h"

namespace database {
namespace {

// Where groups lie on several sets of nodes: a database of some gigabytes is on all of them, and a transaction does not
// write to many groups.
constexpr std::uint64_t kSpreadPagesPerGroup = (std::uint64_t{1} << 30) / wal::kPageSize;

class TierStorage final : public Storage {
 public:
  TierStorage(pagestore::StorageTier& tier, wal::WriterOptions options)
      : tier_(tier), options_(std::move(options)) {}

  wal::Result<std::unique_ptr<wal::Volume>> open(wal::TimelineId timeline) override {
    auto volume = wal::WriterVolume::open(tier_, timeline, options_);
    if (!volume) return volume.error();
    return std::unique_ptr<wal::Volume>(std::move(*volume));
  }

  wal::Result<void> create_timeline(const TimelineInfo& info) override {
    return wal::create_timeline(tier_, info.timeline, info.parent, info.branch_lsn,
                                pages_per_group());
  }

  wal::PendingTimeline begin_timeline(const TimelineInfo& info) override {
    return wal::begin_timeline(tier_, info.timeline, info.parent, info.branch_lsn,
                               pages_per_group());
  }

  // The same as long as the cluster lives, which clones rely on; so it is what its timelines have, however many sets
  // of nodes there have come to be since. Of a new cluster, which is opened without any, the options decide.
  std::uint64_t pages_per_group() {
    std::uint64_t known = 0;
    const std::uint64_t by_nodes = tier_.placement().size() > 1 ? kSpreadPagesPerGroup : wal::kDefaultPagesPerGroup;
    const std::uint64_t chosen = options_.pages_per_group != 0 ? options_.pages_per_group : by_nodes;
    return known_pages_per_group_.compare_exchange_strong(known, chosen) ? chosen : known;
  }

  wal::Result<void> drop_timeline(wal::TimelineId timeline) override {
    return wal::drop_timeline(tier_, timeline);
  }

  wal::Result<std::vector<TimelineInfo>> timelines(std::chrono::milliseconds patience) override {
    auto statuses = wal::list_timelines(tier_, patience);
    if (!statuses) return statuses.error();
    std::vector<TimelineInfo> out;
    for (const auto& status : *statuses) {
      out.push_back({status.timeline, status.parent, status.branch_lsn, status.dropped,
                     status.scl, status.horizon, status.is_held});
      // (Of a dropped one a node may know the name alone.)
      if (status.pages_per_group != 0) known_pages_per_group_ = status.pages_per_group;
    }
    return out;
  }

  wal::Result<std::optional<wal::CommitPoint>> find_commit(wal::TimelineId timeline, wal::Lsn after,
                                                           wal::Lsn through,
                                                           std::int64_t time_us) override {
    return wal::find_commit(tier_, timeline, after, through, time_us);
  }

  wal::Result<std::optional<wal::CommitPoint>> oldest_commit(wal::TimelineId timeline,
                                                             wal::Lsn after,
                                                             wal::Lsn through) override {
    return wal::oldest_commit(tier_, timeline, after, through);
  }

  wal::Result<std::uint64_t> count_commits(const TimelineInfo& timeline, wal::Lsn after,
                                           wal::Lsn through) override {
    return wal::count_commits(tier_, timeline.timeline, timeline.branch_lsn, after, through);
  }

  wal::Result<std::vector<wal::PageNo>> changed_pages(const wal::Volume& volume,
                                                      wal::TimelineId base, wal::Lsn after,
                                                      std::uint64_t end) override {
    return static_cast<const wal::WriterVolume&>(volume).changed_pages(base, after, end);
  }

  wal::Result<void> read_log(const TimelineInfo& timeline, wal::GroupNo group, wal::Lsn after,
                             wal::Lsn through,
                             const std::function<void(const pagestore::LogPart&)>& visit) override {
    return wal::read_log(tier_, timeline.timeline, group, timeline.branch_lsn, after, through, visit);
  }

  std::vector<pagestore::NodeStatus> nodes() override { return wal::node_statuses(tier_); }
  std::vector<pagestore::MemberDigests> digests() override { return wal::member_digests(tier_); }
  std::map<std::string, pagestore::KeptLog> kept_log() override {
    std::map<std::string, pagestore::KeptLog> kept;
    for (const pagestore::KeptLog& of : tier_.kept_log()) kept[tier_.node(of.node).name()] = of;
    return kept;
  }
  pagestore::ClusterControl* control() override { return tier_.control(); }

 private:
  pagestore::StorageTier& tier_;
  const wal::WriterOptions options_;
  std::atomic<std::uint64_t> known_pages_per_group_{0};  // 0: no timeline was met or made yet
};

}  // namespace

std::optional<pagestore::ClusterControl::Refused> Storage::wait_for_nodes(
    const std::function<void(pagestore::ClusterControl::Done)>& begin) {
  return wal::wait_for_nodes(begin);
}

std::unique_ptr<Storage> make_tier_storage(pagestore::StorageTier& tier) {
  return make_tier_storage(tier, wal::WriterOptions());
}

std::unique_ptr<Storage> make_tier_storage(pagestore::StorageTier& tier, wal::WriterOptions options) {
  return std::make_unique<TierStorage>(tier, std::move(options));
}

}  // namespace database
