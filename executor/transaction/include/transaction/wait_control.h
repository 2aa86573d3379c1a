// How long somebody is ready to wait, and how to make them stop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "wal/parker.h"

namespace transaction {

// Why a wait, or a running statement, must end early.
enum class Interrupt : std::uint8_t {
  none,
  cancel,              // 57014 canceling statement due to user request
  statement_timeout,   // 57014 canceling statement due to statement timeout
  terminate,           // 57P01 terminating connection due to administrator command
  idle_timeout,        // 25P03 / 57P05, decided by the session
};

// One per session. The session's thread of control waits through it; interrupt() may come from
// any thread and is seen by a wait at once, by running operators at their next check().
class WaitControl {
 public:
  // Zero: no limit. Changed by the session between statements.
  std::chrono::milliseconds lock_timeout{0};
  // How long a lock wait lasts before a deadlock is looked for.
  std::chrono::milliseconds deadlock_timeout{1000};

  void interrupt(Interrupt why);
  // The session does it when it has answered; a cancel that came too late is forgotten.
  void clear() { pending_.store(Interrupt::none, std::memory_order_relaxed); }

  Interrupt pending() const { return pending_.load(std::memory_order_relaxed); }

  // Throws SqlError for a pending interrupt. One relaxed load when there is none.
  void check() const {
    if (pending() != Interrupt::none) [[unlikely]]
      raise(pending());
  }
  [[noreturn]] static void raise(Interrupt why);

  // Marks the current Parker as the one to wake on interrupt() while it lives.
  class Waiting {
   public:
    explicit Waiting(WaitControl& control);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    WaitControl& control_;
  };

 private:
  std::atomic<Interrupt> pending_{Interrupt::none};
  std::mutex mutex_;
  wal::Parker* parker_ = nullptr;  // guarded by mutex_
};

}  // namespace transaction
