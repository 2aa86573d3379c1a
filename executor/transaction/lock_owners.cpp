// Beginning and ending owners, and giving back what they hold.
#include <algorithm>

#include "lock_manager_impl.h"
#include "wal/check.h"

namespace transaction {

LockOwner& LockManager::Impl::begin_owner(std::int32_t pid, OwnerKind kind) {
  LockOwner* owner = nullptr;
  std::uint64_t group = 0;
  {
    std::lock_guard lock(owners_mutex);
    if (free_owners.empty()) {
      owner = &owners.emplace_back();
    } else {
      owner = free_owners.back();
      free_owners.pop_back();
    }
    group = pid > 0 ? static_cast<std::uint64_t>(pid) : ++next_group;
  }
  std::lock_guard lock(owner->mutex);
  owner->group = group;
  owner->pid = pid;
  owner->xid = kNoXid;
  owner->serial.fetch_add(1, std::memory_order_relaxed);
  owner->is_waited_for.store(false, std::memory_order_relaxed);
  owner->is_transaction = kind == OwnerKind::transaction && pid > 0;
  owner->ended = false;
  return *owner;
}

void LockManager::Impl::detach_owner(LockOwner& owner) {
  std::uint64_t group = 0;
  {
    std::lock_guard lock(owners_mutex);
    group = ++next_group;
  }
  std::lock_guard lock(owner.mutex);
  owner.group = group;
  owner.pid = 0;
  owner.is_transaction = false;
}

void LockManager::Impl::set_xid(LockOwner& owner, Xid xid) {
  owner.xid = xid;
  XidShard& shard = shard_of(xid);
  std::lock_guard lock(shard.mutex);
  shard.owners.emplace(wal::raw(xid), &owner);
}

void LockManager::Impl::release_one(LockOwner& owner, const HeldLock& held) {
  if (!held.fast) table.release(owner, held.tag, held.mode);
  if (held.tag.kind == LockTag::Kind::relation &&
      held.mode > static_cast<Mode>(TableLockMode::share_update_exclusive)) {
    strong_count(static_cast<std::uint32_t>(held.tag.object)).fetch_sub(1);
  }
}

// True when nothing but weak table locks was held, which nobody else knows of: most transactions.
bool LockManager::Impl::end_at_once(LockOwner& owner) {
  std::lock_guard lock(owner.mutex);
  if (!owner.rows.empty() || !owner.advisory.empty()) return false;
  for (const HeldLock& held : owner.tables) {
    if (!held.fast) return false;
  }
  owner.tables.clear();
  owner.many_tables.clear();
  owner.ended = true;
  return true;
}

void LockManager::Impl::end_owner(LockOwner& owner) {
  if (const Xid xid = owner.xid.load(); xid != kNoXid) {
    XidShard& shard = shard_of(xid);
    std::lock_guard lock(shard.mutex);
    shard.owners.erase(wal::raw(xid));
  }
  if (!end_at_once(owner)) {
    release_after(owner, Mark{0, 0, 0});
    std::lock_guard lock(owner.mutex);
    // Between the release above and here, somebody who met our xid in a row may have made that
    // explicit: it goes, too.
    owner.ended = true;
  }
  if (!owner.rows.empty()) release_after(owner, Mark{0, 0, 0});
  owner.xid = kNoXid;
  std::lock_guard lock(owners_mutex);
  free_owners.push_back(&owner);
}

bool LockManager::Impl::holds_twice(LockOwner& transaction, std::int32_t pid) {
  LockOwner* session = nullptr;
  {
    std::lock_guard lock(owners_mutex);
    const auto place = sessions.find(pid);
    if (place != sessions.end()) session = place->second;
  }
  if (session == nullptr || session == &transaction) return false;
  std::scoped_lock lock(transaction.mutex, session->mutex);
  return std::ranges::any_of(transaction.advisory, [&](const HeldLock& held) {
    return std::ranges::any_of(session->advisory, [&](const HeldLock& other) { return other.tag == held.tag; });
  });
}

LockManager::Impl::Mark LockManager::Impl::mark(LockOwner& owner) {
  std::lock_guard lock(owner.mutex);
  return {static_cast<std::uint32_t>(owner.tables.size()),
          static_cast<std::uint32_t>(owner.rows.size()),
          static_cast<std::uint32_t>(owner.advisory.size())};
}

OrderingLocks LockManager::Impl::ordering_locks(LockOwner& owner) {
  std::lock_guard lock(owner.mutex);
  return {.rows = !owner.rows.empty() || !owner.advisory.empty(),
          .tables = std::ranges::any_of(owner.tables, [](const HeldLock& held) {
            return held.mode > static_cast<Mode>(TableLockMode::row_exclusive);
          })};
}

void LockManager::Impl::release_after(LockOwner& owner, const Mark& mark) {
  // The lists shrink one by one: a fast lock must not be published between being taken off the
  // list and being released, and the table's mutexes come after the owner's.
  const auto shrink = [&](std::vector<HeldLock>& list, std::size_t size) {
    while (true) {
      HeldLock held;
      {
        std::lock_guard lock(owner.mutex);
        while (list.size() > size && list.back().fast) list.pop_back();
        if (list.size() <= size) return;
        held = list.back();
        list.pop_back();
      }
      release_one(owner, held);
    }
  };
  shrink(owner.rows, mark.rows);
  shrink(owner.advisory, mark.advisory);
  shrink(owner.tables, mark.tables);
  std::lock_guard lock(owner.mutex);
  if (!owner.many_tables.empty()) {
    owner.many_tables.clear();
    for (const HeldLock& held : owner.tables) {
      owner.many_tables.insert(held.tag.object << 8 | held.mode);
    }
  }
}

std::vector<std::pair<Xid, std::int32_t>> LockManager::Impl::holders_of_xids() {
  std::vector<std::pair<Xid, std::int32_t>> found;
  for (XidShard& shard : xids) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [xid, owner] : shard.owners) found.emplace_back(Xid{xid}, owner->pid.load());
  }
  return found;
}

std::vector<LockOwner*> LockManager::Impl::owners_of(std::int32_t pid) {
  std::vector<LockOwner*> found;
  std::lock_guard lock(owners_mutex);
  for (LockOwner& owner : owners) {
    std::lock_guard owner_lock(owner.mutex);
    if (!owner.ended && owner.pid == pid) found.push_back(&owner);
  }
  return found;
}

}  // namespace transaction
