// How long a session works and waits: the times of pg_stat_database.
#pragma once

#include <cstdint>

#include "transaction/usage.h"

namespace session {

// Times are in microseconds since one moment. Not thread-safe.
class SessionTimes {
 public:
  explicit SessionTimes(std::int64_t started) : counted_until_(started) {}

  // A statement begins, perhaps one of several before the session waits again.
  void works(transaction::UsageRegistry& usage, std::int64_t now) {
    if (active_since_ != 0) return;
    active_since_ = now;
    add(usage, transaction::UsageRegistry::idle_in_transaction_us, idle_in_transaction_since_, now);
    idle_in_transaction_since_ = 0;
  }
  // The session waits for its client.
  void waits(transaction::UsageRegistry& usage, std::int64_t now, bool in_transaction) {
    add(usage, transaction::UsageRegistry::active_us, active_since_, now);
    add(usage, transaction::UsageRegistry::session_us, counted_until_, now);
    active_since_ = 0;
    counted_until_ = now;
    if (!in_transaction) idle_in_transaction_since_ = 0;
    else if (idle_in_transaction_since_ == 0) idle_in_transaction_since_ = now;
  }

 private:
  // 0: not begun. The clock may have been set back.
  static void add(transaction::UsageRegistry& usage, transaction::UsageRegistry::Counter counter,
                  std::int64_t since, std::int64_t now) {
    if (since != 0 && now > since) usage.add(counter, static_cast<std::uint64_t>(now - since));
  }

  std::int64_t counted_until_;
  std::int64_t active_since_ = 0, idle_in_transaction_since_ = 0;
};

}  // namespace session
