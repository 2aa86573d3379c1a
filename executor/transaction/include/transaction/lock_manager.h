// Locks of one volume: tables, rows, transactions and advisory ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "transaction/ids.h"
#include "transaction/lock_modes.h"
#include "wal/ids.h"

namespace transaction {

class Transaction;
class TimerService;

// What is locked. Rows are named by their tree and a 64-bit hash of their key: two rows that
// share one wait for each other without need, never the other way round.
struct LockTag {
  enum class Kind : std::uint8_t { relation, row, transaction, advisory };
  Kind kind = Kind::relation;
  // row: root page; transaction: kVirtualTransaction for one named by pid and serial;
  std::uint32_t space = 0;   // advisory: 1 = one bigint, 2 = two integers, 3 = ours
  std::uint64_t object = 0;  // relation: pg_class.oid; row: hash; transaction: xid; advisory: key
  bool operator==(const LockTag&) const = default;
};

inline constexpr std::uint32_t kVirtualTransaction = 1;

LockTag row_tag(wal::PageNo root, std::span<const std::byte> key);
LockTag advisory_tag(std::int64_t key);
LockTag advisory_tag(std::int32_t key1, std::int32_t key2);
// Held while a transaction with notifications commits; no user can name it.
LockTag notification_tag();

enum class AdvisoryMode : std::uint8_t { shared, exclusive };

// One line of pg_locks.
struct LockInfo {
  LockTag tag;
  std::int32_t pid = 0;
  Xid xid{kNoXid};            // of the holder or waiter
  std::uint32_t serial = 0;   // with the pid: its virtual transaction id
  std::string_view mode;      // "RowExclusiveLock", ...
  bool granted = true;
  bool fast_path = false;
};

// Waits end with SqlError: 40P01 deadlock detected, 55P03 lock timeout, 57014 cancelled. Waiting
// is first come, first served: a lock given up goes to exactly the first waiters that fit, and is
// theirs before they run. Thread-safe.
class LockManager {
 public:
  explicit LockManager(TimerService& timers);
  ~LockManager();
  LockManager(const LockManager&) = delete;
  LockManager& operator=(const LockManager&) = delete;

  // Held until the transaction (or the savepoint it was taken after) ends. False: not to be had
  // at once and `wait` is not block. Taking a lock again costs a look into the transaction.
  bool lock_table(Transaction& transaction, std::uint32_t relation, TableLockMode mode,
                  LockWait wait = LockWait::block);

  // Takes or gives back session locks on behalf of a session, told by `session` (the pid); a
  // transaction stands for it while waiting.
  bool lock_advisory(Transaction& transaction, LockTag tag, AdvisoryMode mode, bool for_session,
                     LockWait wait = LockWait::block);
  // False (with PostgreSQL's warning for the caller to give) when it was not held.
  bool unlock_advisory(std::int32_t session, LockTag tag, AdvisoryMode mode);
  void unlock_all_advisory(std::int32_t session);

  // Whose change of a row is not committed yet holds it implicitly, by the row's xid.
  struct InFlight {
    Xid xid{kNoXid};
    RowLockMode mode = RowLockMode::update;
  };

  // Gives a transaction the lock that it has by its change, so that others can wait for it and the
  // row passes to exactly the next in line. Only with the row's leaf latched, where the change was
  // seen: else it may be rolled back to a savepoint meanwhile, and the lock stands for nothing.
  // False: the transaction has ended.
  bool make_explicit(const LockTag& tag, const InFlight& in_flight);

  enum class RowGrab : std::uint8_t {
    refused,      // not to be had at once, and `wait` is not block
    taken,
    held_before,  // in the same mode
  };
  // Locks a row explicitly. Afterwards the caller looks at the row again under its leaf's latch:
  // another change may have come between. No latch may be held.
  RowGrab lock_row(Transaction& transaction, const LockTag& tag, RowLockMode mode, LockWait wait);
  // Gives back what lock_row has just taken.
  void unlock_row(Transaction& transaction, const LockTag& tag, RowLockMode mode);
  // Waits like lock_row but keeps nothing: for keys that somebody is about to decide.
  void wait_for_row(Transaction& transaction, const LockTag& tag);
  // Whether somebody else's explicit lock stands in the way. Does not wait: with the row's leaf
  // latched, a false stays true until the latch goes.
  bool row_is_locked(Transaction& transaction, const LockTag& tag, RowLockMode mode) const;

  // Keeps others from looking at, and then filling, the same place, for the moment that takes. The
  // holder may wait for pages, not for other locks.
  class KeyGuard {
   public:
    KeyGuard(LockManager& manager, Transaction& transaction, const LockTag& tag);
    ~KeyGuard();
    KeyGuard(const KeyGuard&) = delete;
    KeyGuard& operator=(const KeyGuard&) = delete;

   private:
    LockManager& manager_;
    Transaction& transaction_;
    const LockTag tag_;
    bool release_;
  };

  // Whether others wait, or have waited, for what the transaction holds: whoever runs it had better
  // run it soon. A hint, of one relaxed load.
  static bool is_waited_for(Transaction& transaction);

  // For pg_locks, pg_blocking_pids() and pg_isolation_test_session_is_blocked().
  std::vector<LockInfo> list() const;
  std::vector<std::int32_t> blockers_of(std::int32_t pid) const;
  // How many were found since the volume was opened.
  std::uint64_t deadlocks() const;

  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace transaction
