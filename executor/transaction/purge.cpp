// Forgetting what no view needs: delete-marked entries, dropped trees, undo pages.
//
// A log is walked in the order in which it was written, up to the last transaction that ended at
// or below the horizon. Walking a stretch again after a crash is harmless where entries are
// concerned, since an entry is erased only while it carries the record's pointer; what frees
// pages is preceded by noting in the undo page how far the purge has come.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "btree/tree.h"
#include "lock_manager_impl.h"
#include "manager_state.h"
#include "transaction/version.h"
#include "wal/check.h"
#include "wal/volume_errc.h"

namespace transaction {

void ManagerState::ended(UndoLog& log, wal::PageNo page, std::uint16_t end, wal::Lsn lsn) {
  {
    std::lock_guard lock(log.mutex);
    if (!log.ended.empty() && log.ended.back().page == page) {
      log.ended.back().end = end;
      log.ended.back().lsn = lsn;
    } else {
      log.ended.push_back({page, end, lsn, lsn});
    }
  }
  constexpr std::uint32_t kEndsPerRound = 64;
  if (ended_since_purge.fetch_add(1, std::memory_order_relaxed) % kEndsPerRound == 0) wake();
}

void ManagerState::persist_purged(UndoLog& log, std::uint16_t offset) {
  if (log.purged_on_disk == offset) return;
  const buffer::PinnedPage pin = pages.pin(log.purge_page);
  wal::MiniTransaction mtr(volume);
  const buffer::ExclusiveGuard page = pin.exclusive();
  mtr.put(page.page(), offsetof(UndoPageHeader, purged), offset);
  mtr.commit();
  log.purged_on_disk = offset;
}

namespace {

// Erases delete-marked entries. Those of one leaf, one after the other in a log, go in one mini-transaction, during
// which the leaf stays latched: finish() before anything else is done.
class Eraser {
 public:
  explicit Eraser(ManagerState& state) : state_(state), mtr_(state.volume) {}

  // `key` is good until finish().
  void erase(wal::PageNo root, Bytes key, UndoPointer pointer, std::uint64_t xid) {
    if (!leaf_ || tree_->root() != root || !leaf_.move_to(key)) {
      finish();
      tree_.emplace(state_.space, root);
      leaf_ = tree_->seek_exclusive(key);
      key_ = key;
    }
    if (!leaf_.found()) return;
    // Undo pages are used again: an entry that was given back what it had before may, by that, carry the same pointer,
    // from when it was made.
    const VersionHeader version = parse_version(leaf_.value());
    if (version.deleted() && version.undo == pointer && wal::raw(version.xid) == xid) leaf_.erase(mtr_);
  }

  void finish() {
    if (!leaf_) return;
    if (mtr_.empty()) {
      leaf_.release_unchanged();
      return;
    }
    mtr_.commit();
    const bool underfull = leaf_.underfull();
    leaf_.release();
    if (underfull) tree_->merge(key_);
  }

