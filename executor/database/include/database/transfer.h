// How far an export or a restore is, and how to end it: what its thread and whoever waits share.
#pragma once

#include <atomic>
#include <cstdint>

namespace database {

// Thrown by the work when it was told to stop.
struct TransferStopped {};

class Transfer {
 public:
  std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }
  // 0: not known yet.
  std::uint64_t total() const { return total_.load(std::memory_order_relaxed); }
  void stop() { stopped_.store(true, std::memory_order_relaxed); }

  // For the work, in bytes.
  void expect(std::uint64_t total) { total_.store(total, std::memory_order_relaxed); }
  void advance(std::uint64_t bytes) {
    done_.fetch_add(bytes, std::memory_order_relaxed);
    check();
  }
  void check() const {
    if (stopped_.load(std::memory_order_relaxed)) throw TransferStopped();
  }

 private:
  std::atomic<std::uint64_t> done_{0}, total_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace database
