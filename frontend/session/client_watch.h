// client_connection_check_interval: a statement ends when its client has gone away.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "transaction/timer_service.h"

namespace session {

// Looks every `interval` while it lives. Both calls come from the timer's thread.
class ClientWatch {
 public:
  ClientWatch(transaction::TimerService& timers, std::chrono::milliseconds interval,
              const std::function<bool()>& is_there, std::function<void()> gone);
  ~ClientWatch();
  ClientWatch(const ClientWatch&) = delete;
  ClientWatch& operator=(const ClientWatch&) = delete;

 private:
  void look();

  transaction::TimerService& timers_;
  const std::chrono::milliseconds interval_;
  const std::function<bool()>& is_there_;
  const std::function<void()> gone_;
  std::mutex mutex_;  // held while look() runs
  std::optional<transaction::TimerService::Id> timer_;
  bool closing_ = false;
};

}  // namespace session
