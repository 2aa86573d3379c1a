// Being called at a time: what turns a wait into a wait with a limit.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace transaction {

using Clock = std::chrono::steady_clock;

// Thread-safe. Callbacks run on the service's own thread, are short and never wait.
class TimerService {
 public:
  enum class Id : std::uint64_t {};

  virtual ~TimerService() = default;

  virtual Id call_at(Clock::time_point when, std::function<void()> callback) = 0;

  // Afterwards the callback is neither running nor will it run.
  virtual void cancel(Id id) = 0;
};

// One thread, asleep until the earliest call is due; started by the first call.
std::unique_ptr<TimerService> make_thread_timer();

}  // namespace transaction
