#include "lock_table.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "transaction/timer_service.h"
#include "transaction/wait_control.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace transaction {

ModeMask conflict_mask(LockTag::Kind kind, Mode mode) {
  switch (kind) {
    case LockTag::Kind::relation: return detail::kTableConflicts[mode];
    case LockTag::Kind::row: return detail::kRowConflicts[mode];
    case LockTag::Kind::transaction:
    case LockTag::Kind::advisory:
      return mode == static_cast<Mode>(AdvisoryMode::exclusive) ? 0b11 : 0b10;
  }
  return 0;
}

std::string_view mode_name(LockTag::Kind kind, Mode mode) {
  switch (kind) {
    case LockTag::Kind::relation: return name_of(static_cast<TableLockMode>(mode));
    case LockTag::Kind::row:
      // As PostgreSQL's heavyweight locks on tuples are called.
      return name_of(std::array{TableLockMode::access_share, TableLockMode::row_share,
                                TableLockMode::exclusive, TableLockMode::access_exclusive}[mode]);
    case LockTag::Kind::transaction:
    case LockTag::Kind::advisory:
      return mode == static_cast<Mode>(AdvisoryMode::exclusive) ? "ExclusiveLock" : "ShareLock";
  }
  return "?";
}

ModeMask LockTable::held_by_others(const Entry& entry, std::uint64_t group) {
  ModeMask held = 0;
  for (const Grant& grant : entry.grants) {
    if (grant.owner->group != group) held = static_cast<ModeMask>(held | grant.modes);
  }
  return held;
}

LockTable::Grant* LockTable::grant_of(Entry& entry, const LockOwner& owner) {
  for (Grant& grant : entry.grants) {
    if (grant.owner == &owner) return &grant;
  }
  return nullptr;
}

bool LockTable::add_to(Entry& entry, LockOwner& owner, Mode mode) {
  const ModeMask bit = static_cast<ModeMask>(1u << mode);
  if (Grant* grant = grant_of(entry, owner)) {
    const bool is_new = (grant->modes & bit) == 0;
    grant->modes = static_cast<ModeMask>(grant->modes | bit);
    return is_new;
  }
  entry.grants.push_back({&owner, bit});
  return true;
}

LockTable::Entry& LockTable::entry_of(Shard& shard, const LockTag& tag) {
  const auto [place, is_new] = shard.entries.try_emplace(tag);
  if (is_new) {
    if (!shard.spare.empty()) {
      place->second.grants = std::move(shard.spare.back());
      shard.spare.pop_back();
    }
    shard.count.store(static_cast<std::uint32_t>(shard.entries.size()), std::memory_order_release);
  }
  return place->second;
}

void LockTable::drop_if_empty(Shard& shard, const LockTag& tag, Entry& entry) {
  if (!entry.grants.empty() || entry.first != nullptr) return;
  if (shard.spare.size() < 16) shard.spare.push_back(std::move(entry.grants));
  shard.entries.erase(tag);
  shard.count.store(static_cast<std::uint32_t>(shard.entries.size()), std::memory_order_release);
}

void LockTable::unlink(Entry& entry, Waiter& waiter) {
  (waiter.previous ? waiter.previous->next : entry.first) = waiter.next;
  (waiter.next ? waiter.next->previous : entry.last) = waiter.previous;
}

void LockTable::link(Entry& entry, Waiter& waiter, Waiter* before) {
  waiter.next = before;
  waiter.previous = before ? before->previous : entry.last;
  (waiter.previous ? waiter.previous->next : entry.first) = &waiter;
  (before ? before->previous : entry.last) = &waiter;
}

LockTable::Waiter* LockTable::waiter_of(const Entry& entry, const LockOwner& owner) {
  Waiter* waiter = entry.first;
  while (waiter != nullptr && waiter->owner != &owner) waiter = waiter->next;
  return waiter;
}

