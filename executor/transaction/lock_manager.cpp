#include "transaction/lock_manager.h"

#include <algorithm>
#include <string_view>

#include "lock_manager_impl.h"
#include "running.h"
#include "wal/check.h"

namespace transaction {
namespace {

constexpr Mode mode_number(auto mode) { return static_cast<Mode>(mode); }

LockTag relation_tag(std::uint32_t relation) {
  return {.kind = LockTag::Kind::relation, .space = 0, .object = relation};
}

bool is_weak(TableLockMode mode) { return mode <= TableLockMode::row_exclusive; }
bool is_strong(TableLockMode mode) { return mode > TableLockMode::share_update_exclusive; }

}  // namespace

LockTag row_tag(wal::PageNo root, std::span<const std::byte> key) {
  // Two rounds of a multiply-and-fold hash: quick for the short keys that most are.
  std::uint64_t h = 0x2545'f491'4f6c'dd1du ^ key.size();
  std::size_t at = 0;
  for (; at < key.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data() + at, std::min<std::size_t>(8, key.size() - at));
    h = (h ^ word) * 0x9e37'79b9'7f4a'7c15u;
    h ^= h >> 29;
  }
  return {.kind = LockTag::Kind::row, .space = wal::raw(root), .object = h};
}

LockTag advisory_tag(std::int64_t key) {
  return {.kind = LockTag::Kind::advisory, .space = 1, .object = static_cast<std::uint64_t>(key)};
}

LockTag advisory_tag(std::int32_t key1, std::int32_t key2) {
  return {.kind = LockTag::Kind::advisory,
          .space = 2,
          .object = std::uint64_t{static_cast<std::uint32_t>(key1)} << 32 |
                    static_cast<std::uint32_t>(key2)};
}

LockTag notification_tag() {
  return {.kind = LockTag::Kind::advisory, .space = 3, .object = 0};
}

LockManager::LockManager(TimerService& timers) : impl_(std::make_unique<Impl>(timers)) {}
LockManager::~LockManager() = default;

// Moves weak locks on the relation that only their owners know of into the table. The caller has
// raised the strong count, so none is added behind its back.
void LockManager::Impl::publish_weak_locks(std::uint32_t relation) {
  std::lock_guard lock(owners_mutex);
  for (LockOwner& owner : owners) {
    std::lock_guard owner_lock(owner.mutex);
    for (HeldLock& held : owner.tables) {
      if (held.fast && held.tag.object == relation) {
        table.add_grant(owner, held.tag, held.mode);
        held.fast = false;
      }
    }
  }
}

bool LockManager::Impl::lock_table(LockOwner& owner, std::uint32_t relation, TableLockMode mode,
                                   bool block, WaitControl& control) {
  constexpr std::size_t kFew = 16;
  const LockTag tag = relation_tag(relation);
  if (owner.many_tables.empty()) {
    for (const HeldLock& held : owner.tables) {
      if (held.tag.object == relation && held.mode == mode_number(mode)) return true;
    }
  } else if (owner.many_tables.contains(std::uint64_t{relation} << 8 | mode_number(mode))) {
    return true;
  }

  const auto note = [&](bool fast) {
    owner.tables.push_back({.tag = tag, .mode = mode_number(mode), .fast = fast});
    if (owner.tables.size() > kFew) {
      if (owner.many_tables.empty()) {
        for (const HeldLock& held : owner.tables) {
          owner.many_tables.insert(held.tag.object << 8 | held.mode);
        }
      } else {
        owner.many_tables.insert(std::uint64_t{relation} << 8 | mode_number(mode));
      }
    }
  };
  if (is_weak(mode)) {
    std::lock_guard lock(owner.mutex);
    if (strong_count(relation).load() == 0) {
      note(true);
      return true;
    }
  }
  if (is_strong(mode)) {
    strong_count(relation).fetch_add(1);
    publish_weak_locks(relation);
  }
  try {
    if (table.acquire(owner, tag, mode_number(mode), block, control, *this) !=
        LockTable::Grab::refused) {
      std::lock_guard lock(owner.mutex);
      note(false);
      return true;
    }
  } catch (...) {
    if (is_strong(mode)) strong_count(relation).fetch_sub(1);
    throw;
  }
  if (is_strong(mode)) strong_count(relation).fetch_sub(1);
  return false;
}

