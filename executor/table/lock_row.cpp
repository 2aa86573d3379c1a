// SELECT FOR UPDATE and what UPDATE does when it meets another's change.
#include "table_impl.h"
#include "wal/check.h"

namespace table {

using transaction::LockManager;

namespace {

// Whether every change since the version that the view sees has kept the key; then `version` is
// that one.
bool key_kept_since(const View& view, VersionCopy& version) {
  VersionCopy at = version;
  while (transaction::standing(view, at.header) == Standing::newer) {
    if ((at.header.flags & transaction::kKeyKept) == 0 || at.header.deleted()) return false;
    if (!transaction::previous_version(view, at)) return false;
  }
  if (at.header.deleted() || transaction::standing(view, at.header) != Standing::seen) return false;
  version = std::move(at);
  return true;
}

}  // namespace

LockStatus Table::lock_row(const View& view, std::string_view row_key, RowLockMode mode,
                           LockWait wait, Scratch& scratch, Projection columns,
                           std::span<types::Vector> out, types::Arena* arena,
                           std::string* moved_to) const {
  transaction::Transaction& own = view.transaction();
  LockManager& locks = manager_.locks();
  VersionCopy& version = scratch.buffers().version;
  std::string key(row_key);
  bool followed = false;
  const LockStatus refused =
      wait == LockWait::skip_locked ? LockStatus::skipped : LockStatus::not_available;

  transaction::LockTag tag = entry_tag(impl_->clustered.tree, key);
  bool held = false;
  bool taken = false;
  while (true) {
    bool in_flight = false;
    bool in_the_way = false;
    transaction::Xid holder{};
    {
      btree::SharedLeaf leaf = impl_->clustered.tree.seek_shared(btree::bytes_of(key));
      if (!leaf.found()) return LockStatus::deleted;
      version.assign(leaf.value());
      in_flight = transaction::in_flight_elsewhere(view, version.header);
      if (in_flight) {
        const bool lesser = (version.header.flags & transaction::kKeyKept) != 0 &&
                            !version.header.deleted();
        const RowLockMode theirs = lesser ? RowLockMode::no_key_update : RowLockMode::update;
        holder = version.header.xid;
        in_the_way = transaction::conflicts(mode, theirs);
        if (in_the_way) locks.make_explicit(tag, {.xid = holder, .mode = theirs});
      }
    }
    // Who has changed the row before a savepoint, and went back to that, still holds the row; what
    // others made explicit since then went with the savepoint, and let us in. They must not find
    // our lock before them when they come to the row again.
    if (in_the_way && taken) {
      locks.unlock_row(own, tag, mode);
      held = taken = false;
    }
    if (!held || in_the_way) {
      // Another change may have come between the look and the lock: look again. From here on
      // nobody can put a conflicting one there without meeting the lock.
      const LockManager::RowGrab grab = locks.lock_row(own, tag, mode, wait);
      if (grab != LockManager::RowGrab::refused) {
        held = true;
        taken = grab == LockManager::RowGrab::taken;
      } else if (!in_the_way || still_in_flight(view, key, holder)) {
        return refused;
      }
      continue;
    }

    // A compatible change in flight is not what the row is.
    if (in_flight) {
      bool existed = true;
      while (existed && transaction::in_flight_elsewhere(view, version.header)) {
        existed = transaction::previous_version(view, version);
      }
      if (!existed) return LockStatus::deleted;
    }
    const Standing standing = transaction::standing(view, version.header);
    if (version.header.deleted()) {
      if (standing == Standing::own_later) return LockStatus::self_modified;
      if ((version.header.flags & transaction::kMoved) == 0) return LockStatus::deleted;
      // Its key was changed: the row lives on elsewhere.
      key.assign(text_of(version.payload));
      tag = entry_tag(impl_->clustered.tree, key);
      followed = true;
      held = taken = false;
      continue;
    }
    // FOR KEY SHARE is content with the version that it saw while only other columns have changed.
    if (mode == RowLockMode::key_share && standing == Standing::newer && !followed &&
        key_kept_since(view, version)) {
      if (moved_to != nullptr) *moved_to = key;
      if (!columns.empty()) project(*impl_, key, version, columns, out, 0, *arena);
      return LockStatus::locked_same;
    }
    if (moved_to != nullptr) *moved_to = key;
    if (!columns.empty()) {
      CHECK(arena != nullptr);
      project(*impl_, key, version, columns, out, 0, *arena);
    }
    if (standing == Standing::own_later) return LockStatus::self_modified;
    return standing == Standing::seen && !followed ? LockStatus::locked_same
                                                   : LockStatus::locked_newer;
  }
}

bool Table::still_in_flight(const View& view, std::string_view row_key,
                            transaction::Xid xid) const {
  btree::SharedLeaf leaf = impl_->clustered.tree.seek_shared(btree::bytes_of(row_key));
  if (!leaf.found()) return false;
  const VersionHeader version = transaction::parse_version(leaf.value());
  return version.xid == xid && transaction::in_flight_elsewhere(view, version);
}

}  // namespace table
