// A volume whose pages are cached in a buffer pool.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "buffer/buffer_pool.h"
#include "buffer/page_guard.h"
#include "wal/batch_reader.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/result.h"
#include "wal/volume.h"

namespace buffer {

// One step of a volume's ancestry: `timeline` was left at `branch_lsn`.
struct Ancestor {
  wal::TimelineId timeline = wal::kNoTimeline;
  wal::Lsn branch_lsn;
};

// The door to a volume's pages. The try_ functions never wait for I/O: an empty guard means that
// the page is not cached; the caller then releases every latch, calls load() and starts again. The
// others do that loop themselves for callers that hold no latch.
//
// Construction registers the volume's timeline with the pool, destruction forgets it. One
// PagedVolume per timeline and pool at a time; nobody may use it while it is destroyed.
// Thread-safe.
class PagedVolume {
 public:
  // `ancestry`: nearest parent first; may be empty. Pages of an ancestor that are cached and at or
  // below the branch LSN are copied instead of read.
  PagedVolume(BufferPool& pool, wal::Volume& volume, std::span<const Ancestor> ancestry = {});
  ~PagedVolume();
  PagedVolume(const PagedVolume&) = delete;
  PagedVolume& operator=(const PagedVolume&) = delete;

  wal::Volume& volume() const { return volume_; }
  BufferPool& pool() const { return pool_; }
  wal::TimelineId timeline() const { return timeline_; }

  // Since it was made: pages found in the pool when looked for, pages that had to be read.
  struct Usage {
    std::uint64_t hits = 0, reads = 0;
  };
  Usage usage() const;

  // Looks at no more than that many.
  bool caches_more_than(std::size_t pages) const;

  // Waits (spinning) for a latch held by somebody else, never for I/O.
  [[nodiscard]] OptimisticGuard try_optimistic(wal::PageNo page_no);
  [[nodiscard]] SharedGuard try_shared(wal::PageNo page_no);
  [[nodiscard]] ExclusiveGuard try_exclusive(wal::PageNo page_no);
  bool is_cached(wal::PageNo page_no) const;

  // Parks until the page was cached (it may be gone again by the time the caller looks). One read
  // per page is in flight at a time. No latch may be held.
  [[nodiscard]] wal::Result<void> load(wal::PageNo page_no);

  // Load and latch; park, so no latch may be held. Throw PageError when the page cannot be read.
  [[nodiscard]] OptimisticGuard optimistic(wal::PageNo page_no);
  [[nodiscard]] SharedGuard shared(wal::PageNo page_no);
  [[nodiscard]] ExclusiveGuard exclusive(wal::PageNo page_no);
  [[nodiscard]] PinnedPage pin(wal::PageNo page_no);

  // A frame for a page that was never written: zeros, page lsn 0, no read. Pinned, so that the
  // caller can latch it without waiting. Parks for a free frame; no latch may be held. If the page
  // is cached, it stays as it is.
  [[nodiscard]] PinnedPage create(wal::PageNo page_no);

  // load() for several pages with one wait for all. A hint: what cannot be read, has no frame to go
  // to at once, or is being read already is left to whoever needs it. Parks.
  void load_together(std::span<const wal::PageNo> pages);

  // Starts reading the page in the background if it is not cached. A hint: may do nothing.
  void prefetch(wal::PageNo page_no);

  // Nobody will look for the page soon: if it is cached, its frame goes before others. A hint. (A page that is free
  // stays as long: whoever takes it next would have to read it.)
  void retire(wal::PageNo page_no);
  // Nobody will look for the page any more: its frame goes at once, so that the next page needs no memory that was
  // never touched; while it is used or not durable, before others. A hint.
  void evict(wal::PageNo page_no);

 private:
  friend class BufferPool;
  friend class Prefetcher;
  struct State;
  class Batch;

  // load() with variations: `fresh` = zeros instead of a read; `pinned` = pins the page for the
  // caller.
  wal::Result<void> fill(wal::PageNo page_no, bool fresh, PinnedPage* pinned);
  wal::Result<void> read(wal::PageNo page_no, wal::Page& into);
  // What storage returned for the page can be one of ours.
  wal::Result<void> check(wal::PageNo page_no, const wal::Page& page);
  // Copies an ancestor's newest version if it is the one at our branch point.
  bool borrow(wal::PageNo page_no, wal::Page& into);
  PinnedPage try_pin(wal::PageNo page_no);
  void load_or_throw(wal::PageNo page_no);

  BufferPool& pool_;
  wal::Volume& volume_;
  wal::BatchReader* const batch_reader_;  // of the same volume; null when it has none
  const wal::TimelineId timeline_;
  std::unique_ptr<State> state_;
};

}  // namespace buffer
