// The sessions of one server, as they reach each other.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "exported_snapshots.h"
#include "notifications.h"

namespace session {

// Thread-safe. Lives as long as the SessionEnvironment.
class Backends {
 public:
  // What can be done to a session from outside; called from any thread, short, never waiting.
  struct Actions {
    std::function<void()> cancel, terminate;
  };

  void add(std::int32_t pid, Actions actions) {
    std::lock_guard lock(mutex_);
    actions_[pid] = std::move(actions);
  }
  void remove(std::int32_t pid) {
    std::lock_guard lock(mutex_);
    actions_.erase(pid);
  }

  bool is_connected(std::int32_t pid) {
    std::lock_guard lock(mutex_);
    return actions_.contains(pid);
  }
  // False: there is no such session.
  bool cancel(std::int32_t pid) {
    return act(pid, [](Actions& actions) { actions.cancel(); });
  }
  bool terminate(std::int32_t pid) {
    return act(pid, [](Actions& actions) { actions.terminate(); });
  }

  Notifications& notifications() { return notifications_; }
  ExportedSnapshots& snapshots() { return snapshots_; }

 private:
  template <typename Action>
  bool act(std::int32_t pid, Action action) {
    std::lock_guard lock(mutex_);
    const auto found = actions_.find(pid);
    if (found == actions_.end()) return false;
    action(found->second);
    return true;
  }

  std::mutex mutex_;
  std::unordered_map<std::int32_t, Actions> actions_;
  Notifications notifications_;
  ExportedSnapshots snapshots_;
};

}  // namespace session