// First come, first served: a waiter goes when it conflicts neither with who holds the lock nor
// with who waits ahead of it.
LockTable::Waiter* LockTable::grant_waiters(LockTag::Kind kind, Entry& entry) {
  ModeMask ahead = 0;
  Waiter* granted = nullptr;
  Waiter** last_granted = &granted;
  for (Waiter* waiter = entry.first; waiter != nullptr;) {
    Waiter* next = waiter->next;
    const ModeMask conflicting = conflict_mask(kind, waiter->mode);
    if ((conflicting & (held_by_others(entry, waiter->owner->group) | ahead)) == 0) {
      unlink(entry, *waiter);
      // Somebody may have made a lock of this owner explicit while it waited: then the mode is
      // accounted for already.
      waiter->was_new = add_to(entry, *waiter->owner, waiter->mode);
      waiter->next = nullptr;
      if (next != nullptr) waiter->owner->is_waited_for.store(true, std::memory_order_relaxed);
      *last_granted = waiter;
      last_granted = &waiter->next;
      waiter->granted.store(true, std::memory_order_release);
    } else {
      ahead = static_cast<ModeMask>(ahead | (1u << waiter->mode));
    }
    waiter = next;
  }
  return granted;
}

void LockTable::wake(Waiter* granted) {
  while (granted != nullptr) {
    Waiter* const next = granted->next;
    granted->parker->unpark();
    // The waiter's frame is gone as soon as it sees this.
    granted->let_go.store(true, std::memory_order_release);
    granted = next;
  }
}

bool LockTable::conflicts_slow(const Shard& shard, const LockOwner& owner, const LockTag& tag,
                               Mode mode) const {
  std::lock_guard lock(shard.mutex);
  const auto place = shard.entries.find(tag);
  return place != shard.entries.end() &&
         (held_by_others(place->second, owner.group) & conflict_mask(tag.kind, mode)) != 0;
}

bool LockTable::add_grant(LockOwner& owner, const LockTag& tag, Mode mode) {
  Shard& shard = shard_of(tag);
  std::lock_guard lock(shard.mutex);
  Entry& entry = entry_of(shard, tag);
  if (!add_to(entry, owner, mode)) return false;
  for (Waiter* w = entry.first; w != nullptr; w = w->next) {
    if ((conflict_mask(tag.kind, w->mode) >> mode & 1) == 0) continue;
    w->look_again.store(true, std::memory_order_release);
    // Under the mutex, since the waiter's frame lives as long as it is in the queue.
    w->parker->unpark();
  }
  return true;
}

bool LockTable::holds_against(const LockOwner& owner, const LockTag& tag, Mode mode) const {
  const Shard& shard = shard_of(tag);
  std::lock_guard lock(shard.mutex);
  const auto place = shard.entries.find(tag);
  if (place == shard.entries.end()) return false;
  const ModeMask conflicting = conflict_mask(tag.kind, mode);
  return std::ranges::any_of(place->second.grants, [&](const Grant& grant) {
    return grant.owner->group == owner.group && (grant.modes & conflicting) != 0;
  });
}

void LockTable::release(LockOwner& owner, const LockTag& tag, Mode mode) {
  Shard& shard = shard_of(tag);
  Waiter* granted = nullptr;
  {
    std::lock_guard lock(shard.mutex);
    const auto place = shard.entries.find(tag);
    CHECK(place != shard.entries.end());
    Entry& entry = place->second;
    Grant* grant = grant_of(entry, owner);
    CHECK(grant != nullptr && (grant->modes >> mode & 1) != 0);
    grant->modes = static_cast<ModeMask>(grant->modes & ~(1u << mode));
    if (grant->modes == 0) {
      *grant = entry.grants.back();
      entry.grants.pop_back();
    }
    granted = grant_waiters(tag.kind, entry);
    drop_if_empty(shard, tag, entry);
  }
  wake(granted);
}

