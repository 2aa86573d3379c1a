// What the server says about its storage (schema sextant) and its sessions.
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "moments.h"
#include "node_functions.h"
#include "services.h"
#include "backends.h"
#include "session_rows.h"
#include "session_state.h"
#include "types/sql_error.h"

namespace session {
namespace {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

std::string lsn(wal::Lsn value) { return show_lsn(value); }

std::string number(std::uint64_t value) { return fmt::format("{}", value); }

std::optional<std::string> known(const std::string& name) {
  return name.empty() ? std::nullopt : std::optional(name);
}

std::optional<std::string> known_time(SessionState& session, std::int64_t time_us) {
  return time_us == 0 ? std::nullopt : std::optional(show_time(session, time_us));
}

std::optional<std::string> known_lsn(wal::Lsn value) {
  return value == wal::kNoLsn ? std::nullopt : std::optional(lsn(value));
}

std::optional<std::string> list(const std::vector<std::string>& names) {
  return names.empty() ? std::nullopt : std::optional(fmt::format("{}", fmt::join(names, ", ")));
}

Rows volumes(SessionState& session) {
  database::Cluster& cluster = session.cluster;
  std::unordered_map<std::uint64_t, database::Cluster::TimelineStatus> heads;
  for (auto& timeline : cluster.timelines()) {
    const auto at = wal::raw(timeline.info.timeline);
    heads.emplace(at, std::move(timeline));
  }
  Rows rows;
  for (const auto& volume : cluster.volumes()) {
    auto open_only = [&](std::string text) {
      return volume.open ? std::optional(std::move(text)) : std::nullopt;
    };
    // A chunk of the log is durable as a whole and ends at a consistency point: VCL and VDL
    // coincide there.
    rows.push_back({fmt::format("{}", volume.oid), volume.name,
                    fmt::format("{}", wal::raw(volume.timeline)), volume.open ? "open" : "closed",
                    fmt::format("{}", volume.sessions), open_only(lsn(volume.vdl)),
                    open_only(lsn(volume.vdl)), open_only(lsn(volume.last_lsn))});
    // Made or dropped just now: the next look tells.
    database::Cluster::TimelineStatus none;
    const auto head = heads.find(wal::raw(volume.timeline));
    const auto& status = head == heads.end() ? none : head->second;
    rows.back().insert(rows.back().end(), {known(status.parent_name), known_time(session, status.branch_us),
                                           number(status.own_bytes), number(status.pins.size()),
                                           number(status.held_back_bytes), list(status.held_by)});
  }
  return rows;
}

Rows segments(database::Cluster& cluster) {
  Rows rows;
  auto statuses = cluster.storage().nodes();
  for (const auto& volume : cluster.volumes())
    for (const auto& node : statuses)
      for (const auto& timeline : node.timelines)
        if (timeline.timeline == volume.timeline)
          rows.push_back({volume.name, node.name, node.zone,
                          fmt::format("{}", wal::raw(timeline.timeline)), lsn(timeline.scl),
                          fmt::format("{}", wal::raw(timeline.epoch))});
  return rows;
}

Rows timelines(SessionState& session) {
  Rows rows;
  for (const auto& timeline : session.cluster.timelines()) {
    bool is_child = timeline.info.parent != wal::kNoTimeline;
    rows.push_back({fmt::format("{}", wal::raw(timeline.info.timeline)),
                    is_child ? std::optional(fmt::format("{}", wal::raw(timeline.info.parent)))
                             : std::nullopt,
                    is_child ? std::optional(lsn(timeline.info.branch_lsn)) : std::nullopt,
                    std::string(timeline.role),
                    known(timeline.name),
                    number(timeline.children), number(timeline.own_bytes),
                    known_lsn(timeline.horizon),
                    number(timeline.held_back_bytes), list(timeline.held_by), known(timeline.parent_name),
                    known_time(session, timeline.branch_us), number(timeline.pins.size())});
  }
  return rows;
}

Rows pins(SessionState& session) {
  Rows rows;
  for (const auto& timeline : session.cluster.timelines())
    for (const auto& pin : timeline.pins)
      rows.push_back({number(wal::raw(timeline.info.timeline)), known(timeline.name),
                      std::string(to_string(pin.kind)), known(pin.name), lsn(pin.lsn),
                      known_time(session, pin.time_us), number(pin.held_back_bytes)});
  return rows;
}

Rows snapshots(SessionState& session) {
  Rows rows;
  for (const auto& snapshot : session.cluster.snapshots())
    rows.push_back({snapshot.name, snapshot.database_name, lsn(snapshot.moment.lsn),
                    show_time(session, snapshot.moment.time_us),
                    show_time(session, snapshot.created_us), snapshot.automated ? "t" : "f"});
  return rows;
}

}  // namespace

std::vector<std::vector<std::optional<std::string>>> Services::status_rows(
    std::string_view function) {
  if (function == "nodes") return node_rows(session_);
  if (function == "log_space") return log_space_rows(session_);
  if (function == "protection_groups") return protection_group_rows(session_);
  if (function == "replacement") return replacement_rows(session_);
  if (function == "spread_plan") return spread_plan_rows(session_);
  if (function == "volumes") return volumes(session_);
  if (function == "segments") return segments(session_.cluster);
  if (function == "timelines") return timelines(session_);
  if (function == "pins") return pins(session_);
  if (function == "snapshots") return snapshots(session_);
  if (function == "pg_stat_statements") return statement_rows(session_, true);
  if (function == "pg_stat_statements without texts") return statement_rows(session_, false);
  if (function == "pg_stat_statements_info") {
    const StatementStatistics& statistics = session_.environment.backends->statements();
    return {{std::to_string(statistics.deallocations()), timestamp_text(session_, statistics.reset_time())}};
  }
  if (auto rows = session_rows(session_, function)) return *std::move(rows);
  throw types::SqlError::not_supported(fmt::format("function {}()", function));
}

}  // namespace session
