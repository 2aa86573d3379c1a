#include "cluster_records.h"

#include <fmt/format.h>

#include "types/sql_error.h"

namespace database {
namespace {

using types::Datum;
namespace oid = types::oid;

Datum as_datum(Oid value) { return Datum::of(static_cast<std::int32_t>(value)); }
Datum as_datum(wal::TimelineId value) { return Datum::of(static_cast<std::int64_t>(wal::raw(value))); }
Datum as_datum(wal::Lsn value) { return Datum::of(static_cast<std::int64_t>(value.value())); }
Datum as_datum(const std::string& value) { return Datum::of(std::string_view(value)); }

Oid to_oid(const Datum& value) { return static_cast<Oid>(value.as<std::int32_t>()); }
wal::TimelineId to_timeline(const Datum& value) {
  return wal::TimelineId{static_cast<std::uint64_t>(value.as<std::int64_t>())};
}
wal::Lsn to_lsn(const Datum& value) {
  return wal::Lsn(static_cast<std::uint64_t>(value.as<std::int64_t>()));
}
std::string to_string(const Datum& value) { return std::string(value.as<std::string_view>()); }

}  // namespace

VolumeDirectory::VolumeDirectory(Database& system)
    : table_(system, {.slot = SystemSlot::volume_directory, .columns = {oid::oid_, oid::int8}}) {}

void VolumeDirectory::put(transaction::Transaction& transaction, Oid database,
                          wal::TimelineId timeline) {
  const Datum row[] = {as_datum(database), as_datum(timeline)};
  table_.put(transaction, row);
}

void VolumeDirectory::remove(transaction::Transaction& transaction, Oid database) {
  const Datum key[] = {as_datum(database)};
  table_.remove(transaction, key);
}

std::optional<wal::TimelineId> VolumeDirectory::find(transaction::Transaction& transaction,
                                                     Oid database) {
  const Datum key[] = {as_datum(database)};
  std::optional<wal::TimelineId> found;
  table_.lookup(transaction, key, [&](SystemTable::Row row) { found = to_timeline(row[1]); });
  return found;
}

std::vector<std::pair<Oid, wal::TimelineId>> VolumeDirectory::list(
    transaction::Transaction& transaction) {
  std::vector<std::pair<Oid, wal::TimelineId>> out;
  table_.scan(transaction, [&](SystemTable::Row row) {
    out.emplace_back(to_oid(row[0]), to_timeline(row[1]));
  });
  return out;
}

HeadHistory::HeadHistory(Database& system)
    : table_(system, {.slot = SystemSlot::heads,
                      .columns = {oid::oid_, oid::int8, oid::int8, oid::int8},
                      .key_columns = 2}) {}

void HeadHistory::put(transaction::Transaction& transaction, const Head& head) {
  const Datum row[] = {as_datum(head.database), Datum::of(head.since_us), as_datum(head.timeline), as_datum(head.end)};
  table_.put(transaction, row);
}

void HeadHistory::remove(transaction::Transaction& transaction, const Head& head) {
  const Datum key[] = {as_datum(head.database), Datum::of(head.since_us)};
  table_.remove(transaction, key);
}

std::vector<Head> HeadHistory::of(transaction::Transaction& transaction, Oid database) {
  std::vector<Head> out;
  for (auto& head : list(transaction))
    if (head.database == database) out.push_back(head);
  return out;
}

std::vector<Head> HeadHistory::list(transaction::Transaction& transaction) {
  std::vector<Head> out;
  table_.scan(transaction, [&](SystemTable::Row row) {
    out.push_back({to_oid(row[0]), row[1].as<std::int64_t>(), to_timeline(row[2]), to_lsn(row[3])});
  });
  return out;
}

SnapshotTable::SnapshotTable(Database& system)
    : table_(system, {.slot = SystemSlot::snapshots,
                      .columns = {oid::text, oid::oid_, oid::text, oid::int8, oid::int8, oid::int8,
                                  oid::int8, oid::int8, oid::bool_}}) {}

void SnapshotTable::insert(transaction::Transaction& transaction, const Snapshot& snapshot) {
  const Datum row[] = {as_datum(snapshot.name),
                       as_datum(snapshot.database),
                       as_datum(snapshot.database_name),
                       as_datum(snapshot.pin),
                       as_datum(snapshot.moment.timeline),
                       as_datum(snapshot.moment.lsn),
                       Datum::of(snapshot.moment.time_us),
                       Datum::of(snapshot.created_us),
                       Datum::of(snapshot.automated)};
  if (!table_.insert(transaction, row))
    throw types::SqlError("42710", fmt::format("snapshot \"{}\" already exists", snapshot.name));
}

void SnapshotTable::remove(transaction::Transaction& transaction, const std::string& name) {
  const Datum key[] = {as_datum(name)};
  table_.remove(transaction, key);
}

namespace {
Snapshot read_snapshot(SystemTable::Row row) {
  return {.name = to_string(row[0]),
          .database = to_oid(row[1]),
          .database_name = to_string(row[2]),
          .pin = to_timeline(row[3]),
          .moment = {to_timeline(row[4]), to_lsn(row[5]), row[6].as<std::int64_t>()},
          .created_us = row[7].as<std::int64_t>(),
          .automated = row[8].as<bool>()};
}
}  // namespace

std::optional<Snapshot> SnapshotTable::find(transaction::Transaction& transaction,
                                            const std::string& name) {
  const Datum key[] = {as_datum(name)};
  std::optional<Snapshot> found;
  table_.lookup(transaction, key, [&](SystemTable::Row row) { found = read_snapshot(row); });
  return found;
}

std::vector<Snapshot> SnapshotTable::list(transaction::Transaction& transaction) {
  std::vector<Snapshot> out;
  table_.scan(transaction, [&](SystemTable::Row row) { out.push_back(read_snapshot(row)); });
  return out;
}

ExpiryTable::ExpiryTable(Database& system)
    : table_(system, {.slot = SystemSlot::expiries, .columns = {oid::oid_, oid::int8}}) {}

void ExpiryTable::put(transaction::Transaction& transaction, const Expiry& expiry) {
  const Datum row[] = {as_datum(expiry.database), Datum::of(expiry.at_us)};
  table_.put(transaction, row);
}

void ExpiryTable::remove(transaction::Transaction& transaction, Oid database) {
  const Datum key[] = {as_datum(database)};
  table_.remove(transaction, key);
}

std::vector<Expiry> ExpiryTable::list(transaction::Transaction& transaction) {
  std::vector<Expiry> out;
  table_.scan(transaction, [&](SystemTable::Row row) {
    out.push_back({to_oid(row[0]), row[1].as<std::int64_t>()});
  });
  return out;
}

BranchTimes::BranchTimes(Database& system)
    : table_(system, {.slot = SystemSlot::branch_times, .columns = {oid::int8, oid::int8}}) {}

void BranchTimes::put(transaction::Transaction& transaction, wal::TimelineId timeline, std::int64_t time_us) {
  const Datum row[] = {as_datum(timeline), Datum::of(time_us)};
  table_.put(transaction, row);
}

void BranchTimes::remove(transaction::Transaction& transaction, wal::TimelineId timeline) {
  const Datum key[] = {as_datum(timeline)};
  table_.remove(transaction, key);
}

std::optional<std::int64_t> BranchTimes::find(transaction::Transaction& transaction, wal::TimelineId timeline) {
  const Datum key[] = {as_datum(timeline)};
  std::optional<std::int64_t> found;
  table_.lookup(transaction, key, [&](SystemTable::Row row) { found = row[1].as<std::int64_t>(); });
  return found;
}

std::vector<std::pair<wal::TimelineId, std::int64_t>> BranchTimes::list(transaction::Transaction& transaction) {
  std::vector<std::pair<wal::TimelineId, std::int64_t>> out;
  table_.scan(transaction, [&](SystemTable::Row row) {
    out.emplace_back(to_timeline(row[0]), row[1].as<std::int64_t>());
  });
  return out;
}

Origins::Origins(Database& system)
    : table_(system, {.slot = SystemSlot::origins, .columns = {oid::int8, oid::int8, oid::int8}}) {}

void Origins::insert(transaction::Transaction& transaction, const TimelineInfo& info) {
  const Datum row[] = {as_datum(info.timeline), as_datum(info.parent), as_datum(info.branch_lsn)};
  if (!table_.insert(transaction, row))
    throw types::SqlError("XX000", fmt::format("timeline {} was made before", wal::raw(info.timeline)));
}

void Origins::remove(transaction::Transaction& transaction, wal::TimelineId timeline) {
  const Datum key[] = {as_datum(timeline)};
  table_.remove(transaction, key);
}

// A child's number is higher than its parent's.
std::vector<TimelineInfo> Origins::list(transaction::Transaction& transaction) {
  std::vector<TimelineInfo> out;
  table_.scan(transaction, [&](SystemTable::Row row) {
    out.push_back({to_timeline(row[0]), to_timeline(row[1]), to_lsn(row[2])});
  });
  return out;
}

}  // namespace database
