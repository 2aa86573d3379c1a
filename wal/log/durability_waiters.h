// Who waits for which LSN to become durable.
#pragma once

#include <mutex>

#include "wal/lsn.h"
#include "wal/parker.h"

namespace wal {

// A list sorted by LSN whose nodes live on the waiters' stacks: waiting allocates nothing, and one
// advance of the VDL wakes exactly those whose LSN it passed. Thread-safe.
class DurabilityWaiters {
 public:
  // Parks while `unsettled()` (evaluated under the list's lock) and the LSN was not passed by a
  // wake(). The caller looks at the state again afterwards.
  template <typename Unsettled>
  void wait(Lsn lsn, Unsettled unsettled) {
    Waiter self{.lsn = lsn, .parker = &Parker::current()};
    {
      const std::scoped_lock lock(mutex_);
      if (!unsettled()) return;
      insert(self);
    }
    for (;;) {
      self.parker->park();
      const std::scoped_lock lock(mutex_);
      if (self.woken) return;
    }
  }

  // The VDL is `vdl` now (set before this call). kMaxLsn wakes everybody.
  void wake(Lsn vdl) {
    const std::scoped_lock lock(mutex_);
    // Under the lock: a waiter that was told cannot leave, and take its Parker away, before we
    // are done with it.
    while (first_ != nullptr && first_->lsn <= vdl) {
      Waiter* const waiter = first_;
      first_ = waiter->next;
      (first_ == nullptr ? last_ : first_->previous) = nullptr;
      waiter->woken = true;
      waiter->parker->unpark();
    }
  }

 private:
  struct Waiter {
    Lsn lsn;
    Parker* parker = nullptr;
    bool woken = false;
    Waiter* previous = nullptr;
    Waiter* next = nullptr;
  };

  // From the back: commits come nearly in LSN order.
  void insert(Waiter& waiter) {
    Waiter* before = last_;
    while (before != nullptr && before->lsn > waiter.lsn) before = before->previous;
    waiter.previous = before;
    waiter.next = before == nullptr ? first_ : before->next;
    (waiter.next == nullptr ? last_ : waiter.next->previous) = &waiter;
    (before == nullptr ? first_ : before->next) = &waiter;
  }

  std::mutex mutex_;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace wal
