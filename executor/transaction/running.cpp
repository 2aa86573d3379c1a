#include "running.h"

#include <algorithm>
#include <array>

#include "lock_manager_impl.h"
#include "manager_state.h"
#include "transaction/durable_view.h"
#include "transaction/held_commit.h"
#include "transaction/newest_view.h"
#include "transaction/snapshot.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace transaction {
LockOwner& owner_of(Transaction& transaction) { return running(transaction).owner(); }

Running::Running(TransactionManager& manager, ManagerState& state, const BeginOptions& options,
                 WaitControl& wait_control)
    : manager_(manager),
      state_(state),
      options_(options),
      wait_control_(&wait_control),
      owner_(state.locks.impl().begin_owner(options.pid)) {
  state_.running_count.fetch_add(1, std::memory_order_relaxed);
}

Running::Running(TransactionManager& manager, ManagerState& state, const Unfinished& found,
                 WaitControl& wait_control)
    : manager_(manager),
      state_(state),
      wait_control_(&wait_control),
      owner_(*found.owner),
      xid_(found.xid),
      log_(found.log),
      begun_(true),
      last_record_(found.last_record) {
  log_->pin = state_.pages.pin(log_->last_page);
  state_.running_count.fetch_add(1, std::memory_order_relaxed);
}

wal::Lsn Running::write_prepared(Bytes description) {
  constexpr std::size_t kMaxPart = kMaxUndoRecord - sizeof(UndoRecordHeader);
  wal::Lsn lsn;
  do {
    const std::size_t size = std::min(description.size(), kMaxPart);
    UndoRecord record;
    record.header.kind = UndoKind::prepared;
    record.header.form = BeforeForm::whole;
    record.header.command = static_cast<std::uint32_t>(command_);
    record.before = description.first(size);
    description = description.subspan(size);
    reserve_undo(record.encoded_size());
    wal::MiniTransaction mtr(state_.volume);
    append_undo(mtr, record);
    if (description.empty())
      mtr.put(undo_page_.page(), offsetof(UndoPageHeader, state),
              static_cast<std::uint8_t>(LogState::prepared));
    lsn = mtr.commit();
    settle();
  } while (!description.empty());
  return std::max(lsn, lsn_to_wait_for());
}

void Running::restore_serializable() {
  serializable_reads_ =
      std::make_unique<SerializableReads>(state_.conflicts, state_.conflicts.restore(xid_));
  serializable_ = serializable_reads_.get();
  prepared_ = true;
}

void Running::detach(WaitControl& wait_control) {
  wait_control_ = &wait_control;
  options_.pid = 0;
  state_.locks.impl().detach_owner(owner_);
  if (snapshot_slot_ != nullptr) state_.views.give_slot(*std::exchange(snapshot_slot_, nullptr));
}

void Running::abandon() {
  CHECK(!ended_);
  state_.locks.impl().end_owner(owner_);
  log_->pin.release();
  ended_ = true;
}

Running::~Running() {
  if (!ended_) abort();
  if (holds_locks_) {
    state_.given_back.note(lsn_to_wait_for(), LockManager::Impl::ordering_locks(owner_));
    state_.locks.impl().end_owner(owner_);
  }
  if (spare_slot_ != nullptr) state_.views.give_slot(*spare_slot_);
  state_.running_count.fetch_sub(1, std::memory_order_relaxed);
}

Xid Running::assign_xid() {
  if (xid_ == kNoXid) {
    CHECK(!ended_);
    xid_ = state_.assign_xid();
    state_.locks.impl().set_xid(owner_, xid_);
    if (serializable_ != nullptr) state_.conflicts.set_xid(*serializable_->sxact(), xid_);
  }
  return xid_;
}

void Running::open_snapshot() {
  if (snapshot_slot_ == nullptr) snapshot_slot_ = &state_.views.take_slot();
  snapshot_ = state_.views.open(*snapshot_slot_, state_.volume);
}

void Running::import_snapshot(wal::Lsn lsn) {
  CHECK(snapshot_slot_ == nullptr && options_.isolation == Isolation::repeatable_read);
  snapshot_slot_ = &state_.views.take_slot();
  state_.views.open_like(*snapshot_slot_, lsn);
  snapshot_ = lsn;
}

void import_snapshot(Transaction& transaction, wal::Lsn lsn) {
  running(transaction).import_snapshot(lsn);
}

void Running::open_serializable_snapshot() {
  while (true) {
    const SxactPtr sxact = state_.conflicts.begin(options_.pid, options_.read_only,
                                                  [this] {
                                                    open_snapshot();
                                                    return snapshot_;
                                                  });
    if (sxact == nullptr) return;
    if (options_.read_only && options_.deferrable) {
      if (state_.conflicts.wait_until_safe(sxact, *wait_control_)) return;
      continue;
    }
    if (xid_ != kNoXid) state_.conflicts.set_xid(*sxact, xid_);
    serializable_reads_ = std::make_unique<SerializableReads>(state_.conflicts, sxact);
    serializable_ = serializable_reads_.get();
    return;
  }
}

