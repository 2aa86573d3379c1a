// Telling the storage tier how much history it may give up.
#include <algorithm>

#include "cluster_impl.h"
#include "database/cluster.h"
#include "transaction/manager.h"

namespace database {
namespace {

constexpr std::chrono::seconds kGrantInterval{1};

}  // namespace

void Cluster::schedule_grants() {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  grant_timer_ = environment_.timers.call_at(HistoryWindow::Clock::now() + kGrantInterval, [this] {
    grant_horizons();
    schedule_grants();
  });
}

void Cluster::stop_grants() {
  transaction::TimerService::Id timer;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    timer = grant_timer_;
  }
  environment_.timers.cancel(timer);
}

// Where children branch off, ascending. A child counts from before it is made until it, and all
// that descends from it, is dropped.
std::vector<wal::Lsn> Cluster::pins_of(wal::TimelineId timeline) const {
  std::vector<wal::Lsn> pins;
  for (const auto& [number, info] : timelines_)
    if (info.parent == timeline) pins.push_back(info.branch_lsn);
  std::ranges::sort(pins);
  pins.erase(std::ranges::unique(pins).begin(), pins.end());
  return pins;
}

// The horizon is the VDL of a window ago, or the oldest view when that is older: who holds a view
// may be making a clone there. Anything else that the executor reads (undo included) is in the
// pages' newest versions.
void Cluster::grant_horizons() {
  std::lock_guard lock(mutex_);
  const auto now = HistoryWindow::Clock::now();
  const auto grant = [&](Database& database, HistoryWindow& history) {
    const auto vdl = database.volume().vdl();
    const auto horizon = std::min({history.advance(now, vdl), vdl,
                                   database.transactions().oldest_view()});
    if (horizon > wal::kNoLsn)
      database.volume().grant_horizon(horizon, pins_of(database.timeline()));
  };
  grant(*system_, system_history_);
  for (const auto& [oid, entry] : entries_)
    if (entry->state == Entry::State::open) grant(*entry->database, entry->history);
}

wal::Result<void> Cluster::make_timeline(const TimelineInfo& info) {
  {
    // From now on every grant of the parent names the branch point.
    std::lock_guard lock(mutex_);
    timelines_[wal::raw(info.timeline)] = info;
  }
  auto made = environment_.storage.create_timeline(info);
  if (!made) forget_timeline(info.timeline);
  return made;
}

void Cluster::forget_timeline(wal::TimelineId timeline) {
  std::lock_guard lock(mutex_);
  dropped_.insert(wal::raw(timeline));
  const auto has_children = [this](wal::TimelineId parent) {
    return std::ranges::any_of(timelines_, [&](const auto& each) {
      return each.second.parent == parent;
    });
  };
  while (dropped_.contains(wal::raw(timeline)) && !has_children(timeline)) {
    const auto found = timelines_.find(wal::raw(timeline));
    if (found == timelines_.end()) return;
    dropped_.erase(wal::raw(timeline));
    timeline = found->second.parent;
    timelines_.erase(found);
  }
}

}  // namespace database
