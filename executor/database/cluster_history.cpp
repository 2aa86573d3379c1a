// Moments in the past: finding them, naming them, going back to them.
#include <algorithm>
#include <chrono>
#include <unordered_map>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cluster_impl.h"
#include "database/find_database.h"
#include "database_rows.h"
#include "show_lsn.h"
#include "types/sql_error.h"
#include "wal/volume_errc.h"

namespace database {
namespace {

using types::SqlError;

// "2026-02-06 10:15:00.123456+00"
std::string show_time(std::int64_t time_us) {
  using namespace std::chrono;
  auto seconds = static_cast<std::time_t>(time_us / 1'000'000);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:06}+00", fmt::gmtime(seconds), time_us % 1'000'000);
}

}  // namespace

Moment Cluster::resolve(const std::string& name, const AsOf& at, Reach reach) {
  auto use = hold(name, "database");
  auto& volume = use->database().volume();
  if (!at.time_us && !at.lsn) {
    // Every commit that was acknowledged before the call is at or below this.
    Moment moment{use->database().timeline(), volume.last_lsn(), 0};
    if (auto durable = volume.wait_durable(moment.lsn); !durable)
      throw StorageError(fmt::format("could not read the history of \"{}\"", name), durable.error());
    return moment;
  }
  if (at.time_us && *at.time_us > now_us())
    throw SqlError("22023", fmt::format("the time {} has not come yet", show_time(*at.time_us)));
  if (at.lsn && *at.lsn > volume.last_lsn())
    throw SqlError("22023", fmt::format("LSN {} is ahead of the log of database \"{}\", which ends at {}",
                                        show_lsn(*at.lsn), name, show_lsn(volume.last_lsn())));

  const Retention retention = retention_of(use->oid());
  const bool is_rewind = reach == Reach::rewind;
  const std::int64_t earliest_us =
      steady_now_us() - std::chrono::duration_cast<std::chrono::microseconds>(
                            is_rewind ? retention.backtrack_window : retention.kept()).count();
  const char* const limit = is_rewind ? "backtrack window" : "backtrack window and backup retention period";
  const bool is_outside = at.time_us && *at.time_us < earliest_us;
  // Is there anything that early?
  const std::int64_t time_us = is_outside ? earliest_us : at.time_us.value_or(wal::kAnyTime);

  // Where the head was at that time.
  wal::TimelineId timeline = use->database().timeline();
  wal::Lsn through = volume.vdl();
  if (at.time_us) {
    SystemTransaction transaction(*system_);
    auto heads = records_->heads.of(*transaction, use->oid());
    auto next = std::ranges::upper_bound(heads, time_us, {}, &Head::since_us);
    if (next != heads.begin()) --next;
    if (next != heads.end() && next->end != wal::kNoLsn) {
      timeline = next->timeline;
      through = next->end;
    }
  }
  wal::Lsn end = through;   // of what the database has on that timeline
  if (at.lsn) through = std::min(through, *at.lsn);

  // From there down the ancestry, until a commit is old enough.
  std::optional<wal::CommitPoint> oldest;
  while (true) {
    auto known_info = known_timeline(timeline);
    if (!known_info) break;
    const auto& info = *known_info;
    auto commit = environment_.storage.find_commit(timeline, info.branch_lsn, through,
                                                   time_us);
    if (!commit && commit.error() != make_error_code(wal::VolumeErrc::below_horizon) &&
        commit.error() != make_error_code(wal::VolumeErrc::unknown_timeline))
      throw StorageError(fmt::format("could not read the history of \"{}\"", name), commit.error());
    if (commit && *commit) {
      if (is_outside)
        throw SqlError("22023", fmt::format("the time {} is outside the {} of database \"{}\"",
                                            show_time(*at.time_us), limit, name))
            .with_hint(fmt::format("The earliest moment is {}.", show_time(earliest_us)));
      const Moment found{timeline, (*commit)->lsn, (*commit)->time_us};
      if (at.lsn) require_in_window(name, found, end, earliest_us, limit);
      return found;
    }
    if (auto known = environment_.storage.oldest_commit(timeline, info.branch_lsn, through);
        known && *known)
      oldest = *known;
    if (!commit || info.parent == wal::kNoTimeline) break;
    through = std::min(through, info.branch_lsn);
    end = info.branch_lsn;
    timeline = info.parent;
  }
  SqlError error("22023", fmt::format("the history of database \"{}\" does not go back to {}", name,
                                      at.time_us ? show_time(*at.time_us) : show_lsn(*at.lsn)));
  if (oldest)
    throw std::move(error).with_hint(fmt::format("The earliest moment is {}, LSN {}.",
                                                 show_time(oldest->time_us), show_lsn(oldest->lsn)));
  throw error;
}

