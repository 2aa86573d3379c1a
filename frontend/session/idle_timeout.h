// How long a session may wait for its client: idle_session_timeout and
// idle_in_transaction_session_timeout.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

#include "transaction/timer_service.h"

namespace session {

// One per session. begin() and end() cost a store each: the timer that runs is left alone, and
// looks when it is due whether the wait that it was for still lasts.
class IdleTimeout {
 public:
  // `wake` is called from the timer's thread when a wait has lasted too long.
  IdleTimeout(transaction::TimerService& timers, std::function<void()> wake)
      : timers_(timers), wake_(std::move(wake)) {}
  ~IdleTimeout();
  IdleTimeout(const IdleTimeout&) = delete;
  IdleTimeout& operator=(const IdleTimeout&) = delete;

  // The client has been told that it may go on. Zero: no limit.
  void begin(std::chrono::milliseconds limit);
  // The client did go on; a limit that had passed before counts.
  void end() {
    State idle = State::idle;
    state_.compare_exchange_strong(idle, State::busy);
  }
  bool expired() const { return state_.load() == State::expired; }

 private:
  enum class State : std::uint8_t { busy, idle, expired };

  void due();
  void arm(transaction::Clock::time_point when);

  transaction::TimerService& timers_;
  std::function<void()> wake_;
  std::atomic<State> state_{State::busy};
  std::atomic<transaction::Clock::time_point> deadline_{};
  std::mutex mutex_;  // guards what follows, and is held while due() runs
  std::optional<transaction::TimerService::Id> timer_;
  transaction::Clock::time_point due_at_{};
  bool closing_ = false;
};

}  // namespace session