LockTable::Grab LockTable::acquire(LockOwner& owner, const LockTag& tag, Mode mode, bool block,
                        WaitControl& control, LockManagerWaits& waits) {
  Shard& shard = shard_of(tag);
  const ModeMask conflicting = conflict_mask(tag.kind, mode);
  Waiter waiter{.owner = &owner, .mode = mode, .parker = &wal::Parker::current()};
  {
    std::lock_guard lock(shard.mutex);
    Entry& entry = entry_of(shard, tag);
    ModeMask own = 0;
    for (const Grant& grant : entry.grants) {
      if (grant.owner->group == owner.group) own = static_cast<ModeMask>(own | grant.modes);
    }
    ModeMask ahead = 0;
    // Who holds a part already does not queue behind those who wait for that part.
    if (own == 0) {
      for (Waiter* w = entry.first; w != nullptr; w = w->next) {
        if (w->owner->group != owner.group) ahead = static_cast<ModeMask>(ahead | (1u << w->mode));
      }
    }
    if ((conflicting & (held_by_others(entry, owner.group) | ahead)) == 0) {
      return add_to(entry, owner, mode) ? Grab::granted : Grab::held_before;
    }
    if (!block) {
      drop_if_empty(shard, tag, entry);
      return Grab::refused;
    }
    Waiter* before = nullptr;
    if (own != 0) {
      for (Waiter* w = entry.first; w != nullptr && before == nullptr; w = w->next) {
        if ((conflict_mask(tag.kind, w->mode) & own) != 0) before = w;
      }
    }
    link(entry, waiter, before);
    for (const Grant& grant : entry.grants) {
      if (grant.owner != &owner && (grant.modes & conflicting) != 0)
        grant.owner->is_waited_for.store(true, std::memory_order_relaxed);
    }
  }
  {
    std::lock_guard lock(owner.mutex);
    owner.waiting = true;
    owner.waiting_tag = tag;
    owner.waiting_mode = mode;
    ++owner.wait_serial;
  }

  const Clock::time_point start = Clock::now();
  std::optional<Clock::time_point> give_up;
  if (control.lock_timeout.count() > 0) give_up = start + control.lock_timeout;
  std::optional<Clock::time_point> look_for_deadlock = start + control.deadlock_timeout;
  std::optional<TimerService::Id> timer;
  const auto leave = [&] {
    if (timer) waits.timers().cancel(*timer);
    {
      std::lock_guard lock(owner.mutex);
      owner.waiting = false;
    }
    Waiter* others = nullptr;
    if (!waiter.granted.load(std::memory_order_acquire)) {
      std::lock_guard lock(shard.mutex);
      if (!waiter.granted.load(std::memory_order_acquire)) {
        const auto place = shard.entries.find(tag);
        unlink(place->second, waiter);
        others = grant_waiters(tag.kind, place->second);
        drop_if_empty(shard, tag, place->second);
        waiter.let_go.store(true, std::memory_order_relaxed);
      }
    }
    wake(others);
    // Mostly it was woken by being let go; the few instructions in between take no event.
    while (!waiter.let_go.load(std::memory_order_acquire)) std::this_thread::yield();
    return waiter.granted.load(std::memory_order_relaxed);
  };
  // What was granted while giving up goes back: the caller will not know of it.
  const auto fail = [&] {
    if (leave() && waiter.was_new) release(owner, tag, mode);
  };

  WaitControl::Waiting waiting(control);
  while (!waiter.granted.load(std::memory_order_acquire)) {
    if (const Interrupt why = control.pending(); why != Interrupt::none) {
      fail();
      WaitControl::raise(why);
    }
    const Clock::time_point now = Clock::now();
    if (waiter.look_again.exchange(false, std::memory_order_acquire)) {
      look_for_deadlock = now + control.deadlock_timeout;
    }
    if (give_up && now >= *give_up) {
      fail();
      throw types::SqlError("55P03", "canceling statement due to lock timeout");
    }
    if (look_for_deadlock && now >= *look_for_deadlock) {
      look_for_deadlock.reset();
      try {
        waits.check_deadlock(owner);
      } catch (...) {
        fail();
        throw;
      }
    }
    if (timer) {
      waits.timers().cancel(*timer);
      timer.reset();
    }
    std::optional<Clock::time_point> wake = look_for_deadlock;
    if (give_up && (!wake || *give_up < *wake)) wake = give_up;
    if (wake) {
      timer = waits.timers().call_at(*wake, [parker = waiter.parker] { parker->unpark(); });
    }
    waiter.parker->park();
  }
  leave();
  return waiter.was_new ? Grab::granted : Grab::held_before;
}

