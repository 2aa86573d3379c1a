// A database as it was at a moment, for sessions that read the past (SET sextant.as_of).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "database/database.h"
#include "database/timeline.h"

namespace database {

class Cluster;

// A clone without a name: a timeline that branches off at the moment, on which what was in flight
// then is rolled back. That timeline is the pin on the history it reads: durable before the view
// exists, gone with it, and an orphan that the next start drops when the server dies before.
// Shared by all sessions at the moment. Thread-safe; the destructor parks. The cluster outlives it.
class PastDatabase {
 public:
  ~PastDatabase();
  PastDatabase(const PastDatabase&) = delete;
  PastDatabase& operator=(const PastDatabase&) = delete;

  Database& database() const { return *database_; }
  const Moment& moment() const { return moment_; }
  wal::TimelineId timeline() const { return timeline_; }

 private:
  friend class Cluster;
  PastDatabase(Cluster& cluster, const Moment& moment, wal::TimelineId timeline)
      : cluster_(cluster), moment_(moment), timeline_(timeline) {}

  Cluster& cluster_;
  Moment moment_;
  wal::TimelineId timeline_;
  std::unique_ptr<Database> database_;
  // What common_oids() found for a head of the database.
  std::mutex mutex_;
  std::optional<std::pair<wal::TimelineId, Oid>> common_oids_;   // guarded by mutex_
};

}  // namespace database
