// The rw-conflicts between serializable transactions, and who must fail for them.
//
// The rules, and the names of the reasons, are PostgreSQL's (predicate.c). Sequence numbers order
// commits: a transaction overlaps those whose commit is after the last one before its snapshot.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "siread_locks.h"
#include "transaction/ids.h"
#include "transaction/wait_control.h"
#include "wal/lsn.h"
#include "wal/parker.h"

namespace transaction {

// One serializable transaction. Everything but the atomics and `held` is guarded by the graph's
// mutex; `held` is the transaction's own until it ends, then the graph's.
struct Sxact {
  Xid xid{kNoXid};
  std::int32_t pid = 0;
  wal::Lsn snapshot;                   // of its view
  std::uint64_t before_snapshot = 0;   // the last commit before it
  std::uint64_t prepared_at = 0, committed_at = 0;
  std::uint64_t earliest_out = 0;      // of conflicts out to who committed earlier: their prepare
  bool read_only = false;              // declared so, or found to have written nothing
  bool declared_read_only = false;
  bool prepared = false, committed = false, rolled_back = false;
  bool conflict_out = false;           // to a transaction that committed before this one
  bool summary_in = false, summary_out = false;  // a conflict with one that was summarised
  bool unsafe = false;                 // READ ONLY: its snapshot may show an anomaly
  std::atomic<bool> doomed{false};     // somebody decided that it must fail
  std::atomic<bool> safe{false};       // READ ONLY: its snapshot shows none
  std::atomic<bool> wrote{false};

  std::vector<Sxact*> out, in;         // rw-conflicts: who wrote what this read; who read what this wrote
  // READ ONLY: writers that may make its snapshot unsafe; the others: the READ ONLY ones they may.
  std::vector<Sxact*> possibly_unsafe;
  wal::Parker* waiter = nullptr;       // a DEFERRABLE one that waits for its snapshot's safety
  SireadHeld held;
};

class ConflictGraph {
 public:
  // `take_snapshot` opens the view. Null: READ ONLY and safe from the start.
  SxactPtr begin(std::int32_t pid, bool read_only, const std::function<wal::Lsn()>& take_snapshot);
  // READ ONLY DEFERRABLE: parks until the snapshot is known to be safe (true) or not (false, and
  // the transaction is out of the graph again).
  bool wait_until_safe(const SxactPtr& own, WaitControl& control);
  void set_xid(Sxact& own, Xid xid);
  // One that was prepared before the last stop: what it read and whom it conflicts with is not
  // known any more, so that everything must be expected.
  SxactPtr restore(Xid xid);

  SireadLocks& locks() { return locks_; }
  // The view met a version by `writer` that it does not see.
  void missed(Sxact& own, Xid writer);
  void write(Sxact& own, wal::PageNo root, btree::Bytes key, wal::Lsn replaced);
  static void check_doomed(const Sxact& own, const char* while_doing);

  // 40001 when the transaction must not commit. Then, when the commit has its Lsn, committed().
  void prepare(Sxact& own);
  void committed(const SxactPtr& own);
  void rolled_back(const SxactPtr& own);
  // A READ ONLY one whose snapshot is safe gives up what it holds.
  void leave(const SxactPtr& own) { rolled_back(own); }

  // For pg_safe_snapshot_blocking_pids(): whom a waiting DEFERRABLE transaction waits for.
  std::vector<std::int32_t> safe_snapshot_blockers(std::int32_t pid);

 private:
  // Committed transactions kept in full; more are summarised.
  static constexpr std::size_t kMaxFinished = 4096;

  void flag_conflict(Sxact& own, Sxact& reader, Sxact& writer);
  void check_for_failure(Sxact& own, Sxact& reader, Sxact& writer);
  void forget_conflicts(Sxact& sxact, bool as_summary);
  void end_possibly_unsafe(Sxact& own, bool committed);
  void clean_up();
  void summarise_oldest();

  std::mutex mutex_;
  std::uint64_t last_commit_ = 1;
  std::uint32_t writable_ = 0;
  std::vector<SxactPtr> active_;
  std::deque<SxactPtr> finished_;                       // by commit
  std::unordered_map<std::uint64_t, Sxact*> by_xid_;
  // Summarised writers: the earliest commit they had a conflict out to, 0 for none; and their own.
  struct OldWriter {
    std::uint64_t earliest_out, committed_at;
  };
  std::unordered_map<std::uint64_t, OldWriter> old_writers_;
  std::uint64_t newest_summarised_ = 0;
  SireadLocks locks_;
};

}  // namespace transaction
