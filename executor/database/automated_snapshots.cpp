// Snapshots that nobody asked for: one a day of each database that changes, in its backup window or
// as soon after as the server runs, kept for its backup_retention_period. Any commit within the period can be restored, by the log; the snapshots
// name moments in it.
#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cluster_impl.h"
#include "database_rows.h"
#include "types/sql_error.h"

namespace database {
namespace {

std::int64_t microseconds_in(std::chrono::seconds period) {
  return std::chrono::duration_cast<std::chrono::microseconds>(period).count();
}

std::string automated_name(const std::string& database, std::int64_t time_us) {
  return fmt::format("sextant:{}-{:%Y-%m-%d-%H-%M-%S}", database,
                     fmt::gmtime(static_cast<std::time_t>(time_us / 1'000'000)));
}

}  // namespace

bool Cluster::keep_snapshots(Oid oid, const Database& open, const Retention& retention) {
  const std::chrono::seconds period = retention.backup_retention_period;
  const std::int64_t now = steady_now_us();
  std::string name;
  std::vector<Snapshot> kept;
  {
    SystemTransaction transaction(*system_);
    for (const auto& row : list_databases(*system_, *transaction))
      if (row.oid == oid) name = row.name;
    for (auto& snapshot : records_->snapshots.list(*transaction))
      if (snapshot.automated && snapshot.database == oid) kept.push_back(std::move(snapshot));
  }
  std::erase_if(kept, [&](const Snapshot& snapshot) {
    if (snapshot.created_us > now - microseconds_in(period)) return false;
    drop_snapshot(snapshot.name, true);
    return true;
  });
  auto& volume = open.volume();
  if (period == std::chrono::seconds::zero() || name.empty() || volume.vdl() <= volume.branch_lsn())
    return kept.empty();

  // Only when there is something new since the last one, or within the period.
  std::int64_t last_us = 0;
  for (const auto& snapshot : kept) last_us = std::max(last_us, snapshot.created_us);
  auto newest = environment_.storage.find_commit(open.timeline(), volume.branch_lsn(), volume.vdl(), wal::kAnyTime);
  if (!newest || !*newest || (*newest)->time_us <= std::max(last_us, now - microseconds_in(period)))
    return kept.empty();
  // Due when a window has begun since the last one, or since the first commit.
  if (last_us == 0) {
    auto first = environment_.storage.oldest_commit(open.timeline(), volume.branch_lsn(), volume.vdl());
    if (!first || !*first) return kept.empty();
    last_us = (*first)->time_us;
  }
  if (retention.backup_window.last_start(now, environment_.snapshot_interval) <= last_us) return false;
  Snapshot snapshot;
  snapshot.name = automated_name(name, now);
  snapshot.database_name = name;
  snapshot.automated = true;
  try {
    make_snapshot(std::move(snapshot), {});
  } catch (const types::SqlError& error) {
    if (error.sqlstate() != "42710") throw;   // one of this very second
  }
  return false;
}

}  // namespace database