// An LSN stands for all the time until the next commit: it is too old when there is one after it
// that is outside the window as well.
void Cluster::require_in_window(const std::string& name, const Moment& moment, wal::Lsn end,
                                std::int64_t earliest_us, const char* limit) {
  if (moment.time_us >= earliest_us) return;
  auto later = environment_.storage.find_commit(moment.timeline, moment.lsn, end, earliest_us);
  if (!later)
    throw StorageError(fmt::format("could not read the history of \"{}\"", name), later.error());
  if (!*later) return;
  throw SqlError("22023", fmt::format("LSN {} is outside the {} of database \"{}\"",
                                      show_lsn(moment.lsn), limit, name))
      .with_hint(fmt::format("The earliest moment is {}, LSN {}.", show_time((*later)->time_us),
                             show_lsn((*later)->lsn)));
}

std::optional<TimelineInfo> Cluster::known_timeline(wal::TimelineId timeline) {
  std::lock_guard lock(mutex_);
  auto found = timelines_.find(wal::raw(timeline));
  if (found == timelines_.end()) return std::nullopt;
  return found->second;
}

BacktrackPreview Cluster::preview_backtrack(const std::string& name, const AsOf& at) {
  auto use = hold(name, "database");
  BacktrackPreview preview;
  preview.to = resolve(name, at, Reach::rewind);
  // How far the target's history reaches on each timeline of its ancestry.
  std::unordered_map<std::uint64_t, wal::Lsn> kept;
  wal::Lsn through = preview.to.lsn;
  for (auto info = known_timeline(preview.to.timeline); info; info = known_timeline(info->parent)) {
    kept[wal::raw(info->timeline)] = through;
    through = info->branch_lsn;
  }
  // What the head has above that.
  through = use->database().volume().vdl();
  for (auto info = known_timeline(use->database().timeline()); info; info = known_timeline(info->parent)) {
    auto common = kept.find(wal::raw(info->timeline));
    const wal::Lsn after = common != kept.end() ? std::min(common->second, through) : info->branch_lsn;
    auto fail = [&](boost::system::error_code error) {
      throw StorageError(fmt::format("could not read the history of \"{}\"", name), error);
    };
    auto commits = environment_.storage.count_commits(*info, after, through);
    if (!commits) fail(commits.error());
    preview.commits += *commits;
    preview.log_bytes += distance(after, through);
    if (preview.last_commit_us == 0 && *commits > 0) {
      auto last = environment_.storage.find_commit(info->timeline, info->branch_lsn, through, wal::kAnyTime);
      if (!last) fail(last.error());
      if (*last) preview.last_commit_us = (*last)->time_us;
    }
    if (common != kept.end()) break;
    through = info->branch_lsn;
  }
  return preview;
}

Moment Cluster::backtrack(const std::string& name, const AsOf& at) {
  auto moment = resolve(name, at, Reach::rewind);
  switch_head(name, moment, true);
  spdlog::info("database \"{}\" was taken back to {}, LSN {} of timeline {}", name,
               show_time(moment.time_us), show_lsn(moment.lsn), wal::raw(moment.timeline));
  return moment;
}

