// One event loop and one thread per core.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "event_loop.h"

namespace server {

// Threads run from start() to join(). Thread-safe in between.
class CoreThreads {
 public:
  explicit CoreThreads(unsigned count);
  ~CoreThreads();

  unsigned count() const { return static_cast<unsigned>(cores_.size()); }
  EventLoop& core(unsigned index) { return cores_[index]->loop; }

  void start();
  // Lets every thread end once it has no work left, and waits for that.
  void join();

 private:
  struct Core {
    EventLoop loop;
    std::thread thread;
  };
  std::vector<std::unique_ptr<Core>> cores_;
};

}  // namespace server
