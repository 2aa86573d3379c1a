// Threads that run parts of plans beside the sessions' own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace operators {

// As many threads as there are processors, started when first needed and kept. A job may park: it
// blocks its thread. Thread-safe.
class WorkerThreads {
 public:
  explicit WorkerThreads(std::size_t limit) : limit_(limit) {}
  ~WorkerThreads();
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  // The process's.
  static WorkerThreads& shared();
  std::size_t limit() const { return limit_; }

  // Runs `job` at once, or not at all (false) when every thread is busy: whoever asks goes on
  // alone then, so that nobody waits for a thread. The job throws nothing.
  bool try_run(std::function<void()> job);

 private:
  void run();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::deque<std::function<void()>> jobs_;  // each has a thread that will take it
  std::size_t idle_ = 0;                    // threads without a job, those of jobs_ not counted
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace operators
