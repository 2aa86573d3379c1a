// A frame: the place of one page in the buffer pool. Callers use guards (page_guard.h).
#pragma once

#include <atomic>
#include <cstdint>

#include "buffer/latch.h"
#include "wal/ids.h"
#include "wal/page.h"

namespace buffer {

class PagedVolume;

// Frames are counted from 1, so that zeroed memory is an empty table.
inline constexpr std::uint32_t kNoFrame = 0;

// Frame headers are never unmapped while the pool lives: an optimistic reader may look at one whose
// page was replaced, and finds out when it validates. timeline, page_no and volume change only
// under the exclusive latch; `next` under the lock of the chain's partition.
struct alignas(64) Frame {
  HybridLatch latch;
  std::atomic<std::uint64_t> timeline{0};  // raw(TimelineId); 0 = the frame is empty
  std::atomic<std::uint32_t> page_no{0};
  std::atomic<std::uint32_t> next{kNoFrame};  // hash chain
  std::atomic<PagedVolume*> volume{nullptr};
  std::atomic<std::uint32_t> pins{0};  // > 0: not evictable, or owned by a load
  std::atomic<std::uint8_t> uses{0};   // clock: how many rounds it survives
  bool retired = false;                // given up by a shrinking pool; under the free list's lock
  wal::Page* page = nullptr;           // fixed at start
  // The volume's list of its frames, under the volume's lock.
  Frame* volume_previous = nullptr;
  Frame* volume_next = nullptr;

  bool holds(wal::TimelineId timeline_id, wal::PageNo no) const {
    return page_no.load(std::memory_order_relaxed) == wal::raw(no) &&
           timeline.load(std::memory_order_relaxed) == wal::raw(timeline_id);
  }
};
static_assert(sizeof(Frame) == 64);

}  // namespace buffer
