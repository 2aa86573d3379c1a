// What the server says about its storage (schema sextant) and its sessions.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "moments.h"
#include "node_functions.h"
#include "services.h"
#include "session_rows.h"
#include "session_state.h"
#include "types/sql_error.h"

namespace session {
namespace {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

std::string lsn(wal::Lsn value) { return show_lsn(value); }

Rows volumes(database::Cluster& cluster) {
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

Rows timelines(database::Cluster& cluster) {
  Rows rows;
  for (const auto& timeline : cluster.timelines()) {
    bool is_child = timeline.info.parent != wal::kNoTimeline;
    rows.push_back({fmt::format("{}", wal::raw(timeline.info.timeline)),
                    is_child ? std::optional(fmt::format("{}", wal::raw(timeline.info.parent)))
                             : std::nullopt,
                    is_child ? std::optional(lsn(timeline.info.branch_lsn)) : std::nullopt,
                    std::string(timeline.role),
                    timeline.name.empty() ? std::nullopt : std::optional(timeline.name),
                    fmt::format("{}", timeline.children), fmt::format("{}", timeline.own_bytes),
                    timeline.horizon == wal::kNoLsn ? std::nullopt : std::optional(lsn(timeline.horizon)),
                    fmt::format("{}", timeline.held_back_bytes),
                    timeline.held_by.empty() ? std::nullopt
                                             : std::optional(fmt::format("{}", fmt::join(timeline.held_by, ", ")))});
  }
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
  if (function == "protection_groups") return protection_group_rows(session_);
  if (function == "replacement") return replacement_rows(session_);
  if (function == "volumes") return volumes(session_.cluster);
  if (function == "segments") return segments(session_.cluster);
  if (function == "timelines") return timelines(session_.cluster);
  if (function == "snapshots") return snapshots(session_);
  if (auto rows = session_rows(session_, function)) return *std::move(rows);
  throw types::SqlError::not_supported(fmt::format("function {}()", function));
}

}  // namespace session
