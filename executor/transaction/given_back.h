// Locks go when a commit is logged, before it is durable. Whoever takes one after that must not miss what its holder
// did, though nobody else need see it yet.
#pragma once

#include <atomic>

#include "wal/lsn.h"

namespace transaction {

inline void raise(std::atomic<wal::Lsn>& to, wal::Lsn lsn) {
  wal::Lsn now = to.load(std::memory_order_relaxed);
  while (now < lsn && !to.compare_exchange_weak(now, lsn, std::memory_order_acq_rel, std::memory_order_relaxed)) {
  }
}

// Locks that order what is done by those who have them one after another: of rows (that somebody asked for or waited
// for; a change is seen in the row itself) and advisory ones, and on tables those that weak ones conflict with.
struct OrderingLocks {
  bool rows = false;
  bool tables = false;
};

// The newest commits that gave such locks back. Thread-safe.
class GivenBack {
 public:
  // Before the commit's locks are released.
  void note(wal::Lsn commit, OrderingLocks held) {
    if (held.rows) raise(rows_, commit);
    if (held.tables) raise(tables_, commit);
  }
  wal::Lsn rows() const { return rows_.load(std::memory_order_acquire); }
  wal::Lsn tables() const { return tables_.load(std::memory_order_acquire); }

 private:
  std::atomic<wal::Lsn> rows_{};
  std::atomic<wal::Lsn> tables_{};
};

}  // namespace transaction
