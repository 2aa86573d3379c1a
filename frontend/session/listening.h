// What one session listens to and what its transaction is about to say.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "notifications.h"

namespace session {

class SessionState;

// LISTEN, UNLISTEN and NOTIFY take effect when the transaction commits; until then they are kept
// with the number of savepoints that were open.
class Listening {
 public:
  Listening(Notifications& hub, types::Oid database, std::int32_t pid, std::function<void()> wake)
      : hub_(hub), database_(database), pid_(pid), wake_(std::move(wake)) {}

  void listen(const std::string& channel, std::size_t depth);
  void unlisten(const std::string& channel, std::size_t depth);  // empty: every channel
  // 22023 for a bad name or a payload of 8000 bytes or more.
  void notify(const std::string& channel, const std::string& payload, std::size_t depth);

  // Before the commit: the transaction's place among the notifications, when it has any. The
  // caller holds the database's notification lock (has_notifications()).
  bool has_notifications() const { return !messages_.empty(); }
  bool has_changes() const { return batch_ != nullptr || !actions_.empty(); }
  bool is_in_use() const { return !messages_.empty() || !actions_.empty(); }
  void prepare_commit();
  // The commit is durable.
  void committed();
  void rolled_back();
  // ROLLBACK TO a savepoint below which `depth` are open; RELEASE down to `depth` open ones.
  void rolled_back_to(std::size_t depth);
  void released_to(std::size_t depth);

  // Channels listened to, in the order of pg_listening_channels().
  const std::vector<std::string>& channels() const { return channels_; }
  std::vector<std::pair<std::int32_t, Notification>> take() {
    return listener_ ? listener_->take() : std::vector<std::pair<std::int32_t, Notification>>{};
  }
  bool has_any() const { return listener_ && listener_->has_any(); }

 private:
  struct Action {
    enum class Kind : std::uint8_t { listen, unlisten, unlisten_all } kind;
    std::string channel;
    std::size_t depth;
  };
  struct Said {
    Notification notification;
    std::size_t depth;
  };

  Notifications& hub_;
  const types::Oid database_;
  const std::int32_t pid_;
  const std::function<void()> wake_;
  std::vector<Action> actions_;
  std::vector<Said> messages_;
  Notifications::BatchPtr batch_;
  std::vector<std::string> channels_;
  std::unique_ptr<Notifications::Listener> listener_;
};

}  // namespace session
