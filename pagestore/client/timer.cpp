#include "pagestore/timer.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace pagestore {

using Clock = std::chrono::steady_clock;

struct Timer::Impl {
  std::mutex mutex;
  std::condition_variable changed;
  std::multimap<Clock::time_point, std::function<void()>> due;
  bool stopping = false;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (due.empty()) {
        changed.wait(lock);
        continue;
      }
      const auto first = due.begin();
      if (first->first > Clock::now()) {
        changed.wait_until(lock, first->first);
        continue;
      }
      auto callback = std::move(first->second);
      due.erase(first);
      lock.unlock();
      callback();
      callback = nullptr;  // what it holds may go only with the lock free
      lock.lock();
    }
  }
};

Timer::Timer() : impl_(std::make_unique<Impl>()) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Timer::~Timer() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void Timer::after(std::chrono::milliseconds delay, std::function<void()> callback) {
  const auto when = Clock::now() + delay;
  bool is_first;
  {
    const std::scoped_lock lock(impl_->mutex);
    const auto at = impl_->due.emplace(when, std::move(callback));
    is_first = at == impl_->due.begin();
  }
  if (is_first) impl_->changed.notify_one();
}

}  // namespace pagestore
