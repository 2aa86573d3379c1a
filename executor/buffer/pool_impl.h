// The buffer pool's insides.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "buffer/buffer_pool.h"
#include "buffer/frame.h"
#include "buffer/paged_volume.h"
#include "buffer/striped_counters.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/page.h"
#include "wal/parker.h"

namespace buffer {

// Address space that becomes memory when it is touched.
class Mapping {
 public:
  explicit Mapping(std::size_t bytes);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::byte* data() const { return data_; }
  // Gives the memory of a range back; it reads as zeros afterwards.
  void discard(std::size_t offset, std::size_t bytes);

 private:
  std::byte* data_;
  std::size_t bytes_;
};

// Somebody who waits for a page that another one reads.
struct LoadWaiter {
  wal::Parker* parker;
  bool done = false;
  boost::system::error_code error;
};

struct LoadInFlight {
  std::uint64_t timeline;
  std::uint32_t page_no;
  std::vector<LoadWaiter*> waiters;
};

// Guards the hash chains of keys whose hash is congruent to the partition's number.
struct alignas(64) Partition {
  std::mutex mutex;
  std::vector<LoadInFlight> loads;
};

// Wakes whoever waits for the load, which ended so. The partition's mutex is held.
void finish_load(Partition& partition, std::vector<LoadInFlight>::iterator load,
                 boost::system::error_code error);

// Loads pages in the background, a few at a time.
class Prefetcher {
 public:
  Prefetcher() = default;
  ~Prefetcher();

  // Drops the request when the queue is full.
  void request(PagedVolume& volume, wal::PageNo page_no);
  // Forgets requests for the volume that did not begin yet.
  void forget(PagedVolume& volume);

 private:
  static constexpr std::size_t kThreads = 4;
  static constexpr std::size_t kQueueLimit = 256;
  static constexpr std::size_t kTogether = 8;
  struct Request {
    PagedVolume* volume;
    wal::PageNo page_no;
  };
  void run();
  std::vector<wal::PageNo> take_together(PagedVolume*& volume);  // under mutex_; at least one

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Request> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Heads of the hash chains. A larger one takes over when the pool grows.
struct HashTable {
  explicit HashTable(std::size_t frames);

  std::size_t mask;
  Mapping memory;
  std::atomic<std::uint32_t>* heads;
};

struct BufferPool::Impl {
  // A growing table locks all, and ThreadSanitizer follows 64 locks at most.
  static constexpr std::size_t kPartitions = 32;
  static constexpr std::uint8_t kMaxUses = 3;
  static constexpr std::size_t kEvictionBatch = 16;
  // A header and the first slots of a tree page.
  static constexpr std::size_t kPrefetchLines = 12;
  // Optimistic readers may follow a torn offset this far behind a page.
  static constexpr std::size_t kReadSlack = 1 << 17;

  Impl(std::size_t size_bytes, std::size_t limit_bytes);
  ~Impl();

  Frame& frame(std::uint32_t id) { return frames[id - 1]; }
  std::uint32_t id_of(const Frame& f) const { return static_cast<std::uint32_t>(&f - frames) + 1; }
  static std::size_t hash_of(wal::TimelineId timeline, wal::PageNo page_no) {
    std::uint64_t hash = (wal::raw(timeline) << 32 ^ wal::raw(timeline) >> 32) + wal::raw(page_no);
    hash *= 0x9e37'79b9'7f4a'7c15;
    return hash ^ hash >> 29;
  }
  // The same for every size of the table: its mask has more bits.
  Partition& partition_of(std::size_t hash) { return partitions[hash % kPartitions]; }
  // Under the partition's lock the table is the newest, and the chain is whole.
  std::atomic<std::uint32_t>& chain_of(std::size_t hash) {
    const HashTable& now = *table.load(std::memory_order_acquire);
    return now.heads[hash & now.mask];
  }

  // Without a lock: may miss a page that is there while its chain changes, which a caller finds out
  // under the partition's lock. What it returns is to be checked under the frame's latch.
  Frame* find(wal::TimelineId timeline, wal::PageNo page_no);