bool LockManager::lock_table(Transaction& transaction, std::uint32_t relation, TableLockMode mode,
                             LockWait wait) {
  if (!impl_->lock_table(owner_of(transaction), relation, mode, wait == LockWait::block, transaction.wait_control()))
    return false;
  running(transaction).took_table_lock();
  return true;
}

bool LockManager::Impl::make_explicit(const LockTag& tag, const LockManager::InFlight& in_flight) {
  XidShard& shard = shard_of(in_flight.xid);
  std::lock_guard lock(shard.mutex);
  const auto place = shard.owners.find(wal::raw(in_flight.xid));
  if (place == shard.owners.end()) return false;
  LockOwner& owner = *place->second;
  std::lock_guard owner_lock(owner.mutex);
  if (owner.ended) return false;
  const Mode mode = mode_number(in_flight.mode);
  if (table.add_grant(owner, tag, mode)) owner.rows.push_back({.tag = tag, .mode = mode});
  return true;
}

bool LockManager::make_explicit(const LockTag& tag, const InFlight& in_flight) {
  return impl_->make_explicit(tag, in_flight);
}

LockManager::RowGrab LockManager::lock_row(Transaction& transaction, const LockTag& tag,
                                           RowLockMode mode, LockWait wait) {
  LockOwner& owner = owner_of(transaction);
  switch (impl_->table.acquire(owner, tag, mode_number(mode), wait == LockWait::block,
                               transaction.wait_control(), *impl_)) {
    case LockTable::Grab::refused:
      return RowGrab::refused;
    case LockTable::Grab::held_before:
      return RowGrab::held_before;
    case LockTable::Grab::granted: {
      running(transaction).took_row();
      std::lock_guard lock(owner.mutex);
      owner.rows.push_back({.tag = tag, .mode = mode_number(mode)});
      return RowGrab::taken;
    }
  }
  return RowGrab::refused;
}

void LockManager::unlock_row(Transaction& transaction, const LockTag& tag, RowLockMode mode) {
  LockOwner& owner = owner_of(transaction);
  {
    std::lock_guard lock(owner.mutex);
    const auto held = std::find_if(owner.rows.rbegin(), owner.rows.rend(), [&](const HeldLock& h) {
      return h.tag == tag && h.mode == mode_number(mode);
    });
    CHECK(held != owner.rows.rend());
    owner.rows.erase(std::prev(held.base()));
  }
  impl_->table.release(owner, tag, mode_number(mode));
}

void LockManager::wait_for_row(Transaction& transaction, const LockTag& tag) {
  LockOwner& owner = owner_of(transaction);
  const Mode mode = mode_number(RowLockMode::share);
  if (impl_->table.acquire(owner, tag, mode, true, transaction.wait_control(), *impl_) ==
      LockTable::Grab::granted) {
    impl_->table.release(owner, tag, mode);
  }
}

LockManager::KeyGuard::KeyGuard(LockManager& manager, Transaction& transaction, const LockTag& tag)
    : manager_(manager), transaction_(transaction), tag_(tag) {
  release_ = manager_.impl_->table.acquire(owner_of(transaction), tag,
                                           mode_number(RowLockMode::update), true,
                                           transaction.wait_control(), *manager_.impl_) ==
             LockTable::Grab::granted;
}

LockManager::KeyGuard::~KeyGuard() {
  if (release_) {
    manager_.impl_->table.release(owner_of(transaction_), tag_, mode_number(RowLockMode::update));
  }
}

bool LockManager::row_is_locked(Transaction& transaction, const LockTag& tag,
                                RowLockMode mode) const {
  return impl_->table.conflicts(owner_of(transaction), tag, mode_number(mode));
}

