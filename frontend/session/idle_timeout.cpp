#include "idle_timeout.h"

namespace session {

using transaction::Clock;

IdleTimeout::~IdleTimeout() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  auto timer = timer_;
  lock.unlock();
  if (timer) timers_.cancel(*timer);
}

void IdleTimeout::begin(std::chrono::milliseconds limit) {
  if (limit.count() == 0) return;
  auto deadline = Clock::now() + limit;
  deadline_ = deadline;
  State busy = State::busy;
  state_.compare_exchange_strong(busy, State::idle);
  std::unique_lock lock(mutex_);
  if (timer_ && due_at_ <= deadline) return;
  auto late = timer_;
  arm(deadline);
  lock.unlock();
  if (late) timers_.cancel(*late);
}

void IdleTimeout::arm(Clock::time_point when) {
  due_at_ = when;
  timer_ = timers_.call_at(when, [this] { due(); });
}

void IdleTimeout::due() {
  std::lock_guard lock(mutex_);
  auto now = Clock::now();
  // Not the timer that counts, if that is due later.
  if (closing_ || due_at_ > now) return;
  timer_.reset();
  if (state_.load() != State::idle) return;  // the next begin() starts a timer
  if (deadline_.load() > now) return arm(deadline_);
  State idle = State::idle;
  if (state_.compare_exchange_strong(idle, State::expired)) wake_();
}

}  // namespace session
