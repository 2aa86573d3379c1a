// One transaction: what it reads by, what it wrote, what it holds.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "transaction/ids.h"
#include "transaction/lock_modes.h"
#include "transaction/view.h"
#include "transaction/wait_control.h"
#include "wal/ids.h"
#include "wal/lsn.h"

namespace transaction {

class SerializableReads;
class TransactionManager;

enum class Isolation : std::uint8_t {
  read_committed,   // the caller takes a view per statement
  repeatable_read,  // the first view is every statement's
  serializable,     // so it is, and what cannot be serialised fails (transaction/serializable.h)
};

struct BeginOptions {
  Isolation isolation = Isolation::read_committed;
  bool read_only = false;
  bool deferrable = false;  // SERIALIZABLE READ ONLY: the first view waits until it is safe
  // Of the session, for pg_locks and deadlock messages.
  std::int32_t pid = 0;
};

// What ROLLBACK TO returns to. Valid until the transaction is rolled back to an earlier one.
struct Savepoint {
  UndoPointer undo{kNoUndo};
  std::uint32_t row_locks = 0;
  std::uint32_t table_locks = 0;
  std::uint32_t advisory_locks = 0;
  std::uint32_t new_trees = 0;
};

// Made by TransactionManager::begin(). Used by one thread of control at a time; the views it
// hands out may be read by several. Ends by commit() or abort(), once; destroying one that is
// still running aborts it.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual TransactionManager& manager() const = 0;
  virtual Isolation isolation() const = 0;
  virtual bool read_only() const = 0;
  virtual std::int32_t pid() const = 0;
  // The session's; waits on behalf of this transaction go through it.
  virtual WaitControl& wait_control() const = 0;

  // SET TRANSACTION: before the first view.
  virtual void change(Isolation isolation, bool read_only, bool deferrable) = 0;

  // kNoXid until the first write.
  virtual Xid xid() const = 0;
  // Assigns one when there is none (txid_current()).
  virtual Xid assign_xid() = 0;
  bool has_written() const { return xid() != kNoXid; }

  // READ COMMITTED: a new view of everything committed so far. REPEATABLE READ and above: the first
  // one's Lsn again. Either carries the current command number. Parks only for a DEFERRABLE one.
  virtual View take_view() = 0;

  virtual Command command() const = 0;
  // After a statement that may have written: what follows sees it.
  virtual void next_command() = 0;

  // SERIALIZABLE: who reads and writes tells it (but for the catalogue). Null: nobody need.
  SerializableReads* serializable() const { return serializable_; }

  // The newest commit that this transaction has seen. Before telling a client anything read,
  // wait for it: volume().wait_durable(lsn_to_wait_for()). At or below vdl() most of the time.
  virtual wal::Lsn lsn_to_wait_for() const = 0;
  virtual void note_seen(wal::Lsn lsn) = 0;

  // SERIALIZABLE: throws SqlError 40001 when it must not commit; the caller aborts. Before commit(),
  // which does it otherwise.
  virtual void prepare_commit() = 0;
  // Publishes every change; locks go now. Returns the Lsn that must be durable before the client
  // may be told (of the commit record, or lsn_to_wait_for() when nothing was written).
  [[nodiscard]] virtual wal::Lsn commit() = 0;
  // Undoes every change, then releases the locks. May park; does not fail.
  virtual void abort() = 0;

  // Whether the tree was made by this transaction and no lasting savepoint is newer than it:
  // whatever takes entries out of it again takes the whole tree, so that they need no undo records.
  virtual bool may_load(wal::PageNo root) const = 0;
  // Entries with loaded_by(command()) were put into such a tree.
  virtual void note_loaded() = 0;

  virtual Savepoint savepoint() = 0;
  // The same for one that may outlive the statement: SAVEPOINT, not a statement's own.
  virtual Savepoint lasting_savepoint() = 0;
  // Undoes what came after, releases the locks taken after it.
  virtual void rollback_to(const Savepoint& savepoint) = 0;

 protected:
  Transaction() = default;
  SerializableReads* serializable_ = nullptr;
};

using TransactionPtr = std::unique_ptr<Transaction>;

}  // namespace transaction
