#include "expiry_watch.h"

#include <algorithm>
#include <chrono>

namespace database {

using types::Oid;

ExpiryWatch::ExpiryWatch(std::function<void(Oid)> expired) : expired_(std::move(expired)) {}

ExpiryWatch::~ExpiryWatch() { stop(); }

void ExpiryWatch::set(Oid database, std::int64_t at_us) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  times_[database] = at_us;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_one();
}

void ExpiryWatch::forget(Oid database) {
  std::lock_guard lock(mutex_);
  times_.erase(database);
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
    auto next = std::ranges::min_element(times_, {}, [](const auto& each) { return each.second; });
    if (next == times_.end()) {
      changed_.wait(lock);
      continue;
    }
    const system_clock::time_point when{
        duration_cast<system_clock::duration>(microseconds(next->second))};
    if (system_clock::now() < when) {
      changed_.wait_until(lock, when);
      continue;
    }
    const Oid database = next->first;
    times_.erase(next);
    lock.unlock();
    expired_(database);
    lock.lock();
  }
}

}  // namespace database