bool LockManager::lock_advisory(Transaction& transaction, LockTag tag, AdvisoryMode mode,
                                bool for_session, LockWait wait) {
  LockOwner* owner = &owner_of(transaction);
  if (for_session) {
    const std::int32_t pid = transaction.pid();
    CHECK(pid > 0);
    LockOwner* session = nullptr;
    {
      std::lock_guard lock(impl_->owners_mutex);
      session = impl_->sessions[pid];
    }
    if (session == nullptr) {
      session = &impl_->begin_owner(pid, LockManager::Impl::OwnerKind::session);
      std::lock_guard lock(impl_->owners_mutex);
      impl_->sessions[pid] = session;
    }
    owner = session;
  }
  const auto grab = impl_->table.acquire(*owner, tag, mode_number(mode), wait == LockWait::block,
                                         transaction.wait_control(), *impl_);
  if (grab == LockTable::Grab::refused) return false;
  // It may outlive the transaction.
  running(transaction).took_lasting_lock();
  std::lock_guard lock(owner->mutex);
  if (grab == LockTable::Grab::granted) {
    owner->advisory.push_back({.tag = tag, .mode = mode_number(mode)});
  } else if (for_session) {
    for (HeldLock& held : owner->advisory) {
      if (held.tag == tag && held.mode == mode_number(mode)) ++held.count;
    }
  }
  return true;
}

bool LockManager::unlock_advisory(std::int32_t session, LockTag tag, AdvisoryMode mode) {
  LockOwner* owner = nullptr;
  {
    std::lock_guard lock(impl_->owners_mutex);
    const auto place = impl_->sessions.find(session);
    if (place == impl_->sessions.end() || place->second == nullptr) return false;
    owner = place->second;
  }
  {
    std::lock_guard lock(owner->mutex);
    const auto held = std::find_if(
        owner->advisory.begin(), owner->advisory.end(),
        [&](const HeldLock& h) { return h.tag == tag && h.mode == mode_number(mode); });
    if (held == owner->advisory.end()) return false;
    if (--held->count > 0) return true;
    owner->advisory.erase(held);
  }
  impl_->table.release(*owner, tag, mode_number(mode));
  return true;
}

void LockManager::unlock_all_advisory(std::int32_t session) {
  LockOwner* owner = nullptr;
  {
    std::lock_guard lock(impl_->owners_mutex);
    const auto place = impl_->sessions.find(session);
    if (place == impl_->sessions.end()) return;
    owner = place->second;
    impl_->sessions.erase(place);
  }
  if (owner != nullptr) impl_->end_owner(*owner);
}

bool LockManager::is_waited_for(Transaction& transaction) {
  return owner_of(transaction).is_waited_for.load(std::memory_order_relaxed);
}

std::vector<LockInfo> LockManager::list() const {
  std::vector<LockInfo> found;
  impl_->table.list(found);
  std::lock_guard lock(impl_->owners_mutex);
  for (LockOwner& owner : impl_->owners) {
    std::lock_guard owner_lock(owner.mutex);
    if (owner.ended) continue;
    for (const HeldLock& held : owner.tables) {
      if (!held.fast) continue;
      found.push_back({.tag = held.tag,
                       .pid = owner.pid.load(),
                       .xid = owner.xid.load(),
                       .serial = owner.serial.load(),
                       .mode = mode_name(held.tag.kind, held.mode),
                       .granted = true,
                       .fast_path = true});
    }
    if (owner.is_transaction) {
      found.push_back({.tag = {LockTag::Kind::transaction, kVirtualTransaction, owner.serial.load()},
                       .pid = owner.pid.load(),
                       .xid = owner.xid.load(),
                       .serial = owner.serial.load(),
                       .mode = "ExclusiveLock",
                       .fast_path = true});
    }
    if (const Xid xid = owner.xid.load(); xid != kNoXid) {
      found.push_back({.tag = {LockTag::Kind::transaction, 0, wal::raw(xid)},
                       .pid = owner.pid.load(),
                       .xid = xid,
                       .serial = owner.serial.load(),
                       .mode = "ExclusiveLock"});
    }
  }
  return found;
}

}  // namespace transaction
