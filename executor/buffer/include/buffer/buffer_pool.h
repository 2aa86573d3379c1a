// The buffer pool: page frames shared by all volumes of a process.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "buffer/frame.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/page.h"
#include "wal/result.h"

namespace buffer {

class PagedVolume;
class PinnedPage;

// Thrown where a page that is needed cannot be had: the volume lost its quorum, or what storage
// returned is no page of ours. Whoever answers the client maps it to SQLSTATE 58030.
class PageError : public std::runtime_error {
 public:
  PageError(wal::TimelineId timeline, wal::PageNo page_no, boost::system::error_code code);
  boost::system::error_code code() const { return code_; }

 private:
  boost::system::error_code code_;
};

// Since the pool was made; each counter rises only.
struct PoolStatistics {
  std::uint64_t misses = 0;    // loads that read from a volume
  std::uint64_t borrowed = 0;  // loads answered by an ancestor's frame
  std::uint64_t created = 0;
  std::uint64_t evictions = 0;
  std::uint64_t durability_waits = 0;  // nothing was evictable until the log became durable
  std::size_t frames = 0;              // now, all
  std::size_t frames_used = 0;         // now, holding a page
};

// Looks whether a page just read from storage is what it claims to be, so that nothing above meets
// offsets that lead outside of it. Called for pages with a kind other than free.
using PageCheck = bool (*)(const wal::Page& page);

// Keyed by (timeline, page number). Replacement is a clock with use counts. A page is evicted only
// when its LSN is at or below its volume's VDL and nobody has it pinned or latched: then storage
// can produce it again, so nothing is ever written back. When no page qualifies, the caller waits
// for durability of the oldest one met. Source: Verbitski et al., SIGMOD 2017, section 4.2.3 (with
// "at or above" there read as "at or below").
//
// Thread-safe. Outlives every PagedVolume on it.
class BufferPool {
 public:
  static constexpr std::size_t kMinimumBytes = 64 * wal::kPageSize;

  // `limit_bytes`: what resize() can grow to; 0 = the machine's memory (address space is reserved,
  // memory is not).
  explicit BufferPool(std::size_t size_bytes, std::size_t limit_bytes = 0);
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // Takes effect live. Shrinking evicts, and parks for pages that are not durable; memory goes back
  // to the system. Frames pinned at that moment follow later. Clamped to [kMinimumBytes, limit].
  void resize(std::size_t size_bytes);
  std::size_t size_bytes() const;

  PoolStatistics statistics() const;

  // One cached page, for views like pg_buffercache.
  struct CachedPage {
    wal::TimelineId timeline;
    wal::PageNo page_no;
    wal::Lsn lsn;
    std::uint8_t kind;
    bool dirty;  // not yet durable
    std::uint32_t pins;
    std::uint8_t uses;
  };
  std::vector<CachedPage> cached_pages() const;

  // For pages of `kind` read from now on. Any thread.
  void set_page_check(std::uint8_t kind, PageCheck check);

 private:
  friend class PagedVolume;
  friend class PinnedPage;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace buffer
