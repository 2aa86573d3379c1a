#include "client_watch.h"

namespace session {

ClientWatch::ClientWatch(transaction::TimerService& timers, std::chrono::milliseconds interval,
                         const std::function<bool()>& is_there, std::function<void()> gone)
    : timers_(timers), interval_(interval), is_there_(is_there), gone_(std::move(gone)) {
  std::lock_guard lock(mutex_);
  timer_ = timers_.call_at(transaction::Clock::now() + interval_, [this] { look(); });
}

ClientWatch::~ClientWatch() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  auto timer = timer_;
  lock.unlock();
  if (timer) timers_.cancel(*timer);
}

void ClientWatch::look() {
  std::lock_guard lock(mutex_);
  if (closing_) return;
  timer_.reset();
  if (!is_there_()) return gone_();
  timer_ = timers_.call_at(transaction::Clock::now() + interval_, [this] { look(); });
}

}  // namespace session
