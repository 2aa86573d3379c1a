// How much of each database's history is kept: what may be given up follows the present at a
// distance in time, its backtrack_window or backup_retention_period. The log itself tells where that is: commits
// carry their time. So the window does not begin anew when a database is opened, and costs nothing
// while it is closed.
#include <algorithm>

#include <spdlog/spdlog.h>

#include "cluster_impl.h"
#include "database_rows.h"
#include "types/sql_error.h"
#include "wal/volume_errc.h"

namespace database {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// How soon a changed window is noticed.
constexpr std::int64_t kLookUs = 2'000'000;
// After a start, how fast closed databases are looked at.
constexpr std::int64_t kBetweenClosedUs = 200'000;

std::int64_t microseconds_of(seconds window) {
  return std::chrono::duration_cast<std::chrono::microseconds>(window).count();
}

// A horizon lags its window by no more than this.
seconds search_interval(seconds window) {
  return std::clamp(window / 240, seconds(1), seconds(360));
}

}  // namespace

std::int64_t Cluster::steady_now_us() const {
  return started_us_ + std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started_).count();
}

Retention Cluster::retention_of(Oid database) {
  Retention retention{environment_.backtrack_window, environment_.backup_retention_period,
                      environment_.backup_window.value_or(BackupWindow::chosen_for(database))};
  if (database == 0) return retention;
  constexpr std::string_view kWindow = "backtrack_window=", kPeriod = "backup_retention_period=",
                             kBackupWindow = "preferred_backup_window=";
  SystemTransaction transaction(*system_);
  for (const auto& setting : stored_settings(*system_, *transaction, database, 0)) {
    if (setting.starts_with(kWindow))
      retention.backtrack_window = seconds(std::stoll(setting.substr(kWindow.size())));
    if (setting.starts_with(kPeriod))
      retention.backup_retention_period = std::chrono::days(std::stoll(setting.substr(kPeriod.size())));
    if (setting.starts_with(kBackupWindow))
      retention.backup_window = BackupWindow::parse(setting.substr(kBackupWindow.size())).value_or(BackupWindow::chosen_for(database));
  }
  return retention;
}

// Databases whose log nobody opens would keep it for ever.
void Cluster::watch_histories() {
  history_watch_->set(0, 0);
  SystemTransaction transaction(*system_);
  std::int64_t at_us = now_us();
  std::set<Oid> rewound;
  for (const auto& head : records_->heads.list(*transaction)) rewound.insert(head.database);
  for (const auto& [oid, timeline] : records_->volumes.list(*transaction)) {
    auto info = known_timeline(timeline);
    if ((info && info->has_log()) || rewound.contains(oid))
      history_watch_->set(oid, at_us += kBetweenClosedUs);
  }
}

void Cluster::search_horizon(Entry& entry, Database& database, const Retention& retention) {
  const seconds window = retention.kept();
  auto& volume = database.volume();
  const wal::Lsn vdl = volume.vdl();
  wal::Lsn horizon = wal::kNoLsn;
  bool is_settled = vdl <= volume.branch_lsn();
  if (window == seconds::zero()) {
    horizon = vdl;
    is_settled = true;
  } else if (!is_settled) {
    auto commit = environment_.storage.find_commit(database.timeline(), volume.branch_lsn(), vdl,
                                                   steady_now_us() - microseconds_of(window));
    if (commit && *commit) {
      horizon = (*commit)->lsn;
      auto newest = environment_.storage.find_commit(database.timeline(), horizon, vdl, wal::kAnyTime);
      is_settled = newest && !*newest;
    } else if (!commit && commit.error() != make_error_code(wal::VolumeErrc::below_horizon)) {
      spdlog::warn("how much history database {} may give up is not known: {}", entry.oid,
                   commit.error().message());
    }
  }
  std::lock_guard lock(mutex_);
  entry.horizon = std::max(entry.horizon, horizon);
  entry.is_settled = is_settled;
  entry.retention = retention;
  entry.next_search = steady_clock::now() + search_interval(window);
  grant(entry, database);
}

void Cluster::keep_history(Oid oid) {
  try {
    auto entry = oid == 0 ? system_entry_ : entry_for(oid);
    if (!entry) return;
    const Retention retention = retention_of(oid);
    const seconds window = retention.kept();
    bool is_open = oid == 0, is_due;
    {
      std::lock_guard lock(mutex_);
      is_open = is_open || entry->state == Entry::State::open;
      if (!is_open && entry->is_settled && entry->retention == retention) return;
      is_due = !is_open || entry->retention != retention || steady_clock::now() >= entry->next_search;
    }
    if (oid == 0) {
      if (is_due) search_horizon(*entry, *system_, retention);
    } else if (is_due) {
      auto use = add_use(entry, std::to_string(oid), [] {}, SIZE_MAX);
      use->is_session_ = false;
      search_horizon(*entry, use->database(), retention);
      const bool no_pasts = prune_pasts(oid, steady_now_us() - microseconds_of(window));
      if (!keep_snapshots(oid, use->database(), retention) || !no_pasts) {
        std::lock_guard lock(mutex_);
        entry->is_settled = false;
      }
    }
    // One that was closed is soon closed again: then it is looked at a few times per window, and
    // when the next automated snapshot may be due.
    std::int64_t next_us = now_us() + (is_open ? kLookUs : std::max(kLookUs, microseconds_of(window) / 8));
    if (!is_open && retention.backup_retention_period > seconds::zero())
      next_us = std::min(next_us, retention.backup_window.last_start(now_us(), environment_.snapshot_interval) +
                                      microseconds_of(environment_.snapshot_interval));
    history_watch_->set(oid, next_us);
  } catch (const std::exception& error) {
    spdlog::warn("the history of database {} could not be looked through: {}", oid, error.what());
    history_watch_->set(oid, now_us() + 60'000'000);
  }
}

// The first timeline is what reset() goes back to: its name stays as long as the database, while
// its history goes as soon as it is an ancestor's.
bool Cluster::prune_pasts(Oid oid, std::int64_t before_us) {
  bool all_gone = true;
  std::vector<wal::TimelineId> left_over;
  {
    SystemTransaction transaction(*system_);
    auto heads = records_->heads.of(*transaction, oid);
    for (std::size_t i = 0; i + 1 < heads.size(); ++i) {
      if (heads[i + 1].since_us > before_us) {
        all_gone = false;
        break;
      }
      const std::uint64_t timeline = wal::raw(heads[i].timeline);
      std::lock_guard lock(mutex_);
      if (i == 0 && (dropped_.contains(timeline) || !children_.contains(timeline))) continue;
      left_over.push_back(heads[i].timeline);
    }
    if (left_over.empty()) return all_gone;
    for (const auto& head : heads)
      if (head.timeline != heads.front().timeline && std::ranges::find(left_over, head.timeline) != left_over.end())
        records_->heads.remove(*transaction, head);
    for (auto timeline : left_over) records_->forget(*transaction, timeline);
    transaction.commit();
  }
  drop_timelines(left_over, std::to_string(oid));
  return all_gone;
}

}  // namespace database