View Running::take_view() {
  CHECK(!ended_);
  if (options_.isolation != Isolation::read_committed) {
    if (snapshot_slot_ == nullptr) {
      if (options_.isolation == Isolation::serializable)
        open_serializable_snapshot();
      else
        open_snapshot();
    }
    return View(*this, nullptr, snapshot_, command_);
  }
  return newest_view();
}

View Running::newest_view() {
  ViewSlot* slot = std::exchange(spare_slot_, nullptr);
  if (slot == nullptr) slot = &state_.views.take_slot();
  return View(*this, slot, state_.views.open(*slot, state_.volume), command_);
}

View Running::durable_view(wal::Lsn through) {
  CHECK(!ended_);
  if (options_.isolation == Isolation::serializable) return take_view();
  note_seen(through);
  const wal::Lsn at_least = std::max(lsn_to_wait_for(), ordered_behind_.load(std::memory_order_relaxed));
  if (options_.isolation == Isolation::repeatable_read) {
    if (snapshot_slot_ == nullptr) {
      snapshot_slot_ = &state_.views.take_slot();
      snapshot_ = state_.views.open_durable(*snapshot_slot_, state_.volume, at_least);
    }
    return View(*this, nullptr, snapshot_, command_);
  }
  ViewSlot* slot = std::exchange(spare_slot_, nullptr);
  if (slot == nullptr) slot = &state_.views.take_slot();
  return View(*this, slot, state_.views.open_durable(*slot, state_.volume, at_least), command_);
}

wal::Lsn commit_holding_locks(Transaction& transaction) { return running(transaction).commit(true); }

View durable_view(Transaction& transaction, wal::Lsn through) {
  return running(transaction).durable_view(through);
}

void Running::took_row() { raise(ordered_behind_, state_.given_back.rows()); }

void Running::took_table_lock() { raise(ordered_behind_, state_.given_back.tables()); }

void Running::took_lasting_lock() { note_seen(std::max(state_.given_back.rows(), state_.given_back.tables())); }

void note_row_taken(Transaction& transaction) { running(transaction).took_row(); }

View newest_view(Transaction& transaction) { return static_cast<Running&>(transaction).newest_view(); }

