// Calls back later: for retries, hedged reads and deadlines, none of which needs precision.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace pagestore {

// One thread, which sleeps while nothing is due. Thread-safe.
class Timer {
 public:
  Timer();
  ~Timer();  // forgets what is not due yet
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Calls `callback` once, on the timer's thread, not before `delay` has passed. It must return
  // quickly.
  void after(std::chrono::milliseconds delay, std::function<void()> callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagestore
