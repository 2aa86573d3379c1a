// What the cluster remembers beside pg_database: where every database's head is and was, which
// moments are pinned by a name, and which databases remove themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "database/storage.h"
#include "database/timeline.h"
#include "system_table.h"
#include "timeline_numbers.h"

namespace database {

// Which timeline a database's head is on: (oid, timeline).
class VolumeDirectory {
 public:
  explicit VolumeDirectory(Database& system);

  // Sets or moves the head.
  void put(transaction::Transaction& transaction, Oid database, wal::TimelineId timeline);
  void remove(transaction::Transaction& transaction, Oid database);
  std::optional<wal::TimelineId> find(transaction::Transaction& transaction, Oid database);
  std::vector<std::pair<Oid, wal::TimelineId>> list(transaction::Transaction& transaction);

 private:
  SystemTable table_;
};

// From when to when a database's head was on a timeline. A database that was never rewound may
// have none: then it always was where the directory says.
struct Head {
  Oid database = 0;
  std::int64_t since_us = 0;   // Unix epoch
  wal::TimelineId timeline = wal::kNoTimeline;
  wal::Lsn end;                // kNoLsn: it is there now
};

class HeadHistory {
 public:
  explicit HeadHistory(Database& system);
  void put(transaction::Transaction& transaction, const Head& head);
  void remove(transaction::Transaction& transaction, const Head& head);
  // Of one database, the earliest first.
  std::vector<Head> of(transaction::Transaction& transaction, Oid database);
  std::vector<Head> list(transaction::Transaction& transaction);

 private:
  SystemTable table_;
};

class SnapshotTable {
 public:
  explicit SnapshotTable(Database& system);
  // 42710 when the name is taken.
  void insert(transaction::Transaction& transaction, const Snapshot& snapshot);
  void remove(transaction::Transaction& transaction, const std::string& name);
  std::optional<Snapshot> find(transaction::Transaction& transaction, const std::string& name);
  std::vector<Snapshot> list(transaction::Transaction& transaction);

 private:
  SystemTable table_;
};

// When a database drops itself.
struct Expiry {
  Oid database = 0;
  std::int64_t at_us = 0;      // Unix epoch; kAfterLastSession
};

class ExpiryTable {
 public:
  explicit ExpiryTable(Database& system);
  void put(transaction::Transaction& transaction, const Expiry& expiry);
  void remove(transaction::Transaction& transaction, Oid database);
  std::vector<Expiry> list(transaction::Transaction& transaction);

 private:
  SystemTable table_;
};

// Which moment of its parent each timeline of a database began at: (timeline, Unix epoch).
class BranchTimes {
 public:
  explicit BranchTimes(Database& system);
  void put(transaction::Transaction& transaction, wal::TimelineId timeline, std::int64_t time_us);
  void remove(transaction::Transaction& transaction, wal::TimelineId timeline);
  // nullopt: made before there was this table, or dropped.
  std::optional<std::int64_t> find(transaction::Transaction& transaction, wal::TimelineId timeline);
  std::vector<std::pair<wal::TimelineId, std::int64_t>> list(transaction::Transaction& transaction);

 private:
  SystemTable table_;
};

// Where clones began: (timeline, parent, branch LSN). A clone's rows and its timeline become durable
// side by side; when only the rows did, the next start makes the timeline.
class Origins {
 public:
  explicit Origins(Database& system);
  void insert(transaction::Transaction& transaction, const TimelineInfo& info);
  void remove(transaction::Transaction& transaction, wal::TimelineId timeline);
  // Parents before their children.
  std::vector<TimelineInfo> list(transaction::Transaction& transaction);

 private:
  SystemTable table_;
};

struct ClusterRecords {
  explicit ClusterRecords(Database& system)
      : volumes(system), heads(system), snapshots(system), expiries(system), branch_times(system), origins(system), numbers(system) {}

  // What is remembered of a timeline itself, when it goes.
  void forget(transaction::Transaction& transaction, wal::TimelineId timeline) {
    branch_times.remove(transaction, timeline);
    origins.remove(transaction, timeline);
  }

  VolumeDirectory volumes;
  HeadHistory heads;
  SnapshotTable snapshots;
  ExpiryTable expiries;
  BranchTimes branch_times;
  Origins origins;
  TimelineNumbers numbers;
};

}  // namespace database
