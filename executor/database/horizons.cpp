// Telling the storage tier how much history it may give up.
#include <algorithm>
#include <iterator>

#include "cluster_impl.h"
#include "database/cluster.h"
#include "transaction/manager.h"
#include "transaction/timer_service.h"

namespace database {
namespace {

constexpr std::chrono::seconds kGrantInterval{1};

}  // namespace

void Cluster::schedule_grants() {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  grant_timer_ = environment_.timers.call_at(transaction::Clock::now() + kGrantInterval, [this] {
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
  const auto found = children_.find(wal::raw(timeline));
  if (found != children_.end()) std::ranges::unique_copy(found->second, std::back_inserter(pins));
  return pins;
}

// The horizon is that of the database's window, or the oldest view when that is older: who holds a
// view may be making a clone there. Anything else that the executor reads (undo included) is in the
// pages' newest versions.
void Cluster::grant(const Entry& entry, Database& database) {
  const auto horizon = std::min({entry.horizon, database.volume().vdl(),
                                 database.transactions().oldest_view()});
  if (horizon > wal::kNoLsn)
    database.volume().grant_horizon(horizon, pins_of(database.timeline()));
}

void Cluster::grant_horizons() {
  std::lock_guard lock(mutex_);
  grant(*system_entry_, *system_);
  for (const auto& [oid, entry] : entries_)
    if (entry->state == Entry::State::open) grant(*entry, *entry->database);
}

wal::Result<void> Cluster::make_timeline(const TimelineInfo& info) {
  {
    // From now on every grant of the parent names the branch point.
    std::lock_guard lock(mutex_);
    timelines_[wal::raw(info.timeline)] = info;
    children_[wal::raw(info.parent)].insert(info.branch_lsn);
  }
  auto made = environment_.storage.create_timeline(info);
  if (!made) forget_timeline(info.timeline);
  return made;
}

void Cluster::forget_timeline(wal::TimelineId timeline) {
  std::lock_guard lock(mutex_);
  dropped_.insert(wal::raw(timeline));
  while (dropped_.contains(wal::raw(timeline)) && !children_.contains(wal::raw(timeline))) {
    const auto found = timelines_.find(wal::raw(timeline));
    if (found == timelines_.end()) return;
    dropped_.erase(wal::raw(timeline));
    const TimelineInfo info = found->second;
    timelines_.erase(found);
    timeline = info.parent;
    const auto siblings = children_.find(wal::raw(info.parent));
    siblings->second.extract(info.branch_lsn);
    if (siblings->second.empty()) children_.erase(siblings);
  }
}

}  // namespace database
