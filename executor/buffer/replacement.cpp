// Finding a frame for a page: the free list, the clock, and waiting for durability.
#include <sched.h>

#include <algorithm>

#include "buffer/page_guard.h"
#include "buffer/paged_volume.h"
#include "pool_impl.h"
#include "wal/check.h"
#include "wal/parker.h"

namespace buffer {

namespace {

// Runs when the scope ends, also when a coroutine is unwound while it is parked.
template <typename Action>
class AtExit {
 public:
  explicit AtExit(Action action) : action_(std::move(action)) {}
  ~AtExit() { action_(); }
  AtExit(const AtExit&) = delete;
  AtExit& operator=(const AtExit&) = delete;

 private:
  Action action_;
};

}  // namespace

Frame& BufferPool::Impl::allocate() {
  for (;;) {
    {
      const std::scoped_lock lock(free_mutex);
      if (!free.empty()) {
        Frame& f = frame(free.back());
        free.pop_back();
        return f;
      }
      if (Frame* const f = prepare_locked()) return *f;
    }
    const Sweep found = sweep();
    if (found.undurable_volume != nullptr) {
      PagedVolume& volume = *found.undurable_volume;
      durability_waits.fetch_add(1, std::memory_order_relaxed);
      const AtExit drop([&] { volume.state_->drop_user(); });
      if (!volume.volume().wait_durable(found.undurable_lsn)) volume.state_->failed.store(true);
    } else if (found.evicted == 0) {
      if (found.saw_latched) {
        sched_yield();  // latches last microseconds
      } else {
        wait_for_frame();
      }
    }
  }
}

Frame* BufferPool::Impl::try_allocate() {
  for (bool swept = false;; swept = true) {
    {
      const std::scoped_lock lock(free_mutex);
      if (!free.empty()) {
        Frame& f = frame(free.back());
        free.pop_back();
        return &f;
      }
      if (Frame* const f = prepare_locked()) return f;
    }
    if (swept) return nullptr;
    const Sweep found = sweep();
    if (found.undurable_volume != nullptr) found.undurable_volume->state_->drop_user();
  }
}

void BufferPool::Impl::give_back(Frame& owned) {
  {
    const std::scoped_lock lock(free_mutex);
    give_back_locked(id_of(owned));
  }
  if (frame_waiter_count.load(std::memory_order_seq_cst) != 0) wake_frame_waiters();
}

void BufferPool::Impl::give_back_locked(std::uint32_t id) {
  if (id <= frame_count.load()) {
    free.push_back(id);
  } else {
    retire_locked(id);
  }
}

void BufferPool::Impl::wake_frame_waiters() {
  const std::scoped_lock lock(waiter_mutex);
  for (wal::Parker* parker : frame_waiters) parker->unpark();
}

// Every frame is pinned: until an unpin or a page given back.
void BufferPool::Impl::wait_for_frame() {
  wal::Parker& parker = wal::Parker::current();
  {
    const std::scoped_lock lock(waiter_mutex);
    frame_waiters.push_back(&parker);
    frame_waiter_count.fetch_add(1, std::memory_order_seq_cst);
  }
  const AtExit leave([&] {
    const std::scoped_lock lock(waiter_mutex);
    std::erase(frame_waiters, &parker);
    frame_waiter_count.fetch_sub(1, std::memory_order_seq_cst);
  });
  // Whoever unpinned before the line above did not see us: look once more before waiting.
  const Sweep found = sweep();
  if (found.undurable_volume != nullptr) found.undurable_volume->state_->drop_user();
  bool nothing = found.evicted == 0 && found.undurable_volume == nullptr && !found.saw_latched;
  if (nothing) {
    const std::scoped_lock lock(free_mutex);
    nothing = free.empty() && prepared.load() >= frame_count.load();
  }
  if (nothing) parker.park();
}

BufferPool::Impl::Sweep BufferPool::Impl::sweep() {
  Sweep result;
  const std::scoped_lock clock(clock_mutex);
  {
    const std::scoped_lock lock(free_mutex);
    if (!free.empty()) {  // somebody swept while we waited for the clock
      result.evicted = free.size();
      return result;
    }
  }
  const std::uint32_t count = prepared.load();
  // Enough for every use count to run down, and one round more to take a page.
  const std::uint64_t steps = std::uint64_t{count} * (kMaxUses + 1);
  for (std::uint64_t step = 0; step < steps && result.evicted < kEvictionBatch; ++step) {
    hand = hand >= count ? 1 : hand + 1;
    Frame& f = frame(hand);
    if (f.timeline.load(std::memory_order_relaxed) == 0 ||
        f.pins.load(std::memory_order_relaxed) != 0) {
      continue;
    }
    const std::uint8_t uses = f.uses.load(std::memory_order_relaxed);
    if (uses > 0) {
      f.uses.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
      continue;
    }
    if (!f.latch.try_lock_exclusive()) {
      result.saw_latched = true;
      continue;
    }
    ExclusiveGuard guard(&f);
    PagedVolume* const volume = f.volume.load(std::memory_order_relaxed);
    if (volume == nullptr || f.pins.load(std::memory_order_acquire) != 0) {
      guard.release_unchanged();
      continue;
    }
    const wal::Lsn lsn = f.page->lsn();
    if (lsn > volume->volume().vdl() && !volume->state_->failed.load()) {
      // The volume lives as long as it has a frame, and longer while it has a user.
      if (result.undurable_volume == nullptr || volume == result.undurable_volume) {
        if (result.undurable_volume == nullptr) {
          volume->state_->add_user();
          result.undurable_volume = volume;
          result.undurable_lsn = lsn;
        }
        result.undurable_lsn = std::min(result.undurable_lsn, lsn);
      }
      guard.release_unchanged();
      continue;
    }
    unpublish(f);
    guard.release();
    evictions.fetch_add(1, std::memory_order_relaxed);
    ++result.evicted;
    const std::scoped_lock lock(free_mutex);
    give_back_locked(hand);
  }
  if (result.evicted != 0 && result.undurable_volume != nullptr) {
    result.undurable_volume->state_->drop_user();
    result.undurable_volume = nullptr;
  }
  return result;
}

void BufferPool::Impl::evict_unused(Frame& f, wal::TimelineId timeline, wal::PageNo page_no) {
  if (f.pins.load(std::memory_order_relaxed) != 0 || !f.latch.try_lock_exclusive()) return;
  ExclusiveGuard guard(&f);
  PagedVolume* const volume = f.volume.load(std::memory_order_relaxed);
  if (!f.holds(timeline, page_no) || f.pins.load(std::memory_order_acquire) != 0 ||
      f.page->lsn() > volume->volume().vdl()) {
    return guard.release_unchanged();
  }
  unpublish(f);
  guard.release();
  evictions.fetch_add(1, std::memory_order_relaxed);
  give_back(f);
}

}  // namespace buffer