 private:
  ManagerState& state_;
  wal::MiniTransaction mtr_;
  std::optional<btree::Tree> tree_;
  btree::ExclusiveLeaf leaf_;
  Bytes key_;  // one of the leaf's
};

}  // namespace

void ManagerState::purge_record(UndoLog& log, UndoPointer pointer, const UndoRecord& record, wal::Lsn ended) {
  if (record.header.undone != 0) return;
  if (record.header.kind == UndoKind::drop_tree) {
    drops.push_back({record.header, ended});
    return;
  }
  if (record.header.kind == UndoKind::modify && !record.free_on_purge.empty()) {
    persist_purged(log, static_cast<std::uint16_t>(offset_of(pointer) + record.header.size));
    free_references(record.free_on_purge);
  }
}

void ManagerState::purge_log(UndoLog& log, wal::Lsn limit) {
  const auto memory = std::make_unique<wal::Page>();
  wal::Page& copy = *memory;
  Eraser eraser(*this);
  while (true) {
    UndoLog::Ended until;
    {
      std::lock_guard lock(log.mutex);
      if (log.ended.empty() || log.ended.front().lsn > limit) return;
      until = log.ended.front();
    }
    while (true) {
      const bool is_last = log.purge_page == until.page;
      std::uint16_t end = until.end;
      {
        const buffer::SharedGuard page = pages.shared(log.purge_page);
        const auto& header = reinterpret_cast<const UndoPageHeader&>(page.page());
        if (!is_last) end = header.used;
        copy = page.page();
      }
      while (log.purge_offset < end) {
        const UndoRecord record = parse_undo_record(copy, log.purge_offset);
        const UndoPointer pointer = make_undo_pointer(log.purge_page, log.purge_offset);
        if (record.header.kind == UndoKind::modify && (record.header.after_flags & kDeleted) != 0 &&
            record.header.undone == 0)
          eraser.erase(wal::PageNo{record.header.root}, record.key, pointer, record.header.xid);
        if (record.header.kind == UndoKind::drop_tree || !record.free_on_purge.empty()) {
          eraser.finish();
          purge_record(log, pointer, record, until.lsn);
        }
        log.purge_offset = static_cast<std::uint16_t>(log.purge_offset + record.header.size);
      }
      eraser.finish();
      if (is_last) break;
      undo_logs.free_first(log);
    }
    std::lock_guard lock(log.mutex);
    // While it was the only one, its page may have got another end.
    UndoLog::Ended& front = log.ended.front();
    if (front.page == until.page && front.end == until.end) {
      log.ended.pop_front();
    } else {
      front.oldest = until.lsn.advanced_by(1);
    }
  }
}

void ManagerState::execute_drops() {
  {
    // Whoever was in flight at the last stop may have written to a tree that was dropped since.
    std::lock_guard lock(running_mutex);
    if (!recovering.empty()) return;
  }
  // Whoever wrote to a tree ended before it was dropped; where the records of such a transaction wait
  // because a later one ended on the same page, the tree waits, too.
  wal::Lsn oldest = wal::kMaxLsn;
  for (UndoLog* log : undo_logs.logs()) {
    std::lock_guard lock(log->mutex);
    if (!log->ended.empty()) oldest = std::min(oldest, log->ended.front().oldest);
  }
  const auto waiting = std::partition(drops.begin(), drops.end(),
                                      [oldest](const DroppedTree& drop) { return drop.lsn < oldest; });
  if (waiting == drops.begin()) return;
  const std::vector<DroppedTree> now(drops.begin(), waiting);
  drops.erase(drops.begin(), waiting);
  // Nothing that the logs say about these trees may be looked at again. A crash from here on leaks
  // what is not freed yet; the other order could free pages of somebody else.
  for (UndoLog* log : undo_logs.logs()) persist_purged(*log, log->purge_offset);
  for (const DroppedTree& drop : now) {
    const btree::Tree tree(space, wal::PageNo{drop.record.root});
    if (drop.record.before_flags != 0) free_overflow_of(tree, [] {});
    tree.drop();
  }
}

void ManagerState::purge_once() {
  std::lock_guard lock(purge_mutex);
  ended_since_purge.store(0, std::memory_order_relaxed);
  advance_stable();
  const wal::Lsn limit = horizon();
  for (UndoLog* log : undo_logs.logs()) purge_log(*log, limit);
  if (!drops.empty()) execute_drops();
}

void ManagerState::wake() {
  if (!options.purge) return;
  std::lock_guard lock(background_mutex);
  if (stopping) return;
  work_to_do = true;
  if (!background.joinable()) background = std::thread([this] { run_background(); });
  background_wake.notify_one();
}

void ManagerState::roll_back_unfinished() {
  for (Unfinished& one : unfinished) {
    one.log->pin = pages.pin(one.log->last_page);
    undo(one.last_record, kNoUndo, *one.log);
    const wal::Lsn lsn = end_log(one.log, one.xid, LogState::aborted, wal::RecordKind::abort);
    xids->aborted(one.xid, lsn);
    ended(*one.log, one.log->last_page, one.log->used, lsn);
    undo_logs.give_back(*one.log);
    locks.impl().end_owner(*one.owner);
    std::lock_guard lock(running_mutex);
    std::erase_if(recovering, [&](const RunningTransaction& r) { return r.xid == one.xid; });
    if (recovering.empty()) {
      for (wal::Parker* parker : std::exchange(recovery_waiters, {})) parker->unpark();
    }
  }
  unfinished.clear();
}

void ManagerState::run_background() {
  // Between rounds: many transactions' undo is purged at one go, and a view that holds the
  // horizon back is looked at again now and then.
  constexpr auto kPause = std::chrono::milliseconds(20);
  // What cannot be read now is asked for again; until then history is kept.
  constexpr auto kUnreadable = std::chrono::seconds(1);
  // A newer writer sees to all of this; ours is on its way out.
  const auto is_fenced = [](const buffer::PageError& error) {
    return error.code() == make_error_code(wal::VolumeErrc::fenced);
  };
  try {
    roll_back_unfinished();
  } catch (const buffer::PageError& error) {
    if (is_fenced(error)) return;
    throw;
  }
  std::unique_lock lock(background_mutex);
  while (!stopping) {
    if (!work_to_do) {
      background_wake.wait(lock, [this] { return work_to_do || stopping; });
      continue;
    }
    work_to_do = false;
    lock.unlock();
    try {
      purge_once();
    } catch (const buffer::PageError& error) {
      if (is_fenced(error)) return;
      lock.lock();
      work_to_do = true;
      background_wake.wait_for(lock, kUnreadable, [this] { return stopping; });
      continue;
    }
    bool more = false;
    for (UndoLog* log : undo_logs.logs()) {
      std::lock_guard log_lock(log->mutex);
      more = more || !log->ended.empty();
    }
    lock.lock();
    work_to_do = work_to_do || more;
    background_wake.wait_for(lock, kPause, [this] { return stopping; });
  }
}

void ManagerState::stop() {
  {
    std::lock_guard lock(background_mutex);
    stopping = true;
    background_wake.notify_one();
  }
  if (background.joinable()) background.join();
}

}  // namespace transaction
