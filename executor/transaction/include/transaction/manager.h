// Transactions of one volume.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "transaction/ids.h"
#include "transaction/lock_manager.h"
#include "transaction/transaction.h"
#include "transaction/wait_control.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/volume.h"

namespace buffer {
class PagedVolume;
}
namespace btree {
class Space;
}

namespace transaction {

class TimerService;
class UsageRegistry;
struct ManagerState;

// A running transaction, for pg_stat_activity, backend_xmin and the like.
struct RunningTransaction {
  Xid xid{kNoXid};
  std::int32_t pid = 0;
  bool recovering = false;  // was in flight at the last stop, being rolled back
};

// One per open volume. Views and commits meet without a common lock: a committing transaction is
// marked so in the xid table before its commit record gets its Lsn, and whoever looks at it in
// that instant waits until the Lsn is there. So every commit at or below volume().last_lsn() is
// complete for a reader that takes that number as its view. Thread-safe.
class TransactionManager {
 public:
  struct Options {
    TimerService* timers = nullptr;   // null: one of its own
    bool purge = true;                // background purge; tests may drive purge_now() instead
    // A volume in the past, or somebody else's: nothing is written, and what was in flight stays
    // in flight for ever, unseen.
    bool read_only = false;
  };

  // Writes the first undo directory of a new volume. Before anything else uses it.
  static void format(btree::Space& space);

  // Reads the undo headers; transactions in flight at the last stop are rolled back in the
  // background while their rows stay locked. Volume, pool and space outlive it.
  TransactionManager(btree::Space& space, Options options);
  explicit TransactionManager(btree::Space& space) : TransactionManager(space, Options{}) {}
  // No transaction may be running. Stops background work.
  ~TransactionManager();
  TransactionManager(const TransactionManager&) = delete;
  TransactionManager& operator=(const TransactionManager&) = delete;

  // `wait_control` outlives the transaction.
  TransactionPtr begin(const BeginOptions& options, WaitControl& wait_control);

  btree::Space& space() const;
  buffer::PagedVolume& pages() const;
  wal::Volume& volume() const;
  LockManager& locks() const;

  // Every transaction below it has ended, is durable, and is seen by every view: its versions
  // need no check. One load.
  Xid stable_xid() const;
  // No view is below it.
  wal::Lsn oldest_view() const;
  Xid next_xid() const;
  std::vector<RunningTransaction> running() const;

  // Whom a SERIALIZABLE READ ONLY DEFERRABLE transaction of that session waits for.
  std::vector<std::int32_t> safe_snapshot_blockers(std::int32_t pid) const;

  // Empty trees, gone when the transaction aborts; dropped trees, freed after it commits and
  // when no view needs them.
  wal::PageNo create_tree(Transaction& transaction);
  void drop_tree(Transaction& transaction, wal::PageNo root, bool may_have_overflow = true);
  // A tree built elsewhere (btree::BulkLoad) becomes the transaction's: gone when it aborts.
  void adopt_tree(Transaction& transaction, wal::PageNo root);

  // The next row id of a table by row id, kept in memory; 0: not known yet (its owner looks for the
  // last one). create_tree() and adopt_tree() set it to 0. Stays where it is.
  std::atomic<std::uint64_t>& row_id_counter(wal::PageNo root);

  // About how many rows are in the tree, as far as is known since the volume was opened: who inserts
  // and deletes says so at once, a rollback takes it back. create_tree() and adopt_tree() set it to 0.
  // Stays where it is.
  std::atomic<std::int64_t>& row_counter(wal::PageNo root);

  // How much the volume's relations are used.
  UsageRegistry& usage() const;

  // What is kept in memory about a tree that is not a table; made anew by create_tree().
  struct TreeMemory {
    virtual ~TreeMemory() = default;
  };
  std::shared_ptr<TreeMemory> tree_memory(wal::PageNo root,
                                          std::shared_ptr<TreeMemory> (*make)());

  // Wakes the purge, or, for tests, does all that can be done now in the caller.
  void wake_purge();
  void purge_now();
  // Parks until transactions found in flight at start are rolled back.
  void wait_for_recovery();

  ManagerState& state() const { return *state_; }

 private:
  std::unique_ptr<ManagerState> state_;
};

}  // namespace transaction
