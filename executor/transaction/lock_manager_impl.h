// The lock manager's parts: owners, the table, the deadlock check.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "given_back.h"
#include "lock_table.h"
#include "transaction/lock_manager.h"
#include "transaction/timer_service.h"

namespace transaction {

struct LockManager::Impl final : LockManagerWaits {
  explicit Impl(TimerService& timer_service) : timer_service(timer_service) {}

  // --- owners ---------------------------------------------------------------------------------
  enum class OwnerKind : std::uint8_t { transaction, session };
  LockOwner& begin_owner(std::int32_t pid, OwnerKind kind = OwnerKind::transaction);
  // Makes the owner known by its xid, so that its implicit locks can be made explicit.
  void set_xid(LockOwner& owner, Xid xid);
  // It stands for itself from now on, not for a session.
  void detach_owner(LockOwner& owner);
  // Gives everything back; the owner may serve somebody else afterwards.
  void end_owner(LockOwner& owner);
  bool end_at_once(LockOwner& owner);
  std::vector<std::pair<Xid, std::int32_t>> holders_of_xids();
  struct Mark {
    std::uint32_t tables, rows, advisory;
  };
  // An advisory lock of the transaction's on what its session has one on, too.
  bool holds_twice(LockOwner& transaction, std::int32_t pid);
  static Mark mark(LockOwner& owner);
  static OrderingLocks ordering_locks(LockOwner& owner);
  void release_after(LockOwner& owner, const Mark& mark);

  // --- tables ---------------------------------------------------------------------------------
  bool lock_table(LockOwner& owner, std::uint32_t relation, TableLockMode mode, bool block,
                  WaitControl& control);

  // --- rows -----------------------------------------------------------------------------------
  // False when the transaction has ended meanwhile.
  bool make_explicit(const LockTag& tag, const LockManager::InFlight& in_flight);

  // --- waiting --------------------------------------------------------------------------------
  TimerService& timers() override { return timer_service; }
  void check_deadlock(LockOwner& owner) override;
  std::vector<LockOwner*> owners_of(std::int32_t pid);

  // How many strong table locks are held or sought, by hash of the relation: while it is 0, weak
  // modes are noted by their owner alone.
  std::atomic<std::uint32_t>& strong_count(std::uint32_t relation) {
    return strong_counts[(relation * 0x9e37'79b9u) >> 22];
  }
  void publish_weak_locks(std::uint32_t relation);
  void release_one(LockOwner& owner, const HeldLock& held);

  TimerService& timer_service;
  LockTable table;
  std::array<std::atomic<std::uint32_t>, 1024> strong_counts{};

  mutable std::mutex owners_mutex;
  std::deque<LockOwner> owners;
  std::vector<LockOwner*> free_owners;
  std::uint64_t next_group = std::uint64_t{1} << 32;
  std::unordered_map<std::int32_t, LockOwner*> sessions;  // with session-level advisory locks

  struct alignas(64) XidShard {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, LockOwner*> owners;
  };
  std::array<XidShard, 32> xids;
  XidShard& shard_of(Xid xid) { return xids[wal::raw(xid) % xids.size()]; }

  std::atomic<std::uint64_t> deadlocks{0};  // found
  std::mutex deadlock_mutex;  // one search at a time: exactly one victim per cycle
};

}  // namespace transaction
