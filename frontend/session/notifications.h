// LISTEN and NOTIFY: from the sender's commit to the listener's inbox.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "types/oid.h"

namespace session {

struct Notification {
  std::string channel, payload;
  bool operator==(const Notification&) const = default;
};

// Of one server. A transaction reserves its place while it holds the database's notification lock,
// before it commits, and publishes when its commit is durable: so listeners hear of transactions
// in the order of their commits, and of no commit that a crash could still take back. Thread-safe.
class Notifications {
 public:
  // What one transaction said; shared by all who have not heard it yet.
  struct Batch {
    Batch(std::atomic<std::size_t>& queued, types::Oid database, std::int32_t pid,
          std::vector<Notification> messages);
    ~Batch();
    std::atomic<std::size_t>& queued;
    const types::Oid database;
    const std::int32_t pid;
    const std::vector<Notification> messages;
    std::size_t bytes = 0;
    enum class State : std::uint8_t { reserved, published, discarded } state = State::reserved;
  };
  using BatchPtr = std::shared_ptr<Batch>;

  // One listening session. `wake` is called, from any thread, when something has come.
  class Listener {
   public:
    Listener(Notifications& hub, types::Oid database, std::function<void()> wake);
    ~Listener();
    // Changes take effect at once; the session calls it when the LISTEN has committed.
    void set_channels(std::set<std::string> channels);
    // What has come for this session's channels, oldest first.
    std::vector<std::pair<std::int32_t, Notification>> take();
    bool has_any() const { return any_.load(std::memory_order_acquire); }

   private:
    friend class Notifications;
    Notifications& hub_;
    const types::Oid database_;
    const std::function<void()> wake_;
    std::set<std::string> channels_;   // guarded by the hub's mutex, as is inbox_
    std::deque<BatchPtr> inbox_;
    std::atomic<bool> any_{false};
  };

  // 54000 when those who listen are too far behind.
  BatchPtr reserve(types::Oid database, std::int32_t pid, std::vector<Notification> messages);
  void publish(const BatchPtr& batch) { settle(batch, Batch::State::published); }
  void discard(const BatchPtr& batch) { settle(batch, Batch::State::discarded); }

  // What pg_notification_queue_usage() says: 0 to 1.
  double usage() const;

 private:
  static constexpr std::size_t kMaxQueuedBytes = std::size_t{256} << 20;

  void settle(const BatchPtr& batch, Batch::State state);

  std::atomic<std::size_t> queued_{0};  // bytes; first, so that it outlives the batches below
  std::mutex mutex_;
  std::deque<BatchPtr> pending_;        // reserved, and published behind one that is reserved
  std::set<Listener*> listeners_;
};

}  // namespace session
