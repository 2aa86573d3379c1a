// The sessions of one server, as they reach each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "activity.h"
#include "exported_snapshots.h"
#include "notifications.h"
#include "statement_statistics.h"

namespace session {

// Thread-safe. Lives as long as the SessionEnvironment.
class Backends {
 public:
  // What can be done to a session from outside; called from any thread, short, never waiting.
  struct Actions {
    std::function<void()> cancel, terminate;
  };

  // What a session is, from its start to its end but for the application's name.
  struct Description {
    std::int32_t pid = 0;
    std::uint32_t database = 0, user = 0;       // OIDs
    std::string application_name;
    std::string client_host;
    std::uint16_t client_port = 0;
    bool encrypted = false;
    std::int64_t started = 0;                   // timestamptz
    const Activity* activity = nullptr;         // until remove()
  };

  // When the server began to take sessions: timestamptz.
  std::int64_t started() const { return started_; }

  void add(Description description, Actions actions) {
    std::lock_guard lock(mutex_);
    const std::int32_t pid = description.pid;
    sessions_[pid] = {std::move(description), std::move(actions)};
  }
  void rename_application(std::int32_t pid, std::string name) {
    std::lock_guard lock(mutex_);
    if (const auto found = sessions_.find(pid); found != sessions_.end())
      found->second.description.application_name = std::move(name);
  }
  // Calls for each session, by ascending process id; nobody connects or leaves meanwhile.
  void for_each(const std::function<void(const Description&)>& visit) {
    std::lock_guard lock(mutex_);
    for (const auto& [pid, session] : sessions_) visit(session.description);
  }
  void remove(std::int32_t pid) {
    std::lock_guard lock(mutex_);
    sessions_.erase(pid);
  }

  bool is_connected(std::int32_t pid) {
    std::lock_guard lock(mutex_);
    return sessions_.contains(pid);
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
  StatementStatistics& statements() { return statements_; }

 private:
  template <typename Action>
  bool act(std::int32_t pid, Action action) {
    std::lock_guard lock(mutex_);
    const auto found = sessions_.find(pid);
    if (found == sessions_.end()) return false;
    action(found->second.actions);
    return true;
  }

  static std::int64_t now() {
    using namespace std::chrono;
    constexpr std::int64_t kUnixToPostgres = 946'684'800'000'000;  // microseconds up to 2000-01-01
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count() - kUnixToPostgres;
  }

  const std::int64_t started_ = now();
  std::mutex mutex_;
  struct Session {
    Description description;
    Actions actions;
  };
  std::map<std::int32_t, Session> sessions_;
  Notifications notifications_;
  ExportedSnapshots snapshots_;
  StatementStatistics statements_;
};

}  // namespace session
