#include "expiry_watch.h"

#include <chrono>
#include <utility>

namespace database {

using types::Oid;

ExpiryWatch::ExpiryWatch(std::function<void(Oid)> expired) : expired_(std::move(expired)) {}

ExpiryWatch::~ExpiryWatch() { stop(); }

void ExpiryWatch::set(Oid database, std::int64_t at_us) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  auto [entry, is_new] = times_.try_emplace(database, at_us);
  if (!is_new) order_.erase({std::exchange(entry->second, at_us), database});
  order_.emplace(at_us, database);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_one();
}

void ExpiryWatch::forget(Oid database) {
  std::lock_guard lock(mutex_);
  if (auto found = times_.find(database); found != times_.end()) {
    order_.erase({found->second, database});
    times_.erase(found);
  }
}

void ExpiryWatch::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void ExpiryWatch::run() {
  using namespace std::chrono;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (order_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto [at_us, database] = *order_.begin();
    const system_clock::time_point when{duration_cast<system_clock::duration>(microseconds(at_us))};
    if (system_clock::now() < when) {
      changed_.wait_until(lock, when);
      continue;
    }
    order_.erase(order_.begin());
    times_.erase(database);
    lock.unlock();
    expired_(database);
    lock.lock();
  }
}

}  // namespace database