void Cluster::reset(const std::string& name) {
  wal::TimelineId first;
  std::int64_t branch_us = 0;
  bool of_template = false;
  std::optional<TimelineInfo> info;
  {
    auto use = hold(name, "database");
    SystemTransaction transaction(*system_);
    auto heads = records_->heads.of(*transaction, use->oid());
    first = heads.empty() ? use->database().timeline() : heads.front().timeline;
    branch_us = records_->branch_times.find(*transaction, first).value_or(0);
    info = known_timeline(first);
    // Whether its parent is or was the head of a template that there is from the start, or what that came from.
    for (const Oid of : {kTemplate1, kTemplate0}) {
      for (const Head& head : records_->heads.of(*transaction, of))
        of_template = of_template || (info && head.timeline == info->parent);
      const auto now = records_->volumes.find(*transaction, of);
      for (auto each = now ? known_timeline(*now) : std::nullopt; each && info; each = known_timeline(each->parent))
        of_template = of_template || each->timeline == info->parent;
    }
  }
  if (!info || info->parent == wal::kNoTimeline)
    throw SqlError("55000", fmt::format("database \"{}\" is not a clone", name));
  // As a copy of the template it was empty: it has got all that it is since.
  if (of_template)
    throw SqlError("55000", fmt::format("database \"{}\" was made from a template: a reset would empty it", name))
        .with_detail("Nothing of what it holds would be kept.")
        .with_hint("To undo what was done since some moment, use sextant.backtrack(). To begin anew, drop the database "
                   "and create it again.");
  switch_head(name, {info->parent, info->branch_lsn, branch_us}, false);
}

void Cluster::switch_head(const std::string& name, const Moment& to, bool keep_past) {
  SystemTransaction transaction(*system_);
  auto row = find_database(*system_, *transaction, name);
  auto entry = row ? entry_for(row->oid) : nullptr;
  if (!entry) throw SqlError("3D000", fmt::format("database \"{}\" does not exist", name));

  const TimelineInfo info{allocate_timeline(), to.timeline, to.lsn};
  // First what can be refused, so that nobody is sent away for nothing.
  if (auto created = make_timeline(info); !created) {
    if (created.error() == make_error_code(wal::VolumeErrc::below_horizon))
      throw SqlError("22023", fmt::format("that moment of database \"{}\" is not kept any more", name));
    throw StorageError(fmt::format("could not take \"{}\" back", name), created.error());
  }
  std::vector<wal::TimelineId> left_over;
  bool is_closed = false;
  try {
    auto closed = close(*entry, Closing::move);
    is_closed = true;
    Head past{row->oid, 0, entry->timeline, wal::kNoLsn};
    if (closed) {
      past.end = closed->volume().last_lsn();
      if (auto durable = closed->volume().wait_durable(past.end); !durable)
        throw StorageError(fmt::format("could not close \"{}\"", name), durable.error());
      closed.reset();
    }
    auto heads = records_->heads.of(*transaction, row->oid);
    if (keep_past) {
      if (!heads.empty()) past.since_us = heads.back().since_us;
      records_->heads.put(*transaction, past);
      records_->heads.put(*transaction, {row->oid, now_us(), info.timeline, wal::kNoLsn});
    } else {
      left_over.push_back(entry->timeline);
      for (const auto& head : heads) {
        records_->heads.remove(*transaction, head);
        if (head.timeline != entry->timeline) left_over.push_back(head.timeline);
      }
    }
    for (auto timeline : left_over) records_->forget(*transaction, timeline);
    records_->volumes.put(*transaction, row->oid, info.timeline);
    if (to.time_us != 0) records_->branch_times.put(*transaction, info.timeline, to.time_us);
    transaction.commit();
  } catch (...) {
    if (is_closed) {
      std::lock_guard lock(mutex_);
      entry->state = Entry::State::closed;
      entry->wake_all();
    }
    drop_timelines({info.timeline}, name);
    throw;
  }
  {
    std::lock_guard lock(mutex_);
    entry->horizon = wal::kNoLsn;
    entry->next_search = {};
    entry->timeline = info.timeline;
    entry->is_settled = false;
    entry->state = Entry::State::closed;
    entry->wake_all();
  }
  history_watch_->set(row->oid, now_us());
  drop_timelines(left_over, name);
}

