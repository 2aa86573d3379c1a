// The living backends: which one a CancelRequest means, and all of them at shutdown.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace server {

// Backend ids stand in for PostgreSQL's process ids. Thread-safe.
class CancelRegistry {
 public:
  struct Key {
    std::int32_t process_id;
    std::int32_t secret;
  };

  // Called from any thread until remove() returns; shut_down also by add(), when all were told before.
  struct Actions {
    std::function<void()> cancel;     // the running statement
    std::function<void(const std::string& message)> shut_down;  // the session
  };

  Key add(Actions actions);
  void remove(std::int32_t process_id);

  // Does nothing when the key is wrong: whoever guesses learns nothing.
  void cancel(std::int32_t process_id, std::int32_t secret);

  void shut_down_all(const std::string& message);

 private:
  struct Entry {
    std::int32_t secret;
    Actions actions;
  };
  mutable std::mutex mutex_;
  std::int32_t next_id_ = 1000;
  std::unordered_map<std::int32_t, Entry> entries_;
  std::optional<std::string> ending_;  // what all were told
};

}  // namespace server
