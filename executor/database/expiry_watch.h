// Calls back when the time of something has come.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "types/oid.h"

namespace database {

// Thread-safe. The callback runs on a thread of its own, one at a time, and may park. The thread
// sleeps until the earliest time and is started by the first one.
class ExpiryWatch {
 public:
  explicit ExpiryWatch(std::function<void(types::Oid)> expired);
  ~ExpiryWatch();
  ExpiryWatch(const ExpiryWatch&) = delete;
  ExpiryWatch& operator=(const ExpiryWatch&) = delete;

  // Sets or moves a database's time: microseconds since the Unix epoch; in the past: at once.
  void set(types::Oid database, std::int64_t at_us);
  void forget(types::Oid database);
  // No callback runs or will run afterwards.
  void stop();

 private:
  void run();

  std::function<void(types::Oid)> expired_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<types::Oid, std::int64_t> times_;
  std::set<std::pair<std::int64_t, types::Oid>> order_;   // the same, the earliest first
  std::thread thread_;
  bool stopping_ = false;
};

}  // namespace database
