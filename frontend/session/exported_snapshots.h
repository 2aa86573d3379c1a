// Snapshots that a transaction offers to others of its database.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include <fmt/format.h>

#include "types/oid.h"
#include "wal/ids.h"
#include "wal/lsn.h"

namespace session {

// Of one server. Thread-safe.
class ExportedSnapshots {
 public:
  // The exporter keeps a view at `lsn` open until it has called remove().
  std::string add(types::Oid database, wal::TimelineId timeline, wal::Lsn lsn) {
    std::lock_guard lock(mutex_);
    std::string id = fmt::format("{:08X}-{:08X}-1", database, ++last_);
    by_id_[id] = {timeline, lsn};
    return id;
  }
  void remove(const std::string& id) {
    std::lock_guard lock(mutex_);
    by_id_.erase(id);
  }

  enum class Found : std::uint8_t { yes, no, of_another_database };
  // `use` is called while the snapshot cannot go away.
  Found find(const std::string& id, wal::TimelineId timeline, const std::function<void(wal::Lsn)>& use) {
    std::lock_guard lock(mutex_);
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return Found::no;
    if (found->second.timeline != timeline) return Found::of_another_database;
    use(found->second.lsn);
    return Found::yes;
  }

 private:
  struct Snapshot {
    wal::TimelineId timeline;  // of the database, or of the past that a session reads
    wal::Lsn lsn;
  };
  std::mutex mutex_;
  std::uint32_t last_ = 0;
  std::map<std::string, Snapshot> by_id_;
};

}  // namespace session
