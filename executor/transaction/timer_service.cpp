#include "transaction/timer_service.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace transaction {
namespace {

class ThreadTimer final : public TimerService {
 public:
  ~ThreadTimer() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  Id call_at(Clock::time_point when, std::function<void()> callback) override {
    std::unique_lock lock(mutex_);
    const std::uint64_t id = ++last_id_;
    const auto place = calls_.emplace(std::pair(when, id), std::move(callback)).first;
    times_.emplace(id, when);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    const bool is_first = place == calls_.begin();
    lock.unlock();
    if (is_first) wake_.notify_all();
    return Id{id};
  }

  void cancel(Id id) override {
    std::unique_lock lock(mutex_);
    if (const auto time = times_.find(std::uint64_t(id)); time != times_.end()) {
      calls_.erase(std::pair(time->second, time->first));
      times_.erase(time);
      return;
    }
    // It may be running: what it refers to must not go away under it.
    done_.wait(lock, [&] { return running_ != std::uint64_t(id); });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (calls_.empty()) {
        wake_.wait(lock);
        continue;
      }
      const auto first = calls_.begin();
      if (const Clock::time_point when = first->first.first; when > Clock::now()) {
        wake_.wait_until(lock, when);
        continue;
      }
      const std::function<void()> callback = std::move(first->second);
      running_ = first->first.second;
      times_.erase(running_);
      calls_.erase(first);
      lock.unlock();
      callback();
      lock.lock();
      running_ = 0;
      done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::map<std::pair<Clock::time_point, std::uint64_t>, std::function<void()>> calls_;
  std::unordered_map<std::uint64_t, Clock::time_point> times_;
  std::uint64_t last_id_ = 0;
  std::uint64_t running_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<TimerService> make_thread_timer() { return std::make_unique<ThreadTimer>(); }

}  // namespace transaction
