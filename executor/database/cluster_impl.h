// What the cluster's own files share.
#pragma once

#include <chrono>

#include "cluster_records.h"
#include "database/cluster.h"
#include "expiry_watch.h"
#include "transaction/manager.h"
#include "wal/parker.h"

namespace database {

// Unix epoch, microseconds.
inline std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

// A transaction of the cluster's own in the system volume: aborted unless committed.
class SystemTransaction {
 public:
  explicit SystemTransaction(Database& system)
      : system_(system), transaction_(system.transactions().begin({}, control_)) {}
  ~SystemTransaction() {
    if (transaction_) transaction_->abort();
  }
  transaction::Transaction& operator*() { return *transaction_; }

  // Returns when it is durable.
  void commit() {
    auto lsn = transaction_->commit();
    transaction_.reset();
    auto durable = system_.volume().wait_durable(lsn);
    if (!durable) throw StorageError("could not commit to the system volume", durable.error());
  }

 private:
  Database& system_;
  transaction::WaitControl control_;
  transaction::TransactionPtr transaction_;
};

// An entry exists from the first connection to a database until it is dropped.
struct Cluster::Entry {
  Oid oid = 0;
  wal::TimelineId timeline = wal::kNoTimeline;
  enum class State : std::uint8_t {
    closed, opening, open, closing, moving, dropping, dropped
  } state = State::closed;
  std::unique_ptr<Database> database;
  std::vector<wal::Parker*> waiting;      // for opening, or for the last session to leave
  std::unordered_map<std::uint64_t, std::function<void()>> uses;  // what evicts each session
  std::uint64_t next_use = 1;
  bool expires_after_last_session = false;
  bool had_session = false;
  // Where it stands among the open ones that nobody uses.
  std::optional<std::list<Oid>::iterator> idle;
  std::int64_t idle_since_us = 0;
  bool idle_timer_set = false;
  // How far history may be given up, but for views and pins; kNoLsn: not looked for yet.
  wal::Lsn horizon = wal::kNoLsn;
  std::optional<Retention> retention;                    // that it was looked for with
  std::chrono::steady_clock::time_point next_search{};
  bool is_settled = false;   // closed, and nothing of its own is younger than the horizon

  void wake_all() {
    for (auto* parker : waiting) parker->unpark();
    waiting.clear();
  }
};

}  // namespace database
