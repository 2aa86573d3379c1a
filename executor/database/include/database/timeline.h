// Moments in the history of databases, and what is kept of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "database/backup_window.h"
#include "types/oid.h"
#include "wal/ids.h"
#include "wal/lsn.h"

namespace database {

using types::Oid;

// A commit on a timeline: everything up to it, nothing after it.
struct Moment {
  wal::TimelineId timeline = wal::kNoTimeline;
  wal::Lsn lsn;
  std::int64_t time_us = 0;   // of that commit, Unix epoch; 0: not known
};

// What a user means by "at": a time, or a position in the database's own log.
struct AsOf {
  std::optional<std::int64_t> time_us;  // Unix epoch
  std::optional<wal::Lsn> lsn;          // neither: now
};

// How far back a moment may lie: database's settings of those names. History is kept for the longer.
struct Retention {
  std::chrono::seconds backtrack_window, backup_retention_period;
  BackupWindow backup_window = {};   // of the automated snapshots
  std::chrono::seconds kept() const { return std::max(backtrack_window, backup_retention_period); }
  // Of what is kept: the backup window keeps nothing.
  bool operator==(const Retention& other) const {
    return backtrack_window == other.backtrack_window && backup_retention_period == other.backup_retention_period;
  }
};
enum class Reach : std::uint8_t {
  rewind,   // within the backtrack window
  restore,  // within that or the backup retention period: clones, snapshots, readers
};

// What taking a database back would undo.
struct BacktrackPreview {
  Moment to;
  std::uint64_t commits = 0;      // that are now and would not be
  std::int64_t last_commit_us = 0;  // of them; 0: none
  std::uint64_t log_bytes = 0;    // from the one to the other; takeovers' gaps included
};

// A named moment, kept until it is dropped.
struct Snapshot {
  std::string name;
  Oid database = 0;
  std::string database_name;  // as it was called then
  wal::TimelineId pin = wal::kNoTimeline;  // a timeline that branches off there and is never opened
  Moment moment;
  std::int64_t created_us = 0;
  bool automated = false;
};

// Why history of a timeline is kept.
struct Pin {
  enum class Kind : std::uint8_t {
    window,    // of a database: all from `lsn` on, for its backtrack_window or backup_retention_period
    session,   // the oldest transaction in progress, older than the window
    child,     // a clone, the head or a past of a rewound database, or what others descend from
    snapshot,
    reader,    // sessions with sextant.as_of
  };
  Kind kind = Kind::window;
  std::string name = {};   // the setting, database or snapshot; empty: none
  wal::Lsn lsn;
  std::int64_t time_us = 0;   // of that moment; 0: not known
  // Log whose effects could be forgotten if this, and all others at the same LSN, were gone: an
  // upper bound of what is then freed.
  std::uint64_t held_back_bytes = 0;
};
std::string_view to_string(Pin::Kind kind);

// As the time of an expiry: when nobody is connected any more.
inline constexpr std::int64_t kAfterLastSession = std::numeric_limits<std::int64_t>::max();

}  // namespace database
