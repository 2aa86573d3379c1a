// Numbers for timelines, each given once in the life of a cluster.
#pragma once

#include <cstdint>
#include <mutex>

#include "database/database.h"
#include "wal/ids.h"

namespace database {

// The system volume holds a limit that no number given out has reached. It rises by a block at a time, so
// that making a timeline seldom waits for it; what is left of a block when the server stops is never given.
// Thread-safe; parks.
class TimelineNumbers {
 public:
  explicit TimelineNumbers(Database& system) : system_(system) {}
  TimelineNumbers(const TimelineNumbers&) = delete;
  TimelineNumbers& operator=(const TimelineNumbers&) = delete;

  // StorageError when the limit could not be raised.
  wal::TimelineId next();

 private:
  struct Block {
    std::uint64_t next = 0, end = 0;
  };
  // A new block that is durably ours.
  Block reserve();

  Database& system_;
  std::mutex mutex_;   // guards block_; never held while parked
  Block block_;
};

}  // namespace database