  // A frame that belongs to the caller: empty, one pin. Parks until there is one.
  Frame& allocate();
  // The same without waiting: null when there is none now, nor after one sweep of the clock.
  Frame* try_allocate();
  void give_back(Frame& owned);
  void give_back_locked(std::uint32_t id);  // under free_mutex; wakes nobody
  // Publishes an owned frame under its key and drops the caller's pin unless `keep_pin`. The caller
  // is the one loader of that key.
  void publish(Frame& owned, PagedVolume& volume, wal::PageNo page_no, bool keep_pin);
  // The caller holds the frame exclusively; the frame is the caller's then, latched still.
  void unpublish(Frame& latched);

  void unpin(Frame& f) {
    if (f.pins.fetch_sub(1, std::memory_order_acq_rel) == 1 &&
        frame_waiter_count.load(std::memory_order_seq_cst) != 0) [[unlikely]] {
      wake_frame_waiters();
    }
  }
  void wake_frame_waiters();

  // What one sweep of the clock found.
  struct Sweep {
    std::size_t evicted = 0;
    bool saw_latched = false;
    // Kept alive by a user count until released by the caller; null when every page was durable.
    PagedVolume* undurable_volume = nullptr;
    wal::Lsn undurable_lsn;
  };
  Sweep sweep();
  // Its frame is free now, unless somebody uses it, or what changed it is not durable: then later.
  void evict_unused(Frame& f, wal::TimelineId timeline, wal::PageNo page_no);
  void wait_for_frame();
  // For a pool of `count` frames; under resize_mutex.
  void grow_table(std::size_t count);
  void add_frames(std::uint32_t from, std::uint32_t to);
  // A frame that was never used before, the caller's; null when there is none left. A pool takes
  // memory as it needs it, however large it may grow. Under free_mutex.
  Frame* prepare_locked();
  // An owned frame behind frame_count; under free_mutex.
  void retire_locked(std::uint32_t id);

  std::uint32_t limit;  // frames at most
  Mapping page_memory;
  Mapping frame_memory;
  wal::Page* pages;
  Frame* frames;
  std::atomic<HashTable*> table{nullptr};
  // All that ever were: somebody may be looking at an old one.
  std::vector<std::unique_ptr<HashTable>> tables;
  Partition partitions[kPartitions];
  std::atomic<PageCheck> checks[256] = {};

  std::mutex resize_mutex;
  std::atomic<std::uint32_t> frame_count{0};  // frames [1, frame_count] may be handed out
  // Frames ever constructed, always the lowest. The clock looks at all: a load that was running when
  // the pool shrank may have filled one behind frame_count.
  std::atomic<std::uint32_t> prepared{0};

  std::mutex free_mutex;
  std::vector<std::uint32_t> free;

  std::mutex clock_mutex;
  std::uint32_t hand = 0;

  std::mutex waiter_mutex;
  std::vector<wal::Parker*> frame_waiters;
  std::atomic<std::uint32_t> frame_waiter_count{0};

  std::atomic<std::uint64_t> misses{0}, borrowed{0}, created{0}, evictions{0}, durability_waits{0};

  Prefetcher prefetcher;
};

struct PagedVolume::State {
  std::vector<Ancestor> ancestry;
  wal::Lsn branch_lsn;
  wal::Lsn opened_at;

  // PagedVolume::Usage: pages found, pages read.
  static constexpr std::size_t kHits = 0, kReads = 1;
  StripedCounters<2> usage;

  // An upper bound of the newest change to any evicted page that hashes here: what a read must not
  // be older than.
  static constexpr std::size_t kWrittenSlots = 256;
  std::atomic<std::uint64_t> written[kWrittenSlots] = {};

  std::mutex mutex;
  Frame* first_frame = nullptr;
  // Pages changed since the branch and evicted: an ancestor's copy of them is too old.
  bool may_borrow = false;
  std::vector<std::uint64_t> own_pages;  // bitmap by page number

  // The volume failed for good: its pages are worthless, and loads fail.
  std::atomic<bool> failed{false};

  // Background loads and waits that use the PagedVolume.
  std::atomic<std::uint32_t> users{0};
  wal::Parker* closing = nullptr;  // under mutex
  void add_user() { users.fetch_add(1, std::memory_order_relaxed); }
  void drop_user();

  wal::Lsn newest_change(wal::PageNo page_no) const {
    const wal::Lsn written_lsn(
        written[wal::raw(page_no) % kWrittenSlots].load(std::memory_order_acquire));
    return std::max(written_lsn, opened_at);
  }
};

}  // namespace buffer
