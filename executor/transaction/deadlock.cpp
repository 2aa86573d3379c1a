// Who waits for whom, and whether somebody waits for themselves.
//
// Edges are read one lock at a time, so a cycle found may be made of edges that never were there
// together. It is real when a second look finds all its members still in the same waits: who waits
// gives nothing back meanwhile, so every edge stood throughout. If not, the search begins anew: a
// real one may have been behind it. A cycle is closed by who begins to wait, or by a lock that
// becomes explicit while others wait for it; these look for it afterwards.
//
// A cycle in which somebody only waits for a place in a queue is undone by changing the queue, as in
// PostgreSQL (src/backend/storage/lmgr/README, "The Deadlock Detection Algorithm").
#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

#include "lock_manager_impl.h"
#include "types/sql_error.h"

namespace transaction {
namespace {

struct Wait {
  LockTag tag;
  Mode mode = 0;
  std::uint64_t serial = 0;
};

std::optional<Wait> wait_of(LockOwner& owner) {
  std::lock_guard lock(owner.mutex);
  if (!owner.waiting) return std::nullopt;
  return Wait{owner.waiting_tag, owner.waiting_mode, owner.wait_serial};
}

struct Step {
  LockOwner* owner;
  Wait wait;
  LockTable::Blocker blocker = {};  // whom it waits for, on this way round
};

// An owner with those it waits as one with.
using GroupOf = std::function<std::vector<LockOwner*>(LockOwner& owner)>;

bool find_cycle(const LockTable& table, const GroupOf& group_of, LockOwner& start, LockOwner& at,
                std::unordered_set<LockOwner*>& seen, std::vector<Step>& path) {
  const std::optional<Wait> wait = wait_of(at);
  if (!wait) return false;
  path.push_back({&at, *wait});
  for (const LockTable::Blocker& blocker : table.blockers(at, wait->tag, wait->mode)) {
    path.back().blocker = blocker;
    if (blocker.owner->group == start.group) return true;
    // Who waits ahead for no more than we do waits for nobody that we do not, but for ourselves: a
    // long queue is not searched once per member.
    const ModeMask theirs = conflict_mask(wait->tag.kind, blocker.mode);
    if (!blocker.hard && (theirs & ~conflict_mask(wait->tag.kind, wait->mode)) == 0 &&
        !table.holds_against(at, wait->tag, blocker.mode)) {
      continue;
    }
    for (LockOwner* owner : group_of(*blocker.owner)) {
      if (seen.insert(owner).second && find_cycle(table, group_of, start, *owner, seen, path)) {
        return true;
      }
    }
  }
  path.pop_back();
  return false;
}

class Detector {
 public:
  Detector(LockTable& table, const GroupOf& group_of) : table_(table), group_of_(group_of) {}

  // The waits that lead from `owner` back to it; empty when there is no such cycle.
  std::vector<Step> cycle_through(LockOwner& owner) const {
    while (true) {
      std::vector<Step> path;
      std::unordered_set<LockOwner*> seen{&owner};
      if (!find_cycle(table_, group_of_, owner, owner, seen, path)) return {};
      const bool stands = std::ranges::all_of(path, [this](const Step& step) {
        const bool queued = table_.is_queued(*step.owner, step.wait.tag);
        const std::optional<Wait> now = wait_of(*step.owner);
        return queued && now && now->serial == step.wait.serial;
      });
      if (stands) return path;
    }
  }

  // Lets somebody on the way round pass whom it merely queues behind, if that leaves no deadlock;
  // then whoever may go now goes.
  bool reorder(LockOwner& owner, const std::vector<Step>& path, unsigned depth = 0) {
    if (depth == kReordersMax) return false;
    for (const Step& step : path) {
      if (step.blocker.hard) continue;
      const auto next = table_.overtake(step.wait.tag, *step.owner, *step.blocker.owner);
      if (!next) continue;
      const std::vector<Step> rest = cycle_through(owner);
      if ((rest.empty() || reorder(owner, rest, depth + 1)) && is_free_of_cycles(step.wait.tag)) {
        table_.regrant(step.wait.tag);
        return true;
      }
      table_.fall_back(step.wait.tag, *step.owner, *next);
    }
    return false;
  }

 private:
  // Each one more doubles the orders that may be tried.
  static constexpr unsigned kReordersMax = 8;

  // Those who were passed wait for one more.
  bool is_free_of_cycles(const LockTag& tag) const {
    return std::ranges::none_of(table_.waiters(tag), [this](LockOwner* waiter) {
      return !cycle_through(*waiter).empty();
    });
  }

  LockTable& table_;
  const GroupOf& group_of_;
};

std::string describe(const LockTag& tag, Mode mode, const LockOwner& blocker) {
  switch (tag.kind) {
    case LockTag::Kind::relation:
      return fmt::format("{} on relation {}", mode_name(tag.kind, mode), tag.object);
    case LockTag::Kind::row:
      // PostgreSQL waits for the transaction that holds the row.
      return fmt::format("ShareLock on transaction {}", wal::raw(blocker.xid.load()));
    case LockTag::Kind::transaction:
      return fmt::format("ShareLock on transaction {}", tag.object);
    case LockTag::Kind::advisory:
      return tag.space == 1
                 ? fmt::format("{} on advisory lock [{}]", mode_name(tag.kind, mode), tag.object)
                 : fmt::format("{} on advisory lock [{},{}]", mode_name(tag.kind, mode),
                               tag.object >> 32, tag.object & 0xffff'ffff);
  }
  return "?";
}

}  // namespace

void LockManager::Impl::check_deadlock(LockOwner& owner) {
  std::lock_guard lock(deadlock_mutex);
  const GroupOf group_of = [this](LockOwner& member) {
    // A session that holds advisory locks has an owner of its own beside its transaction's.
    const std::int32_t pid = member.pid;
    {
      std::lock_guard owners_lock(owners_mutex);
      const auto session = sessions.find(pid);
      if (session == sessions.end()) return std::vector<LockOwner*>{&member};
    }
    return owners_of(pid);
  };
  Detector detector(table, group_of);
  const std::vector<Step> path = detector.cycle_through(owner);
  if (path.empty() || detector.reorder(owner, path)) return;
  std::string detail;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const LockOwner& blocker = *path[(i + 1) % path.size()].owner;
    detail += fmt::format("{}Process {} waits for {}; blocked by process {}.", i ? "\n" : "",
                          path[i].owner->pid.load(), describe(path[i].wait.tag, path[i].wait.mode, blocker),
                          blocker.pid.load());
  }
  deadlocks.fetch_add(1, std::memory_order_relaxed);
  throw types::SqlError("40P01", "deadlock detected")
      .with_detail(std::move(detail))
      .with_hint("See server log for query details.");
}

std::uint64_t LockManager::deadlocks() const { return impl_->deadlocks.load(std::memory_order_relaxed); }

std::vector<std::int32_t> LockManager::blockers_of(std::int32_t pid) const {
  std::vector<std::int32_t> pids;
  for (LockOwner* owner : impl_->owners_of(pid)) {
    const std::optional<Wait> wait = wait_of(*owner);
    if (!wait) continue;
    for (const LockTable::Blocker& blocker :
         impl_->table.blockers(*owner, wait->tag, wait->mode)) {
      if (std::find(pids.begin(), pids.end(), blocker.owner->pid) == pids.end()) {
        pids.push_back(blocker.owner->pid.load());
      }
    }
  }
  return pids;
}

}  // namespace transaction
