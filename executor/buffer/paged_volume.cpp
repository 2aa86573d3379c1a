#include "buffer/paged_volume.h"

#include <boost/system/errc.hpp>
#include <cstring>

#include "buffer/page_kind.h"
#include "pool_impl.h"
#include "wal/check.h"
#include "wal/parker.h"

namespace buffer {
void PagedVolume::State::drop_user() {
  // The lock, so that the State is not gone before we leave it.
  const std::scoped_lock lock(mutex);
  if (users.fetch_sub(1, std::memory_order_acq_rel) == 1 && closing != nullptr) closing->unpark();
}

PagedVolume::PagedVolume(BufferPool& pool, wal::Volume& volume, std::span<const Ancestor> ancestry)
    : pool_(pool),
      volume_(volume),
      batch_reader_(dynamic_cast<wal::BatchReader*>(&volume)),
      timeline_(volume.timeline()),
      state_(std::make_unique<State>()) {
  CHECK(timeline_ != wal::kNoTimeline);
  state_->ancestry.assign(ancestry.begin(), ancestry.end());
  state_->branch_lsn = volume.branch_lsn();
  state_->opened_at = volume.last_lsn();
  // What an earlier life of this volume changed we cannot know.
  state_->may_borrow = !ancestry.empty() && volume.last_lsn() <= volume.branch_lsn();
}

PagedVolume::~PagedVolume() {
  BufferPool::Impl& impl = *pool_.impl_;
  impl.prefetcher.forget(*this);
  // Background users first: they may still add frames.
  wal::Parker& parker = wal::Parker::current();
  for (;;) {
    {
      const std::scoped_lock lock(state_->mutex);
      if (state_->users.load(std::memory_order_acquire) == 0) {
        state_->closing = nullptr;
        break;
      }
      state_->closing = &parker;
    }
    parker.park();
  }
  for (;;) {
    Frame* frame;
    {
      const std::scoped_lock lock(state_->mutex);
      frame = state_->first_frame;
    }
    if (frame == nullptr) break;
    frame->latch.lock_exclusive();
    ExclusiveGuard guard(frame);
    if (frame->volume.load(std::memory_order_relaxed) != this) continue;  // just evicted
    CHECK(frame->pins.load(std::memory_order_acquire) == 0);
    impl.unpublish(*frame);
    guard.release();
    impl.give_back(*frame);
  }
  // A sweep may have taken a user count just before its frame went.
  for (;;) {
    {
      const std::scoped_lock lock(state_->mutex);
      if (state_->users.load(std::memory_order_acquire) == 0) break;
      state_->closing = &parker;
    }
    parker.park();
  }
}

PagedVolume::Usage PagedVolume::usage() const {
  return {.hits = state_->usage.sum(State::kHits), .reads = state_->usage.sum(State::kReads)};
}

bool PagedVolume::caches_more_than(std::size_t pages) const {
  const std::scoped_lock lock(state_->mutex);
  const Frame* frame = state_->first_frame;
  while (frame != nullptr && pages-- != 0) frame = frame->volume_next;
  return frame != nullptr;
}

namespace {

void touch(Frame& frame) {
  if (frame.uses.load(std::memory_order_relaxed) < 3)
    frame.uses.store(3, std::memory_order_relaxed);
}

}  // namespace

OptimisticGuard PagedVolume::try_optimistic(wal::PageNo page_no) {
  BufferPool::Impl& impl = *pool_.impl_;
  while (Frame* const frame = impl.find(timeline_, page_no)) {
    if constexpr (kPessimisticLatches) {
      frame->latch.lock_shared();
      OptimisticGuard guard(frame, 0);
      if (!frame->holds(timeline_, page_no)) continue;
      touch(*frame);
      state_->usage.add(State::kHits, 1);
      return guard;
    } else {
      const HybridLatch::Version version = frame->latch.optimistic_version();
      if (!frame->holds(timeline_, page_no)) continue;
      touch(*frame);
      state_->usage.add(State::kHits, 1);
      return OptimisticGuard(frame, version);
    }
  }
  return OptimisticGuard();
}

SharedGuard PagedVolume::try_shared(wal::PageNo page_no) {
  BufferPool::Impl& impl = *pool_.impl_;
  while (Frame* const frame = impl.find(timeline_, page_no)) {
    frame->latch.lock_shared();
    SharedGuard guard(frame);
    if (!frame->holds(timeline_, page_no)) continue;
    touch(*frame);
    state_->usage.add(State::kHits, 1);
    return guard;
  }
  return SharedGuard();
}

ExclusiveGuard PagedVolume::try_exclusive(wal::PageNo page_no) {
  BufferPool::Impl& impl = *pool_.impl_;
  while (Frame* const frame = impl.find(timeline_, page_no)) {
    frame->latch.lock_exclusive();
    ExclusiveGuard guard(frame);
    if (!frame->holds(timeline_, page_no)) {
      guard.release_unchanged();
      continue;
    }
    touch(*frame);
    state_->usage.add(State::kHits, 1);
    return guard;
  }
  return ExclusiveGuard();
}

bool PagedVolume::is_cached(wal::PageNo page_no) const {
  return pool_.impl_->find(timeline_, page_no) != nullptr;
}

void finish_load(Partition& partition, std::vector<LoadInFlight>::iterator load,
                 boost::system::error_code error) {
  for (LoadWaiter* one : load->waiters) {
    wal::Parker* const parker = one->parker;
    one->error = error;
    one->done = true;  // from here on it may be gone as soon as the lock is
    parker->unpark();
  }
  partition.loads.erase(load);
}

wal::Result<void> PagedVolume::load(wal::PageNo page_no) { return fill(page_no, false, nullptr); }

wal::Result<void> PagedVolume::fill(wal::PageNo page_no, bool fresh, PinnedPage* pinned) {
  BufferPool::Impl& impl = *pool_.impl_;
  Partition& partition = impl.partition_of(impl.hash_of(timeline_, page_no));
  const auto is_ours = [&](const LoadInFlight& load) {
    return load.timeline == wal::raw(timeline_) && load.page_no == wal::raw(page_no);
  };

  // One loader per page; the others wait for it.
  LoadWaiter waiter{&wal::Parker::current(), false, {}};
  {
    std::unique_lock lock(partition.mutex);
    if (impl.find(timeline_, page_no) != nullptr) {
      if (pinned == nullptr) return {};
      lock.unlock();
      *pinned = try_pin(page_no);
      if (*pinned) return {};
      return fill(page_no, fresh, pinned);  // evicted in between
    }
    const auto find_load = [&] {
      return std::find_if(partition.loads.begin(), partition.loads.end(), is_ours);
    };
    if (const auto running = find_load(); running != partition.loads.end()) {
      running->waiters.push_back(&waiter);
      try {
        while (!waiter.done) {
          lock.unlock();
          waiter.parker->park();
          lock.lock();
        }
      } catch (...) {  // our coroutine is unwound: nobody may touch `waiter` any more
        lock.lock();
        if (!waiter.done) std::erase(find_load()->waiters, &waiter);
        throw;
      }
      const bool abandoned = waiter.error == boost::system::errc::operation_canceled;
      if (waiter.error && !abandoned) return waiter.error;
      if (pinned == nullptr && !abandoned) return {};
      lock.unlock();
      return fill(page_no, fresh, pinned);
    }
    partition.loads.push_back({wal::raw(timeline_), wal::raw(page_no), {}});
  }

  const auto finish = [&](boost::system::error_code error) {
    const std::scoped_lock lock(partition.mutex);
    finish_load(partition, std::find_if(partition.loads.begin(), partition.loads.end(), is_ours), error);
  };

  Frame* frame = nullptr;
  boost::system::error_code error;
  try {
    frame = &impl.allocate();
    if (fresh) {
      std::memset(frame->page->bytes.data(), 0, wal::kPageSize);
      impl.created.fetch_add(1, std::memory_order_relaxed);
    } else if (const auto result = read(page_no, *frame->page); !result) {
      error = result.error();
    }
  } catch (...) {
    if (frame != nullptr) impl.give_back(*frame);
    finish(boost::system::errc::make_error_code(boost::system::errc::operation_canceled));
    throw;
  }
  if (error) {
    impl.give_back(*frame);
  } else {
    impl.publish(*frame, *this, page_no, pinned != nullptr);
    if (pinned != nullptr) *pinned = PinnedPage(pool_, frame);
  }
  finish(error);
  if (error) return error;
  return {};
}

wal::Result<void> PagedVolume::read(wal::PageNo page_no, wal::Page& into) {
  BufferPool::Impl& impl = *pool_.impl_;
  if (state_->failed.load()) {
    return boost::system::errc::make_error_code(boost::system::errc::io_error);
  }
  if (borrow(page_no, into)) {
    impl.borrowed.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  impl.misses.fetch_add(1, std::memory_order_relaxed);
  state_->usage.add(State::kReads, 1);
  if (const auto result = volume_.read_page(page_no, state_->newest_change(page_no), into);
      !result) {
    return result;
  }
  return check(page_no, into);
}

wal::Result<void> PagedVolume::check(wal::PageNo page_no, const wal::Page& page) {
  const wal::PageHeader& header = page.header();
  if (header.kind == static_cast<std::uint8_t>(PageKind::free)) return {};
  const PageCheck check = pool_.impl_->checks[header.kind].load(std::memory_order_acquire);
  if (header.page_no != wal::raw(page_no) || (check != nullptr && !check(page))) {
    return boost::system::errc::make_error_code(boost::system::errc::bad_message);
  }
  return {};
}

bool PagedVolume::borrow(wal::PageNo page_no, wal::Page& into) {
  State& state = *state_;
  {
    const std::scoped_lock lock(state.mutex);
    if (!state.may_borrow) return false;
    const std::size_t word = wal::raw(page_no) / 64;
    if (word < state.own_pages.size() &&
        (state.own_pages[word] >> (wal::raw(page_no) % 64) & 1) != 0) {
      return false;
    }
  }
  for (std::size_t i = 0; i < state.ancestry.size(); ++i) {
    const Ancestor& ancestor = state.ancestry[i];
    // Further up only past ancestors that wrote nothing before we branched off: they may have
    // changed the page and evicted it.
    if (i > 0 && state.ancestry[i - 1].branch_lsn > ancestor.branch_lsn) return false;
    Frame* const frame = pool_.impl_->find(ancestor.timeline, page_no);
    if (frame == nullptr) continue;
    frame->latch.lock_shared();
    const SharedGuard guard(frame);
    if (!frame->holds(ancestor.timeline, page_no)) continue;
    // The ancestor's writer changes pages in the pool only, so its frame is the newest version; if
    // that is no newer than the branch, it is the version at the branch.
    if (guard.page().lsn() > state.ancestry[0].branch_lsn) return false;
    std::memcpy(into.bytes.data(), guard.page().bytes.data(), wal::kPageSize);
    return true;
  }
  return false;
}

PinnedPage PagedVolume::try_pin(wal::PageNo page_no) {
  SharedGuard guard;
  BufferPool::Impl& impl = *pool_.impl_;
  while (Frame* const frame = impl.find(timeline_, page_no)) {
    frame->latch.lock_shared();
    guard = SharedGuard(frame);
    if (!frame->holds(timeline_, page_no)) continue;
    frame->pins.fetch_add(1, std::memory_order_relaxed);
    touch(*frame);
    return PinnedPage(pool_, frame);
  }
  return PinnedPage();
}

void PagedVolume::load_or_throw(wal::PageNo page_no) {
  if (const auto loaded = load(page_no); !loaded) {
    throw PageError(timeline_, page_no, loaded.error());
  }
}

OptimisticGuard PagedVolume::optimistic(wal::PageNo page_no) {
  for (;;) {
    if (OptimisticGuard guard = try_optimistic(page_no)) return guard;
    load_or_throw(page_no);
  }
}

SharedGuard PagedVolume::shared(wal::PageNo page_no) {
  for (;;) {
    if (SharedGuard guard = try_shared(page_no)) return guard;
    load_or_throw(page_no);
  }
}

ExclusiveGuard PagedVolume::exclusive(wal::PageNo page_no) {
  for (;;) {
    if (ExclusiveGuard guard = try_exclusive(page_no)) return guard;
    load_or_throw(page_no);
  }
}

PinnedPage PagedVolume::pin(wal::PageNo page_no) {
  if (PinnedPage pinned = try_pin(page_no)) return pinned;
  PinnedPage pinned;
  if (const auto loaded = fill(page_no, false, &pinned); !loaded) {
    throw PageError(timeline_, page_no, loaded.error());
  }
  return pinned;
}

PinnedPage PagedVolume::create(wal::PageNo page_no) {
  PinnedPage pinned;
  if (const auto made = fill(page_no, true, &pinned); !made) {
    throw PageError(timeline_, page_no, made.error());
  }
  return pinned;
}

void PagedVolume::prefetch(wal::PageNo page_no) {
  if (!is_cached(page_no)) pool_.impl_->prefetcher.request(*this, page_no);
}

void PagedVolume::retire(wal::PageNo page_no) {
  if (Frame* const frame = pool_.impl_->find(timeline_, page_no)) {
    frame->uses.store(0, std::memory_order_relaxed);
  }
}

void PagedVolume::evict(wal::PageNo page_no) {
  Frame* const frame = pool_.impl_->find(timeline_, page_no);
  if (frame == nullptr) return;
  frame->uses.store(0, std::memory_order_relaxed);
  pool_.impl_->evict_unused(*frame, timeline_, page_no);
}

void PinnedPage::release() {
  if (Frame* frame = std::exchange(frame_, nullptr)) pool_->impl_->unpin(*frame);
}

}  // namespace buffer
