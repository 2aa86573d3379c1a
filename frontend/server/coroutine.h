// A stackful coroutine of one event loop: what a session runs in.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include <boost/context/fiber.hpp>

#include "event_loop.h"
#include "wal/parker.h"

namespace types {
class SessionServices;
}

namespace server {

// Stays on its loop's thread, where it is the current Parker while it runs. It owns itself from
// start() on: its body's return is its end.
class Coroutine final : public wal::Parker, private EventLoop::Task, private EventLoop::Resting {
 public:
  using Body = std::function<void(Coroutine&)>;

  // Runs `body`, which does not throw, on the loop's thread. Any thread.
  static void start(EventLoop& loop, std::size_t stack_bytes, Body body);

  EventLoop& loop() const { return loop_; }

  // wal::Parker. An unpark from another thread is a link in the loop's queue, and a wake-up if it
  // sleeps.
  void park() override;
  void unpark() override;

  // The rest belongs to the loop's thread.

  // Gives the thread away until resume().
  void suspend();
  // The same for what may take long, the client's next message: the stack's pages that nothing is on go back to the
  // kernel after a while.
  void rest();
  void resume() { loop_.submit(*this); }
  // Lets the others go first.
  void yield();

  // Says, while the coroutine waits, whether others wait for it. Empty: never.
  void set_urgency(std::function<bool()> is_urgent) { is_urgent_ = std::move(is_urgent); }
  bool is_urgent() const override { return is_urgent_ && is_urgent_(); }

 private:
  enum class State : int { running, parked, signalled };

  Coroutine(EventLoop& loop, std::size_t stack_bytes, Body body);
  virtual ~Coroutine() = default;
  void run() override;
  void give_back() override;

  EventLoop& loop_;
  std::atomic<State> state_{State::running};
  std::function<bool()> is_urgent_;
  types::SessionServices* session_ = nullptr;  // the current one while it does not run
  std::byte* stack_low_ = nullptr;  // where the stack may grow to
  std::byte* resting_at_ = nullptr;  // where on it rest() is
  boost::context::fiber fiber_;   // the coroutine, while it does not run
  boost::context::fiber caller_;  // the loop, while it does
};

}  // namespace server
