// Schema sextant: what the server says about its storage.
#include <fmt/format.h>

#include "services.h"
#include "session_state.h"
#include "types/sql_error.h"

namespace session {
namespace {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

std::string lsn(wal::Lsn value) {
  return fmt::format("{:X}/{:X}", value.value() >> 32, value.value() & 0xffff'ffff);
}

Rows nodes(database::Cluster& cluster) {
  Rows rows;
  for (const auto& node : cluster.storage().nodes())
    rows.push_back({node.name, node.zone, node.state, fmt::format("{}", node.log_bytes),
                    fmt::format("{}", node.disk_bytes)});
  return rows;
}

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

}  // namespace

std::vector<std::vector<std::optional<std::string>>> Services::status_rows(
    std::string_view function) {
  if (function == "nodes") return nodes(session_.cluster);
  if (function == "volumes") return volumes(session_.cluster);
  if (function == "segments") return segments(session_.cluster);
  throw types::SqlError::not_supported(fmt::format("sextant.{}()", function));
}

}  // namespace session
