// The table of locks that are not held by fast path, and who waits for them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "transaction/ids.h"
#include "transaction/lock_manager.h"
#include "wal/parker.h"

namespace transaction {

class WaitControl;

// A mode's number within its kind; relation: TableLockMode, row: RowLockMode, advisory and
// transaction: AdvisoryMode.
using Mode = std::uint8_t;
using ModeMask = std::uint16_t;

ModeMask conflict_mask(LockTag::Kind kind, Mode mode);
std::string_view mode_name(LockTag::Kind kind, Mode mode);

struct LockTagHash {
  std::size_t operator()(const LockTag& tag) const {
    std::uint64_t h = tag.object * 0x9e37'79b9'7f4a'7c15u;
    h ^= (std::uint64_t{tag.space} << 8) | static_cast<std::uint8_t>(tag.kind);
    h *= 0xff51'afd7'ed55'8ccdu;
    return h ^ (h >> 32);
  }
};

struct HeldLock {
  LockTag tag;
  Mode mode = 0;
  bool fast = false;          // a weak relation lock that only its owner knows of
  std::uint32_t count = 1;    // session advisory locks
};

// Who holds and waits: a transaction, or a session for its session-level advisory locks. Never
// freed while the manager lives, so a pointer found in a wait-for graph may be looked at.
struct LockOwner {
  std::mutex mutex;  // before a shard's; guards what follows
  // Owners of one group never conflict: a session and its transaction. Set while nobody else can
  // depend on it, but a search for deadlocks may still be looking.
  std::atomic<std::uint64_t> group{0};
  std::atomic<std::int32_t> pid{0};
  std::atomic<Xid> xid{kNoXid};
  std::atomic<std::uint32_t> serial{0};  // how often the owner began: names it with the pid
  // Somebody queues for what the owner holds. Kept to the end, though they may have given up.
  std::atomic<bool> is_waited_for{false};
  bool is_transaction = false;           // not a session, nor one that recovery rolls back
  bool ended = true;
  std::vector<HeldLock> tables;    // tag and mode are read by the owner itself without the mutex
  std::vector<HeldLock> rows;
  std::vector<HeldLock> advisory;
  std::unordered_set<std::uint64_t> many_tables;  // relation << 8 | mode, when they are many

  bool waiting = false;
  LockTag waiting_tag;
  Mode waiting_mode = 0;
  std::uint64_t wait_serial = 0;
};

class LockTable {
 public:
  // One edge of the wait-for graph.
  struct Blocker {
    LockOwner* owner;
    bool hard;  // holds it; else waits ahead, for `mode`
    Mode mode = 0;
  };

  enum class Grab : std::uint8_t { refused, granted, held_before };

  // Refused when it cannot be had at once and `block` is not set. Does not touch owner.rows etc.:
  // that is the caller's. Throws SqlError.
  Grab acquire(LockOwner& owner, const LockTag& tag, Mode mode, bool block, WaitControl& control,
               class LockManagerWaits& waits);
  void release(LockOwner& owner, const LockTag& tag, Mode mode);
  // Makes a lock that `owner` has anyhow known to others; true when it was not. Its mutex is held.
  // Who waits there already may wait for one more by that, and looks for a deadlock anew.
  bool add_grant(LockOwner& owner, const LockTag& tag, Mode mode);

  bool conflicts(const LockOwner& owner, const LockTag& tag, Mode mode) const {
    const Shard& shard = shard_of(tag);
    if (shard.count.load(std::memory_order_acquire) == 0) return false;
    return conflicts_slow(shard, owner, tag, mode);
  }

  // Whether `owner`, or one of its group, holds a part of the lock that stands in the way of `mode`.
  bool holds_against(const LockOwner& owner, const LockTag& tag, Mode mode) const;
  // Whether `owner` is in the queue: not any more as soon as it is granted the lock, though it may
  // not have noticed yet.
  bool is_queued(const LockOwner& owner, const LockTag& tag) const;
  // Whom `owner` waits for with its request; nobody when it is not in the queue.
  std::vector<Blocker> blockers(const LockOwner& owner, const LockTag& tag, Mode mode) const;
  void list(std::vector<LockInfo>& into) const;

  // A queue may be reordered to undo a deadlock. Moves the request of `waiter` right in front of that
  // of `ahead`, without granting anything, and says who came next after `waiter` before (null: it was
  // the last); nullopt when one of the two does not wait there, or not in this order.
  std::optional<LockOwner*> overtake(const LockTag& tag, LockOwner& waiter, LockOwner& ahead);
  // Undoes it, as far as those concerned still wait.
  void fall_back(const LockTag& tag, LockOwner& waiter, LockOwner* next);
  std::vector<LockOwner*> waiters(const LockTag& tag) const;
  // Grants what the new order allows.
  void regrant(const LockTag& tag);

 private:
  struct Grant {
    LockOwner* owner;
    ModeMask modes;
  };
  struct Waiter {
    LockOwner* owner;
    Mode mode;
    wal::Parker* parker;
    std::atomic<bool> granted{false};
    std::atomic<bool> let_go{false};  // after granted: whoever granted it is done with the waiter
    std::atomic<bool> look_again{false};  // it waits for one more: a deadlock may be there now
    bool was_new = false;  // set with granted: this grant added the mode to what the owner holds
    Waiter* next = nullptr;
    Waiter* previous = nullptr;
  };
  struct Entry {
    std::vector<Grant> grants;
    Waiter* first = nullptr;
    Waiter* last = nullptr;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::atomic<std::uint32_t> count{0};
    std::unordered_map<LockTag, Entry, LockTagHash> entries;
    std::vector<std::vector<Grant>> spare;  // buffers of entries that went
  };
  static constexpr std::size_t kShards = 128;

  const Shard& shard_of(const LockTag& tag) const {
    return shards_[(LockTagHash{}(tag) >> 7) % kShards];
  }
  Shard& shard_of(const LockTag& tag) {
    return shards_[(LockTagHash{}(tag) >> 7) % kShards];
  }
  static ModeMask held_by_others(const Entry& entry, std::uint64_t group);
  static Grant* grant_of(Entry& entry, const LockOwner& owner);
  static bool add_to(Entry& entry, LockOwner& owner, Mode mode);
  bool conflicts_slow(const Shard& shard, const LockOwner& owner, const LockTag& tag,
                      Mode mode) const;
  Entry& entry_of(Shard& shard, const LockTag& tag);
  void drop_if_empty(Shard& shard, const LockTag& tag, Entry& entry);
  static void unlink(Entry& entry, Waiter& waiter);
  // Puts it in front of `before`; null: at the end.
  static void link(Entry& entry, Waiter& waiter, Waiter* before);
  static Waiter* waiter_of(const Entry& entry, const LockOwner& owner);
  // Grants what can be granted; the waiters are to be woken when the shard's mutex is free, since
  // they, or who runs on their core, want that next. Chained by `next`.
  [[nodiscard]] static Waiter* grant_waiters(LockTag::Kind kind, Entry& entry);
  static void wake(Waiter* granted);

  std::array<Shard, kShards> shards_;
};

// What a wait needs from its surroundings: time, and the deadlock check.
class LockManagerWaits {
 public:
  virtual ~LockManagerWaits() = default;
  virtual class TimerService& timers() = 0;
  // Throws SqlError 40P01 when `owner` is part of a cycle.
  virtual void check_deadlock(LockOwner& owner) = 0;
};

}  // namespace transaction
