// wal::Parker for a stackful coroutine: parking gives the thread back to its io_context.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/spawn.hpp>

#include "wal/parker.h"

namespace server {

// Lives on the coroutine's stack. Whatever else the coroutine suspends for (a socket) goes
// through suspended(), so that this thread's current Parker is always the running coroutine's.
class CoroutineParker final : public wal::Parker {
 public:
  explicit CoroutineParker(boost::asio::yield_context yield);

  void park() override;
  void unpark() override;

  // How many coroutines of this thread are parked: they wait for the engine, not for a client.
  static unsigned parked_here();

  // Runs an operation that suspends this coroutine and returns its result.
  template <typename Operation>
  auto suspended(Operation&& operation) {
    installed_.reset();
    struct Reinstall {
      CoroutineParker& self;
      ~Reinstall() { self.installed_.emplace(self); }
    } reinstall{*this};
    return operation(yield_);
  }

 private:
  enum class State : int { running, parked, signalled };

  std::function<void()> take_resume();

  boost::asio::yield_context yield_;
  boost::asio::any_io_executor executor_;
  std::atomic<State> state_{State::running};
  std::function<void()> resume_;  // set while parked; belongs to who ends that state
  std::optional<wal::ScopedParker> installed_;
};

}  // namespace server
