// The views that are open, and the oldest of them.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <vector>

#include "wal/lsn.h"
#include "wal/volume.h"

namespace transaction {

struct alignas(64) ViewSlot {
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};
  std::atomic<std::uint64_t> lsn{kFree};
};

// Opening a view announces it first with an Lsn of 0 and then looks at the VDL or the log's end: whoever
// computes the oldest view either meets the announcement, or looked at the VDL before the view did.
class ViewRegistry {
 public:
  ViewSlot& take_slot() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) return slots_.emplace_back();
    ViewSlot* slot = free_.back();
    free_.pop_back();
    return *slot;
  }
  void give_slot(ViewSlot& slot) {
    slot.lsn.store(ViewSlot::kFree, std::memory_order_release);
    std::lock_guard lock(mutex_);
    free_.push_back(&slot);
  }

  wal::Lsn open(ViewSlot& slot, const wal::Volume& volume) {
    slot.lsn.store(0, std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const wal::Lsn lsn = volume.last_lsn();
    slot.lsn.store(lsn.value(), std::memory_order_release);
    return lsn;
  }
  // A view at the VDL, or at `at_least`, which must have been logged, where that is higher.
  wal::Lsn open_durable(ViewSlot& slot, const wal::Volume& volume, wal::Lsn at_least) {
    slot.lsn.store(0, std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const wal::Lsn lsn = std::max(volume.vdl(), at_least);
    slot.lsn.store(lsn.value(), std::memory_order_release);
    return lsn;
  }
  // A further view at the Lsn of one that is open.
  void open_like(ViewSlot& slot, wal::Lsn lsn) {
    // Not between two looks of oldest(): the one it is like may be closed by then.
    std::lock_guard lock(mutex_);
    slot.lsn.store(lsn.value(), std::memory_order_release);
  }
  static void close(ViewSlot& slot) {
    slot.lsn.store(ViewSlot::kFree, std::memory_order_release);
  }

  // Every view open now or later is at or above it, and so is the VDL. Never falls.
  wal::Lsn oldest(const wal::Volume& volume) {
    std::lock_guard lock(mutex_);
    std::uint64_t lowest = volume.vdl().value();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (const ViewSlot& slot : slots_) {
      lowest = std::min(lowest, slot.lsn.load(std::memory_order_seq_cst));
    }
    // One that is just being opened gets an Lsn of now, above every answer given before.
    oldest_ = std::max(oldest_, lowest);
    return wal::Lsn(oldest_);
  }

 private:
  std::mutex mutex_;
  std::deque<ViewSlot> slots_;
  std::vector<ViewSlot*> free_;
  std::uint64_t oldest_ = 0;
};

}  // namespace transaction
