#include "worker_threads.h"

#include <algorithm>

#include <pthread.h>

namespace operators {

WorkerThreads& WorkerThreads::shared() {
  static WorkerThreads threads(std::max(1u, std::thread::hardware_concurrency()));
  return threads;
}

WorkerThreads::~WorkerThreads() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerThreads::try_run(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  if (idle_ > 0) {
    --idle_;
  } else {
    if (threads_.size() == limit_) return false;
    threads_.emplace_back([this] { run(); });
    pthread_setname_np(threads_.back().native_handle(), "parallel worker");
  }
  jobs_.push_back(std::move(job));
  wake_.notify_one();
  return true;
}

void WorkerThreads::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    ++idle_;
  }
}

}  // namespace operators
