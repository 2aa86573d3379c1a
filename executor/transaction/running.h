// A transaction at work.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "given_back.h"
#include "lock_table.h"
#include "transaction/serializable.h"
#include "transaction/transaction.h"
#include "undo_format.h"
#include "undo_store.h"
#include "view_registry.h"
#include "wal/mini_transaction.h"

namespace transaction {

struct ManagerState;

// A full record that short ones of the same tree may refer to.
struct UndoBase {
  std::uint16_t offset = 0;  // in the page; 0: none
  std::uint32_t root = 0;
  std::uint32_t command = 0;
  std::uint64_t before_xid = 0;
  std::uint64_t before_undo = 0;
  std::uint64_t last_before_undo = 0;  // of the last record that referred to it
};

class Running final : public Transaction {
 public:
  Running(TransactionManager& manager, ManagerState& state, const BeginOptions& options,
          WaitControl& wait_control);
  // One that was prepared, from its log.
  Running(TransactionManager& manager, ManagerState& state, const Unfinished& found,
          WaitControl& wait_control);
  ~Running() override;

  TransactionManager& manager() const override { return manager_; }
  Isolation isolation() const override { return options_.isolation; }
  bool read_only() const override { return options_.read_only; }
  std::int32_t pid() const override { return options_.pid; }
  WaitControl& wait_control() const override { return *wait_control_; }
  Xid xid() const override { return xid_; }
  void change(Isolation isolation, bool read_only, bool deferrable) override {
    options_.isolation = isolation;
    options_.read_only = read_only;
    options_.deferrable = deferrable;
  }
  Xid assign_xid() override;
  View take_view() override;
  View newest_view();
  View durable_view(wal::Lsn through);
  // A row, or a lock on a table, is the transaction's now: whoever had it before may have given it back for a commit
  // that is not durable yet, and is in its views from now on.
  void took_row();
  void took_table_lock();
  // The same of what may outlive the transaction: the session's next one is to see it, too.
  void took_lasting_lock();
  Command command() const override { return command_; }
  void next_command() override;
  wal::Lsn lsn_to_wait_for() const override { return seen_.load(std::memory_order_relaxed); }
  void note_seen(wal::Lsn lsn) override { raise(seen_, lsn); }
  void prepare_commit() override;
  wal::Lsn commit() override { return commit(false); }
  wal::Lsn commit(bool holds_locks);
  void abort() override;
  bool may_load(wal::PageNo root) const override {
    return std::find(new_trees_.begin(), new_trees_.end(), root) != new_trees_.end();
  }
  void note_loaded() override { last_write_command_ = std::max(last_write_command_, command_); }
  Savepoint savepoint() override;
  Savepoint lasting_savepoint() override {
    new_trees_.clear();
    return savepoint();
  }
  void rollback_to(const Savepoint& savepoint) override;

  void import_snapshot(wal::Lsn lsn);

  // --- PREPARE TRANSACTION ---------------------------------------------------------------------

  // Writes the description down and marks the log. The Lsn must be durable before anybody is told.
  wal::Lsn write_prepared(Bytes description);
  void restore_serializable();
  // Belongs to no session any more.
  void detach(WaitControl& wait_control);
  bool ended() const { return ended_; }
  // The process stops: what is prepared stays so in the log.
  void abandon();

  LockOwner& owner() const { return owner_; }
  ManagerState& state() const { return state_; }

  // --- undo: used by whoever writes entries -----------------------------------------------------

  // Room for a record of that size in the last page of a borrowed log. Parks.
  void reserve_undo(std::size_t bytes);
  bool has_undo_room(std::size_t bytes) const {
    return log_ != nullptr && log_->used + bytes <= wal::kPageSize;
  }
  // Where the next record will be; there is room for it.
  UndoPointer next_undo() const { return make_undo_pointer(log_->last_page, log_->used); }
  // Appends it; the undo page stays latched until settle(), after mtr.commit().
  UndoPointer append_undo(wal::MiniTransaction& mtr, UndoRecord& record) {
    const UndoPointer pointer = add_undo(mtr, record);
    note_undo(mtr);
    return pointer;
  }
  // The two halves, for several records in one mini-transaction: any number of the first, then the second.
  UndoPointer add_undo(wal::MiniTransaction& mtr, UndoRecord& record);
  void note_undo(wal::MiniTransaction& mtr);
  void settle() { undo_page_.release(); }

  Command last_write_command() const { return last_write_command_; }
  void note_new_tree(wal::PageNo root) { new_trees_.push_back(root); }

 private:
  friend class View;
  void finish(LogState log_state, wal::Lsn lsn);
  void open_snapshot();
  void open_serializable_snapshot();

  TransactionManager& manager_;
  ManagerState& state_;
  BeginOptions options_;
  WaitControl* wait_control_;
  LockOwner& owner_;
  bool ended_ = false;
  bool holds_locks_ = false;  // though it has ended

  Xid xid_{kNoXid};
  Command command_{0};
  Command last_write_command_{0};
  std::vector<wal::PageNo> new_trees_;  // that may be loaded
  std::atomic<wal::Lsn> seen_{};
  // Of the newest commit that gave locks back before this transaction took some of the kind.
  std::atomic<wal::Lsn> ordered_behind_{};

  // SERIALIZABLE, unless READ ONLY and known to be safe.
  std::unique_ptr<SerializableReads> serializable_reads_;
  bool prepared_ = false;

  // REPEATABLE READ: of the first view, open until the end.
  ViewSlot* snapshot_slot_ = nullptr;
  wal::Lsn snapshot_;
  // READ COMMITTED: kept between statements, so that taking a view needs no lock.
  ViewSlot* spare_slot_ = nullptr;

  UndoLog* log_ = nullptr;
  bool begun_ = false;  // the log's last page names us
  UndoPointer last_record_{kNoUndo};
  buffer::ExclusiveGuard undo_page_;

  UndoBase* find_base(const UndoRecord& record);
  void note_base(const UndoRecord& record, std::uint16_t offset);
  std::array<UndoBase, 4> bases_{};  // of the trees changed last
  wal::PageNo bases_page_ = wal::kNoPage;
  unsigned next_base_ = 0;
};

LockOwner& owner_of(Transaction& transaction);
inline Running& running(Transaction& transaction) { return static_cast<Running&>(transaction); }

}  // namespace transaction