bool LockTable::is_queued(const LockOwner& owner, const LockTag& tag) const {
  const Shard& shard = shard_of(tag);
  std::lock_guard lock(shard.mutex);
  const auto place = shard.entries.find(tag);
  return place != shard.entries.end() && waiter_of(place->second, owner) != nullptr;
}

std::vector<LockTable::Blocker> LockTable::blockers(const LockOwner& owner, const LockTag& tag,
                                                    Mode mode) const {
  std::vector<Blocker> found;
  const Shard& shard = shard_of(tag);
  const ModeMask conflicting = conflict_mask(tag.kind, mode);
  std::lock_guard lock(shard.mutex);
  const auto place = shard.entries.find(tag);
  if (place == shard.entries.end() || waiter_of(place->second, owner) == nullptr) return found;
  for (const Grant& grant : place->second.grants) {
    if (grant.owner->group != owner.group && (grant.modes & conflicting) != 0) {
      found.push_back({grant.owner, true, 0});
    }
  }
  for (const Waiter* w = place->second.first; w != nullptr && w->owner != &owner; w = w->next) {
    if (w->owner->group != owner.group && (conflicting >> w->mode & 1) != 0) {
      found.push_back({w->owner, false, w->mode});
    }
  }
  return found;
}

std::optional<LockOwner*> LockTable::overtake(const LockTag& tag, LockOwner& waiter,
                                              LockOwner& ahead) {
  Shard& shard = shard_of(tag);
  std::lock_guard lock(shard.mutex);
  const auto place = shard.entries.find(tag);
  if (place == shard.entries.end()) return std::nullopt;
  Entry& entry = place->second;
  Waiter* const mover = waiter_of(entry, waiter);
  Waiter* const passed = waiter_of(entry, ahead);
  if (mover == nullptr || passed == nullptr) return std::nullopt;
  for (const Waiter* w = passed; w != mover; w = w->next) {
    if (w == nullptr) return std::nullopt;
  }
  LockOwner* const next = mover->next ? mover->next->owner : nullptr;
  unlink(entry, *mover);
  link(entry, *mover, passed);
  return next;
}

void LockTable::fall_back(const LockTag& tag, LockOwner& waiter, LockOwner* next) {
  Shard& shard = shard_of(tag);
  std::lock_guard lock(shard.mutex);
  const auto place = shard.entries.find(tag);
  if (place == shard.entries.end()) return;
  Entry& entry = place->second;
  Waiter* const mover = waiter_of(entry, waiter);
  if (mover == nullptr) return;
  unlink(entry, *mover);
  link(entry, *mover, next ? waiter_of(entry, *next) : nullptr);
}

std::vector<LockOwner*> LockTable::waiters(const LockTag& tag) const {
  const Shard& shard = shard_of(tag);
  std::vector<LockOwner*> found;
  std::lock_guard lock(shard.mutex);
  const auto place = shard.entries.find(tag);
  if (place == shard.entries.end()) return found;
  for (const Waiter* w = place->second.first; w != nullptr; w = w->next) found.push_back(w->owner);
  return found;
}

void LockTable::regrant(const LockTag& tag) {
  Shard& shard = shard_of(tag);
  Waiter* granted = nullptr;
  {
    std::lock_guard lock(shard.mutex);
    const auto place = shard.entries.find(tag);
    if (place != shard.entries.end()) granted = grant_waiters(tag.kind, place->second);
  }
  wake(granted);
}

void LockTable::list(std::vector<LockInfo>& into) const {
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [tag, entry] : shard.entries) {
      const auto add = [&](const LockOwner& owner, Mode mode, bool granted) {
        into.push_back({.tag = tag,
                        .pid = owner.pid.load(),
                        .xid = owner.xid.load(),
                        .serial = owner.serial.load(),
                        .mode = mode_name(tag.kind, mode),
                        .granted = granted,
                        .fast_path = false});
      };
      for (const Grant& grant : entry.grants) {
        for (Mode mode = 0; mode < 16; ++mode) {
          if ((grant.modes >> mode & 1) != 0) add(*grant.owner, mode, true);
        }
      }
      for (const Waiter* w = entry.first; w != nullptr; w = w->next) add(*w->owner, w->mode, false);
    }
  }
}

}  // namespace transaction