Snapshot Cluster::create_snapshot(const std::string& database, const std::string& name,
                                  const AsOf& at) {
  Snapshot snapshot;
  snapshot.name = name;
  snapshot.database_name = database;
  return make_snapshot(std::move(snapshot), at);
}

Snapshot Cluster::make_snapshot(Snapshot snapshot, const AsOf& at) {
  // Holds the history at the moment until the pin is durable.
  auto use = hold(snapshot.database_name, "database");
  snapshot.database = use->oid();
  snapshot.moment = resolve(snapshot.database_name, at);
  snapshot.created_us = now_us();
  if (snapshot.moment.time_us == 0) snapshot.moment.time_us = snapshot.created_us;
  SystemTransaction transaction(*system_);
  if (records_->snapshots.find(*transaction, snapshot.name))
    throw SqlError("42710", fmt::format("snapshot \"{}\" already exists", snapshot.name));
  snapshot.pin = allocate_timeline();
  const TimelineInfo info{snapshot.pin, snapshot.moment.timeline, snapshot.moment.lsn};
  if (auto created = make_timeline(info); !created)
    throw StorageError(fmt::format("could not make snapshot \"{}\"", snapshot.name), created.error());
  try {
    records_->snapshots.insert(*transaction, snapshot);
    transaction.commit();
  } catch (...) {
    drop_timelines({snapshot.pin}, snapshot.name);
    throw;
  }
  return snapshot;
}

void Cluster::drop_snapshot(const std::string& name, bool missing_ok) {
  SystemTransaction transaction(*system_);
  auto snapshot = records_->snapshots.find(*transaction, name);
  if (!snapshot) {
    if (missing_ok) return;
    throw SqlError("42704", fmt::format("snapshot \"{}\" does not exist", name));
  }
  records_->snapshots.remove(*transaction, name);
  transaction.commit();
  drop_timelines({snapshot->pin}, name);
}

Oid Cluster::restore_snapshot(const std::string& name, const CreateOptions& options) {
  std::optional<Snapshot> snapshot;
  {
    SystemTransaction transaction(*system_);
    snapshot = records_->snapshots.find(*transaction, name);
  }
  if (!snapshot) throw SqlError("42704", fmt::format("snapshot \"{}\" does not exist", name));
  return create_at(options, {snapshot->pin, snapshot->moment.lsn, snapshot->moment.time_us});
}

std::vector<Snapshot> Cluster::snapshots() {
  SystemTransaction transaction(*system_);
  return records_->snapshots.list(*transaction);
}

void Cluster::watch_expiries() {
  SystemTransaction transaction(*system_);
  for (const auto& expiry : records_->expiries.list(*transaction))
    // A server that stopped ended every session.
    expiries_->set(expiry.database, expiry.at_us == kAfterLastSession ? 0 : expiry.at_us);
}

void Cluster::expire(Oid database) {
  try {
    const auto row = find_database(*this, database);
    if (!row) return;
    const std::string& name = row->name;
    bool after_last_session = false;
    {
      std::lock_guard lock(mutex_);
      auto found = entries_.find(database);
      after_last_session = found != entries_.end() && found->second->expires_after_last_session;
    }
    // Somebody may have come just now: then the next last session ends it.
    drop(name, true, !after_last_session);
    spdlog::info("database \"{}\" has expired and was dropped", name);
  } catch (const SqlError& error) {
    if (error.sqlstate() == "55006") return;
    spdlog::warn("a database that expired could not be dropped: {}", error.message());
  } catch (const std::exception& error) {
    spdlog::warn("a database that expired could not be dropped: {}", error.what());
  }
}

}  // namespace database
