#include "buffer/buffer_pool.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <new>
#include <string>

#include "buffer/page_guard.h"
#include "pool_impl.h"
#include "wal/check.h"

namespace buffer {
namespace {

std::uint32_t frames_for(std::size_t bytes) {
  return static_cast<std::uint32_t>(
      std::min<std::size_t>(bytes / wal::kPageSize, std::size_t{1} << 31));
}

std::size_t machine_memory() {
  return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

PageError::PageError(wal::TimelineId timeline, wal::PageNo page_no, boost::system::error_code code)
    : std::runtime_error("could not read page " + std::to_string(wal::raw(page_no)) +
                         " of timeline " + std::to_string(wal::raw(timeline)) + ": " +
                         code.message()),
      code_(code) {}

BufferPool::BufferPool(std::size_t size_bytes, std::size_t limit_bytes) {
  size_bytes = std::max(size_bytes, kMinimumBytes);
  if (limit_bytes == 0) limit_bytes = machine_memory();
  impl_ = std::make_unique<Impl>(size_bytes, std::max(limit_bytes, size_bytes));
}

BufferPool::~BufferPool() = default;

std::size_t BufferPool::size_bytes() const {
  return std::size_t{impl_->frame_count.load()} * wal::kPageSize;
}

void BufferPool::set_page_check(std::uint8_t kind, PageCheck check) {
  impl_->checks[kind].store(check, std::memory_order_release);
}

PoolStatistics BufferPool::statistics() const {
  PoolStatistics result;
  result.misses = impl_->misses.load();
  result.borrowed = impl_->borrowed.load();
  result.created = impl_->created.load();
  result.evictions = impl_->evictions.load();
  result.durability_waits = impl_->durability_waits.load();
  const std::scoped_lock lock(impl_->free_mutex);
  result.frames = impl_->frame_count.load();
  const std::size_t ready = std::min<std::size_t>(result.frames, impl_->prepared.load());
  result.frames_used = ready - std::min(ready, impl_->free.size());
  return result;
}

std::vector<BufferPool::CachedPage> BufferPool::cached_pages() const {
  std::vector<CachedPage> result;
  const std::uint32_t count = std::min(impl_->frame_count.load(), impl_->prepared.load());
  for (std::uint32_t id = 1; id <= count; ++id) {
    Frame& f = impl_->frame(id);
    if (f.timeline.load(std::memory_order_relaxed) == 0) continue;
    f.latch.lock_shared();
    const SharedGuard guard(&f);
    PagedVolume* const volume = f.volume.load(std::memory_order_relaxed);
    if (volume == nullptr) continue;
    const wal::PageHeader& header = guard.page().header();
    result.push_back(
        {wal::TimelineId{f.timeline.load(std::memory_order_relaxed)}, guard.page_no(),
         wal::Lsn(header.lsn), header.kind, wal::Lsn(header.lsn) > volume->volume().vdl(),
         f.pins.load(std::memory_order_relaxed), f.uses.load(std::memory_order_relaxed)});
  }
  return result;
}

void BufferPool::resize(std::size_t size_bytes) {
  Impl& impl = *impl_;
  const std::scoped_lock resizing(impl.resize_mutex);
  const std::uint32_t target =
      std::clamp(frames_for(size_bytes), frames_for(kMinimumBytes), impl.limit);
  const std::uint32_t before = impl.frame_count.load();
  if (target >= before) {
    impl.grow_table(target);
    impl.add_frames(before, target);
    return;
  }
  {
    const std::scoped_lock lock(impl.free_mutex);
    impl.frame_count.store(target);
    std::erase_if(impl.free, [&](std::uint32_t id) {
      if (id > target) impl.retire_locked(id);
      return id > target;
    });
  }
  const std::uint32_t ready = std::min(before, impl.prepared.load());
  for (std::uint32_t id = target + 1; id <= ready; ++id) {
    Frame& f = impl.frame(id);
    // Empty: retired, or a load owns it, or somebody pins it. The latter two are retired when they
    // are given back or evicted.
    while (f.timeline.load(std::memory_order_relaxed) != 0) {
      f.latch.lock_exclusive();
      ExclusiveGuard guard(&f);
      PagedVolume* const volume = f.volume.load(std::memory_order_relaxed);
      if (volume == nullptr) break;
      const wal::Lsn lsn = f.page->lsn();
      if (f.pins.load(std::memory_order_acquire) != 0) {
        guard.release_unchanged();
        f.uses.store(0, std::memory_order_relaxed);
        break;
      } else if (lsn > volume->volume().vdl() && !volume->state_->failed.load()) {
        volume->state_->add_user();
        guard.release_unchanged();
        if (!volume->volume().wait_durable(lsn)) volume->state_->failed.store(true);
        volume->state_->drop_user();
      } else {
        impl.unpublish(f);
        guard.release();
        impl.give_back(f);
      }
    }
  }
}

BufferPool::Impl::Impl(std::size_t size_bytes, std::size_t limit_bytes)
    : limit(frames_for(limit_bytes)),
      page_memory(std::size_t{limit} * wal::kPageSize + kReadSlack),
      frame_memory(std::size_t{limit} * sizeof(Frame)),
      pages(reinterpret_cast<wal::Page*>(page_memory.data())),
      frames(reinterpret_cast<Frame*>(frame_memory.data())) {
  grow_table(frames_for(size_bytes));
  add_frames(0, frames_for(size_bytes));
}

BufferPool::Impl::~Impl() = default;

HashTable::HashTable(std::size_t frames)
    : mask(std::bit_ceil(frames) * 2 - 1),
      memory((mask + 1) * sizeof(std::uint32_t)),
      heads(reinterpret_cast<std::atomic<std::uint32_t>*>(memory.data())) {}

void BufferPool::Impl::grow_table(std::size_t count) {
  static_assert(kMinimumBytes / wal::kPageSize >= kPartitions);  // a chain each, or more
  if (!tables.empty() && tables.back()->mask + 1 >= count) return;
  auto larger = std::make_unique<HashTable>(count);
  for (Partition& partition : partitions) partition.mutex.lock();
  if (!tables.empty()) {
    const HashTable& old = *tables.back();
    for (std::size_t bucket = 0; bucket <= old.mask; ++bucket) {
      // Who follows a chain without a lock may end up in another one, and miss; a page that is
      // missed is looked for again under its partition's lock.
      for (std::uint32_t id = old.heads[bucket].load(std::memory_order_relaxed); id != kNoFrame;) {
        Frame& f = frame(id);
        const std::size_t hash =
            hash_of(wal::TimelineId{f.timeline.load(std::memory_order_relaxed)},
                    wal::PageNo{f.page_no.load(std::memory_order_relaxed)});
        std::atomic<std::uint32_t>& head = larger->heads[hash & larger->mask];
        const std::uint32_t next = f.next.load(std::memory_order_relaxed);
        f.next.store(head.load(std::memory_order_relaxed), std::memory_order_release);
        head.store(id, std::memory_order_release);
        id = next;
      }
    }
  }
  table.store(larger.get(), std::memory_order_release);
  tables.push_back(std::move(larger));
  for (Partition& partition : partitions) partition.mutex.unlock();
}

void BufferPool::Impl::add_frames(std::uint32_t from, std::uint32_t to) {
  const std::scoped_lock lock(free_mutex);
  // The lowest last, so that they are handed out first: a shrinking pool then has less to move.
  for (std::uint32_t id = std::min(to, prepared.load()); id > from; --id) {
    // Not retired: a load took it before the pool shrank, and still has it.
    if (!frame(id).retired) continue;
    frame(id).retired = false;
    free.push_back(id);
  }
  frame_count.store(to);
}

Frame* BufferPool::Impl::prepare_locked() {
  const std::uint32_t id = prepared.load() + 1;
  if (id > frame_count.load()) return nullptr;
  Frame* const f = new (&frames[id - 1]) Frame;
  f->pins.store(1, std::memory_order_relaxed);
  f->page = &pages[id - 1];
  prepared.store(id);
  return f;
}

void BufferPool::Impl::retire_locked(std::uint32_t id) {
  frame(id).retired = true;
  page_memory.discard(std::size_t{id - 1} * wal::kPageSize, wal::kPageSize);
}

Frame* BufferPool::Impl::find(wal::TimelineId timeline, wal::PageNo page_no) {
  std::uint32_t id = chain_of(hash_of(timeline, page_no)).load(std::memory_order_acquire);
  // A frame may move to another chain under our feet; a bound keeps us from walking forever.
  for (int steps = 0; id != kNoFrame && steps < 256; ++steps) {
    Frame& f = frame(id);
    // The page will be read next: fetch its beginning along with the frame.
    const std::byte* const page = pages[id - 1].bytes.data();
    for (std::size_t line = 0; line < kPrefetchLines; ++line) __builtin_prefetch(page + line * 64);
    if (f.holds(timeline, page_no)) return &f;
    id = f.next.load(std::memory_order_acquire);
  }
  return nullptr;
}

void BufferPool::Impl::publish(Frame& owned, PagedVolume& volume, wal::PageNo page_no,
                               bool keep_pin) {
  const wal::TimelineId timeline = volume.timeline();
  const std::size_t hash = hash_of(timeline, page_no);
  // Stale finders may hold the latch for an instant; they see that the key is not theirs.
  owned.latch.lock_exclusive();
  owned.timeline.store(wal::raw(timeline), std::memory_order_relaxed);
  owned.page_no.store(wal::raw(page_no), std::memory_order_relaxed);
  owned.volume.store(&volume, std::memory_order_relaxed);
  owned.uses.store(1, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(partition_of(hash).mutex);
    std::atomic<std::uint32_t>& chain = chain_of(hash);
    owned.next.store(chain.load(std::memory_order_relaxed), std::memory_order_relaxed);
    chain.store(id_of(owned), std::memory_order_release);
  }
  {
    PagedVolume::State& state = *volume.state_;
    const std::scoped_lock lock(state.mutex);
    owned.volume_previous = nullptr;
    owned.volume_next = state.first_frame;
    if (state.first_frame != nullptr) state.first_frame->volume_previous = &owned;
    state.first_frame = &owned;
  }
  owned.latch.unlock_exclusive();
  if (!keep_pin) unpin(owned);
}

void BufferPool::Impl::unpublish(Frame& latched) {
  PagedVolume& volume = *latched.volume.load(std::memory_order_relaxed);
  PagedVolume::State& state = *volume.state_;
  const wal::PageNo page_no{latched.page_no.load(std::memory_order_relaxed)};
  const std::size_t hash = hash_of(volume.timeline(), page_no);
  const wal::Lsn lsn = latched.page->lsn();

  // Before the page can be missed: whoever reads it again must know how new it has to be.
  if (lsn > state.opened_at) {
    std::atomic<std::uint64_t>& slot =
        state.written[wal::raw(page_no) % PagedVolume::State::kWrittenSlots];
    std::uint64_t known = slot.load(std::memory_order_relaxed);
    while (known < lsn.value() && !slot.compare_exchange_weak(known, lsn.value())) {
    }
  }
  {
    const std::scoped_lock lock(state.mutex);
    if (latched.volume_previous != nullptr) {
      latched.volume_previous->volume_next = latched.volume_next;
    } else {
      state.first_frame = latched.volume_next;
    }
    if (latched.volume_next != nullptr) {
      latched.volume_next->volume_previous = latched.volume_previous;
    }
    if (state.may_borrow && lsn > state.branch_lsn) {
      const std::size_t word = wal::raw(page_no) / 64;
      if (state.own_pages.size() <= word) state.own_pages.resize(word + 1);
      state.own_pages[word] |= std::uint64_t{1} << (wal::raw(page_no) % 64);
    }
  }
  {
    const std::scoped_lock lock(partition_of(hash).mutex);
    std::atomic<std::uint32_t>* link = &chain_of(hash);
    const std::uint32_t id = id_of(latched);
    while (link->load(std::memory_order_relaxed) != id) {
      const std::uint32_t next = link->load(std::memory_order_relaxed);
      CHECK(next != kNoFrame);
      link = &frame(next).next;
    }
    link->store(latched.next.load(std::memory_order_relaxed), std::memory_order_release);
  }
  latched.timeline.store(0, std::memory_order_relaxed);
  latched.volume.store(nullptr, std::memory_order_relaxed);
  latched.pins.store(1, std::memory_order_relaxed);
}

}  // namespace buffer
