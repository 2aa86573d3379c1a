// A read view: which row versions a statement sees.
#pragma once

#include <atomic>
#include <cstdint>

#include "transaction/ids.h"
#include "wal/lsn.h"

namespace transaction {

class Running;
class Transaction;
class TransactionManager;
struct ViewSlot;

// An Lsn: a version is visible when its transaction's commit Lsn is at or below it, or when the
// view's own transaction made it in an earlier command. While a View lives, no version that it
// may need is purged. Made by Transaction::take_view(); movable; may be read by several threads
// (the workers of one statement). Ends before its transaction does.
class View {
 public:
  View() = default;
  View(View&& other) noexcept;
  View& operator=(View&& other) noexcept;
  ~View();

  // The same view with a command number of its own: cursors keep one, PL functions make one.
  View with_command(Command command) const;

  wal::Lsn lsn() const { return lsn_; }
  // What the statement writes carries this number; what it sees was written by lower ones.
  Command command() const { return command_; }
  Transaction& transaction() const { return *transaction_; }
  TransactionManager& manager() const { return *manager_; }
  explicit operator bool() const { return transaction_ != nullptr; }

  // Whether a version by another transaction is visible. Remembers commits that are not durable
  // yet in the transaction (Transaction::lsn_to_wait_for()).
  bool sees(Xid xid) const;

 private:
  friend class Running;
  View(Transaction& transaction, ViewSlot* slot, wal::Lsn lsn, Command command);
  void release();

  Transaction* transaction_ = nullptr;
  TransactionManager* manager_ = nullptr;
  ViewSlot* slot_ = nullptr;
  wal::Lsn lsn_;
  Command command_{0};
};

}  // namespace transaction
