// What the parts of the transaction manager share.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "btree/space.h"
#include "btree/tree.h"
#include "conflict_graph.h"
#include "given_back.h"
#include "prepared_list.h"
#include "rolled_back.h"
#include "buffer/paged_volume.h"
#include "transaction/lock_manager.h"
#include "transaction/manager.h"
#include "transaction/timer_service.h"
#include "transaction/usage.h"
#include "undo_store.h"
#include "view_registry.h"
#include "wal/volume.h"
#include "xid_table.h"

namespace transaction {

// Unix epoch, microseconds.
std::int64_t system_clock_us();

struct ManagerState {
  ManagerState(btree::Space& space, const TransactionManager::Options& options);
  ~ManagerState();

  // What was in flight at the last stop: prepared transactions are there again, the others are
  // rolled back in the background.
  void start(TransactionManager& manager);

  Xid assign_xid();
  // min(oldest view, VDL): what ended at or below it is the same for everybody, for ever.
  wal::Lsn horizon() { return views.oldest(volume); }
  void advance_stable() {
    xids->advance(Xid{next_xid.load(std::memory_order_acquire)}, horizon());
  }
  // A transaction has ended at `lsn`; its locks and its log are still its own.
  void ended(UndoLog& log, wal::PageNo page, std::uint16_t end, wal::Lsn lsn);

  // Undoes records from `from` down to (not including) `until`, newest first. Parks.
  void undo(UndoPointer from, UndoPointer until, UndoLog& log);
  void undo_one(UndoPointer pointer, const UndoRecord& record, UndoLog& log);
  // Persists that the log's transaction needs no undo at or above `record`.
  void set_last_record(UndoLog& log, UndoPointer record);
  void undo_create_tree(const UndoRecord& record, UndoLog& log);
  // Of every entry that is not deleted; `before_first` is called before the first is freed.
  void free_overflow_of(const btree::Tree& tree, btree::FunctionRef<void()> before_first);

  void purge_once();
  void purge_log(UndoLog& log, wal::Lsn limit);
  // `ended`: at or behind the end of the transaction that wrote it.
  void purge_record(UndoLog& log, UndoPointer pointer, const UndoRecord& record, wal::Lsn ended);
  void persist_purged(UndoLog& log, std::uint16_t offset);
  void execute_drops();
  void free_references(Bytes references);

  // The end of a transaction in its log (null: it wrote nothing), with its control record.
  std::int64_t end_time_us();
  wal::Lsn end_log(UndoLog* log, Xid xid, LogState log_state, wal::RecordKind kind);
  void roll_back_unfinished();
  void run_background();
  void wake();
  void stop();

  btree::Space& space;
  buffer::PagedVolume& pages;
  wal::Volume& volume;
  const TransactionManager::Options options;
  std::unique_ptr<TimerService> own_timers;
  LockManager locks;
  ViewRegistry views;
  ConflictGraph conflicts;
  PreparedList prepared;
  UndoStore undo_logs;

  std::unique_ptr<XidTable> xids;
  RolledBack rolled_back;
  std::atomic<std::uint64_t> next_xid{0};
  // When the newest commit or abort was: Unix epoch, microseconds.
  std::atomic<std::int64_t> newest_end_us{0};
  std::int64_t (*clock_us)() = &system_clock_us;   // another one in tests
  GivenBack given_back;
  std::atomic<std::uint64_t> xid_limit{0};
  std::mutex xid_mutex;
  buffer::PinnedPage volume_header;

  std::mutex running_mutex;
  std::vector<RunningTransaction> recovering;   // guarded by running_mutex
  std::vector<wal::Parker*> recovery_waiters;   // guarded by running_mutex
  std::atomic<std::uint32_t> running_count{0};

  std::mutex row_ids_mutex;
  std::unordered_map<std::uint32_t, std::atomic<std::uint64_t>> row_ids;  // by root
  std::unordered_map<std::uint32_t, std::atomic<std::int64_t>> row_counts;  // by root
  // Rows that are there again, or no longer, since a change was undone.
  void count_undone(wal::PageNo root, std::int64_t rows);
  UsageRegistry usage;
  std::unordered_map<std::uint32_t, std::shared_ptr<TransactionManager::TreeMemory>> tree_memory;

  // Background thread: rolls back what was in flight, then purges when woken.
  std::vector<Unfinished> unfinished;
  std::mutex background_mutex;
  std::condition_variable background_wake;
  bool work_to_do = false;
  bool stopping = false;
  std::thread background;
  std::mutex purge_mutex;  // one purge at a time; only plain threads purge
  // Guarded by purge_mutex: met, not done yet. `lsn`: at or behind the end of the transaction that dropped it.
  struct DroppedTree {
    UndoRecordHeader record;
    wal::Lsn lsn;
  };
  std::vector<DroppedTree> drops;
  std::atomic<std::uint32_t> ended_since_purge{0};
};

}  // namespace transaction