void Running::next_command() {
  // A number is used up by writing only.
  if (last_write_command_ < command_) return;
  if (command_ == Command{0xffff'ffff}) {
    throw types::SqlError("54000", "cannot have more than 2^32-1 commands in a transaction");
  }
  command_ = Command{static_cast<std::uint32_t>(command_) + 1};
}

void Running::reserve_undo(std::size_t bytes) {
  CHECK(bytes <= kMaxUndoRecord);
  if (log_ == nullptr) {
    assign_xid();
    log_ = &state_.undo_logs.borrow();
  }
  if (!has_undo_room(bytes)) state_.undo_logs.extend(*log_, begun_);
}

// The record that `record` may be told by: null when it needs the full form.
UndoBase* Running::find_base(const UndoRecord& record) {
  if (bases_page_ != log_->last_page || page_of(last_record_) != log_->last_page || !record.has_short_form())
    return nullptr;
  for (UndoBase& base : bases_) {
    if (base.offset == 0 || base.root != record.header.root || base.command != record.header.command) continue;
    // Rows that one run of inserts made have the same pointer: a base of their own is worth its bytes.
    if (record.header.before_undo != base.before_undo && record.header.before_undo == base.last_before_undo)
      return nullptr;
    base.last_before_undo = record.header.before_undo;
    return &base;
  }
  return nullptr;
}

void Running::note_base(const UndoRecord& record, std::uint16_t offset) {
  const UndoRecordHeader& header = record.header;
  if (header.kind != UndoKind::insert && header.kind != UndoKind::modify) return;
  if (bases_page_ != log_->last_page) {
    bases_ = {};
    bases_page_ = log_->last_page;
  }
  UndoBase* place = nullptr;
  for (UndoBase& base : bases_)
    if (base.offset == 0 || base.root == header.root) {
      place = &base;
      break;
    }
  if (place == nullptr) place = &bases_[next_base_++ % bases_.size()];
  *place = {.offset = offset,
            .root = header.root,
            .command = header.command,
            .before_xid = header.before_xid,
            .before_undo = header.before_undo,
            .last_before_undo = header.before_undo};
}

UndoPointer Running::add_undo(wal::MiniTransaction& mtr, UndoRecord& record) {
  record.header.xid = wal::raw(xid_);
  record.header.previous = wal::raw(last_record_);
  std::size_t size = record.encoded_size();
  CHECK(has_undo_room(size));
  const UndoPointer pointer = next_undo();
  const std::uint16_t offset = log_->used;
  std::array<std::byte, wal::kPageSize> bytes;
  if (const UndoBase* base = find_base(record)) {
    size = record.encode_short(bytes.data(), base->offset, offset_of(last_record_), base->before_xid, base->before_undo);
  } else {
    record.encode(bytes.data());
    note_base(record, offset);
  }

  if (!undo_page_) undo_page_ = log_->pin.exclusive();
  mtr.write(undo_page_.page(), offset, Bytes(bytes).first(size));
  log_->used = static_cast<std::uint16_t>(offset + size);
  last_record_ = pointer;
  last_write_command_ = std::max(last_write_command_, Command{record.header.command});
  return pointer;
}

void Running::note_undo(wal::MiniTransaction& mtr) {
  UndoPageHeader header{};
  header.state = static_cast<std::uint8_t>(LogState::active);
  header.used = log_->used;
  header.last_record = wal::raw(last_record_);
  header.xid = wal::raw(xid_);
  const std::size_t from =
      begun_ ? offsetof(UndoPageHeader, used) : offsetof(UndoPageHeader, state);
  const std::size_t end = begun_ ? offsetof(UndoPageHeader, xid) : sizeof(UndoPageHeader);
  mtr.write(undo_page_.page(), from, std::as_bytes(std::span(&header, 1)).subspan(from, end - from));
  begun_ = true;
}

void Running::finish(LogState log_state, wal::Lsn lsn) {
  if (xid_ != kNoXid) {
    if (log_state == LogState::committed) {
      state_.xids->committed(xid_, lsn);
    } else {
      state_.rolled_back.add(xid_);
      state_.xids->aborted(xid_, lsn);
    }
  }
  // The purge knows of this end before anybody gets the locks: whoever drops a tree next must find
  // that nothing of ours about it is left to be looked at.
  if (begun_) state_.ended(*log_, log_->last_page, log_->used, lsn);
  if (!holds_locks_) state_.locks.impl().end_owner(owner_);
  ended_ = true;
  if (UndoLog* log = std::exchange(log_, nullptr)) state_.undo_logs.give_back(*log);
  if (snapshot_slot_ != nullptr) {
    state_.views.give_slot(*std::exchange(snapshot_slot_, nullptr));
  }
  if (serializable_reads_ != nullptr) {
    if (log_state == LogState::committed)
      state_.conflicts.committed(serializable_reads_->sxact());
    else
      state_.conflicts.rolled_back(serializable_reads_->sxact());
    serializable_ = nullptr;
    serializable_reads_.reset();
  }
}

void Running::prepare_commit() {
  CHECK(!ended_);
  if (serializable_ == nullptr || prepared_) return;
  state_.conflicts.prepare(*serializable_->sxact());
  prepared_ = true;
}

wal::Lsn Running::commit(bool holds_locks) {
  prepare_commit();
  if (xid_ == kNoXid) {
    // Whoever had its locks before it is to be seen by the session's next transaction, too.
    const OrderingLocks held = LockManager::Impl::ordering_locks(owner_);
    if (held.rows || held.tables) note_seen(ordered_behind_.load(std::memory_order_relaxed));
    finish(LogState::committed, wal::kNoLsn);
    return lsn_to_wait_for();
  }
  state_.xids->committing(xid_);
  const wal::Lsn lsn = state_.end_log(begun_ ? log_ : nullptr, xid_, LogState::committed, wal::RecordKind::commit);
  note_seen(lsn);
  OrderingLocks held = LockManager::Impl::ordering_locks(owner_);
  if (holds_locks) held.tables = false;  // rows are anybody's as soon as the commit is known
  state_.given_back.note(lsn, held);
  holds_locks_ = holds_locks;
  finish(LogState::committed, lsn);
  return lsn;
}

void Running::abort() {
  if (ended_) return;
  wal::Lsn lsn;
  if (xid_ != kNoXid) {
    if (begun_) state_.undo(last_record_, kNoUndo, *log_);
    lsn = state_.end_log(begun_ ? log_ : nullptr, xid_, LogState::aborted, wal::RecordKind::abort);
  }
  finish(LogState::aborted, lsn);
}

Savepoint Running::savepoint() {
  const LockManager::Impl::Mark mark = LockManager::Impl::mark(owner_);
  return {.undo = last_record_,
          .row_locks = mark.rows,
          .table_locks = mark.tables,
          .advisory_locks = mark.advisory,
          .new_trees = static_cast<std::uint32_t>(new_trees_.size())};
}

void Running::rollback_to(const Savepoint& savepoint) {
  CHECK(!ended_);
  if (new_trees_.size() > savepoint.new_trees) new_trees_.resize(savepoint.new_trees);
  if (last_record_ != savepoint.undo) {
    state_.undo(last_record_, savepoint.undo, *log_);
    // The page's header still names the newest record. Undoing it again after a crash finds that
    // no entry carries its pointer any more.
    last_record_ = savepoint.undo;
  }
  state_.locks.impl().release_after(
      owner_, {savepoint.table_locks, savepoint.row_locks, savepoint.advisory_locks});
}

}  // namespace transaction
