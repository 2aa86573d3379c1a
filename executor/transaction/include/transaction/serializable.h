// What SERIALIZABLE needs beyond a snapshot: which reads and writes depend on each other.
//
// Serializable snapshot isolation (Cahill, Roehm, Fekete: SIGMOD 2008; Ports, Grittner: VLDB 2012).
// A read leaves a SIREAD lock that nobody waits for; it outlives its transaction as long as
// somebody concurrent runs. A transaction that reads what another writes has a rw-conflict out to
// it. One with a conflict in and a conflict out is a pivot; it, or who can be aborted instead, fails
// with 40001 when the transaction at the out end is the first of the three to commit.
#pragma once

#include <memory>
#include <optional>

#include "btree/bytes.h"
#include "transaction/ids.h"
#include "wal/ids.h"
#include "wal/lsn.h"

namespace transaction {

struct Sxact;
class ConflictGraph;

// Of one transaction, used by its thread of control. Calls throw SqlError 40001; they wait for
// nothing, so that a leaf's latch may be held.
class SerializableReads {
 public:
  SerializableReads(ConflictGraph& graph, std::shared_ptr<Sxact> sxact);
  ~SerializableReads();
  SerializableReads(const SerializableReads&) = delete;
  SerializableReads& operator=(const SerializableReads&) = delete;

  // Before the tree is looked at: an exact key, there or not; or the keys in [lower, upper), where
  // an empty bound is none.
  void read_key(wal::PageNo root, btree::Bytes key);
  void read_range(wal::PageNo root, btree::Bytes lower, btree::Bytes upper);
  // A version by this transaction was met that the view does not see.
  void missed(Xid writer);
  // With the leaf latched, before an entry is changed (or found to be taken). `replaced`: when the
  // version was committed that is changed; who cannot see that one has not read it.
  void write(wal::PageNo root, btree::Bytes key, wal::Lsn replaced = wal::kNoLsn);

  const std::shared_ptr<Sxact>& sxact() const { return sxact_; }

 private:
  bool is_safe();

  ConflictGraph& graph_;
  std::shared_ptr<Sxact> sxact_;
  bool safe_ = false;  // READ ONLY and known to be harmless: nothing to track any more
};

}  // namespace transaction
