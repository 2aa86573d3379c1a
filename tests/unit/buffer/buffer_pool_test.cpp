#include "buffer/buffer_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "buffer/paged_volume.h"
#include "wal/mini_transaction.h"
#include "wal/parker.h"
#include "wal/testing/memory_volume.h"

namespace buffer {
namespace {

using wal::testing::MemoryVolume;

constexpr std::size_t kSmall = BufferPool::kMinimumBytes;
constexpr std::size_t kValueAt = 64;

void set_value(PagedVolume& volume, std::uint32_t page_no, std::uint64_t value) {
  const ExclusiveGuard guard = volume.exclusive(wal::PageNo{page_no});
  wal::MiniTransaction mtr(volume.volume());
  if (guard.page().lsn() == wal::kNoLsn) {
    mtr.put(guard.page(), offsetof(wal::PageHeader, page_no), page_no);
    mtr.put(guard.page(), offsetof(wal::PageHeader, kind), std::uint8_t{99});
  }
  mtr.put(guard.page(), kValueAt, value);
  mtr.commit();
}

std::uint64_t value_of(const wal::Page& page) {
  std::uint64_t value;
  std::memcpy(&value, page.bytes.data() + kValueAt, sizeof(value));
  return value;
}

std::uint64_t get_value(PagedVolume& volume, std::uint32_t page_no) {
  return value_of(volume.shared(wal::PageNo{page_no}).page());
}

TEST(BufferPool, SaysWhatItDoesNotHold) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  EXPECT_FALSE(volume.try_optimistic(wal::PageNo{7}));
  EXPECT_FALSE(volume.try_shared(wal::PageNo{7}));
  EXPECT_FALSE(volume.try_exclusive(wal::PageNo{7}));
  ASSERT_TRUE(volume.load(wal::PageNo{7}).has_value());
  EXPECT_TRUE(volume.try_optimistic(wal::PageNo{7}));
  EXPECT_EQ(pool.statistics().misses, 1u);
}

TEST(BufferPool, KeepsChangesThroughEvictionWithoutWritingBack) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  for (std::uint32_t page = 0; page < 1000; ++page) set_value(volume, page, page * 3);
  for (std::uint32_t page = 0; page < 1000; ++page) EXPECT_EQ(get_value(volume, page), page * 3);
  EXPECT_GT(pool.statistics().evictions, 1900u);
  EXPECT_LE(pool.statistics().frames_used, 64u);
}

TEST(BufferPool, DoesNotEvictWhatIsNotDurable) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  memory.hold_vdl();
  for (std::uint32_t page = 0; page < 40; ++page) set_value(volume, page, page + 1);
  // 24 frames are left: clean pages may take turns in them.
  for (std::uint32_t page = 1000; page < 1200; ++page) EXPECT_EQ(get_value(volume, page), 0u);
  for (std::uint32_t page = 0; page < 40; ++page) {
    EXPECT_TRUE(volume.is_cached(wal::PageNo{page}));
  }
  EXPECT_EQ(pool.statistics().durability_waits, 0u);
  memory.release_vdl();
}

TEST(BufferPool, WaitsForDurabilityWhenNothingElseHelps) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  memory.hold_vdl();
  for (std::uint32_t page = 0; page < 64; ++page) set_value(volume, page, page + 1);
  std::atomic<bool> loaded = false;
  std::thread reader([&] {
    EXPECT_EQ(get_value(volume, 5000), 0u);
    loaded = true;
  });
  while (pool.statistics().durability_waits == 0) std::this_thread::yield();
  EXPECT_FALSE(loaded);
  memory.release_vdl();
  reader.join();
  for (std::uint32_t page = 0; page < 64; ++page) EXPECT_EQ(get_value(volume, page), page + 1);
}

TEST(BufferPool, KeepsPinnedPagesAndWaitsForAnUnpin) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  std::vector<PinnedPage> pins;
  for (std::uint32_t page = 0; page < 64; ++page) pins.push_back(volume.pin(wal::PageNo{page}));
  std::atomic<bool> loaded = false;
  std::thread reader([&] {
    EXPECT_EQ(get_value(volume, 100), 0u);
    loaded = true;
  });
  for (int i = 0; i < 100; ++i) std::this_thread::yield();
  EXPECT_FALSE(loaded);
  pins.pop_back();
  reader.join();
  for (std::uint32_t page = 0; page < 63; ++page) EXPECT_TRUE(volume.is_cached(wal::PageNo{page}));
}

TEST(BufferPool, UsesTheFramesOfEvictedPagesBeforeNewMemory) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  for (std::uint32_t page = 0; page < 8; ++page) set_value(volume, page, page + 1);
  for (std::uint32_t page = 0; page < 8; ++page) volume.evict(wal::PageNo{page});
  EXPECT_EQ(pool.statistics().frames_used, 0u);
  for (std::uint32_t page = 0; page < 8; ++page) EXPECT_EQ(get_value(volume, 100 + page), 0u);
  EXPECT_EQ(pool.statistics().frames_used, 8u);
  for (std::uint32_t page = 0; page < 8; ++page) EXPECT_EQ(get_value(volume, page), page + 1);
}

TEST(BufferPool, EvictsNothingThatIsUsedOrNotDurable) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  set_value(volume, 1, 1);
  set_value(volume, 2, 2);
  {
    const PinnedPage pinned = volume.pin(wal::PageNo{1});
    const SharedGuard latched = volume.shared(wal::PageNo{2});
    volume.evict(wal::PageNo{1});
    volume.evict(wal::PageNo{2});
    volume.evict(wal::PageNo{3});  // nowhere
    EXPECT_EQ(value_of(latched.page()), 2u);
  }
  memory.hold_vdl();
  set_value(volume, 4, 4);
  volume.evict(wal::PageNo{4});
  for (const std::uint32_t page : {1, 2, 4}) EXPECT_TRUE(volume.is_cached(wal::PageNo{page}));
  memory.release_vdl();
}

TEST(BufferPool, ReadsAPageOnceForAllWhoMissIt) {
  MemoryVolume memory;
  BufferPool pool(kSmall * 16);
  PagedVolume volume(pool, memory);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::uint32_t page = 0; page < 500; ++page) EXPECT_EQ(get_value(volume, page), 0u);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(pool.statistics().misses, 500u);
}

TEST(BufferPool, SurvivesConcurrentWritersReadersAndEviction) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  constexpr std::uint32_t kPages = 300;
  std::atomic<std::uint64_t> added[kPages] = {};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 3000; ++i) {
        const auto page = static_cast<std::uint32_t>(random() % kPages);
        if (i % 2 == 0) {
          const ExclusiveGuard guard = volume.exclusive(wal::PageNo{page});
          wal::MiniTransaction mtr(memory);
          if (guard.page().lsn() == wal::kNoLsn) mtr.put(guard.page(), 8, page);
          mtr.put(guard.page(), kValueAt, value_of(guard.page()) + 1);
          mtr.put(guard.page(), 4096, value_of(guard.page()));
          mtr.commit();
          ++added[page];
        } else {
          for (;;) {
            OptimisticGuard guard = volume.optimistic(wal::PageNo{page});
            const std::uint64_t value = value_of(guard.page());
            std::uint64_t copy;
            std::memcpy(&copy, guard.page().bytes.data() + 4096, sizeof(copy));
            if (!guard.validate()) continue;
            ASSERT_EQ(value, copy);
            break;
          }
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::uint32_t page = 0; page < kPages; ++page) {
    EXPECT_EQ(get_value(volume, page), added[page]);
  }
}

TEST(BufferPool, GrowsAndShrinksWhileInUse) {
  MemoryVolume memory;
  BufferPool pool(kSmall, kSmall * 8);
  PagedVolume volume(pool, memory);
  std::atomic<bool> stop = false;
  std::thread worker([&] {
    std::mt19937 random(1);
    while (!stop) {
      const auto page = static_cast<std::uint32_t>(random() % 600);
      set_value(volume, page, page + 1);
    }
  });
  for (int i = 0; i < 20; ++i) {
    pool.resize(kSmall * (1 + static_cast<std::size_t>(i * 5 % 8)));
    EXPECT_EQ(pool.size_bytes(), kSmall * (1 + static_cast<std::size_t>(i * 5 % 8)));
    std::this_thread::yield();
  }
  pool.resize(kSmall * 100);
  EXPECT_EQ(pool.size_bytes(), kSmall * 8);
  pool.resize(0);
  EXPECT_EQ(pool.size_bytes(), kSmall);
  stop = true;
  worker.join();
  for (std::uint32_t page = 0; page < 600; ++page) {
    const std::uint64_t value = get_value(volume, page);
    EXPECT_TRUE(value == 0 || value == page + 1);
  }
  EXPECT_LE(pool.statistics().frames_used, 64u);
}

TEST(BufferPool, ReportsAVolumeThatLostItsQuorum) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  set_value(volume, 1, 1);
  memory.break_quorum();
  EXPECT_FALSE(volume.load(wal::PageNo{2}).has_value());
  EXPECT_THROW(static_cast<void>(volume.shared(wal::PageNo{2})), PageError);
  EXPECT_EQ(get_value(volume, 1), 1u);
  // Its pages that will never be durable do not hold others up.
  MemoryVolume other(wal::TimelineId{5});
  PagedVolume healthy(pool, other);
  for (std::uint32_t page = 0; page < 200; ++page) set_value(healthy, page, page);
}

TEST(BufferPool, RefusesAPageThatClaimsToBeAnother) {
  MemoryVolume memory;
  BufferPool pool(kSmall);
  pool.set_page_check(98, [](const wal::Page& page) { return value_of(page) == 7; });
  {
    PagedVolume volume(pool, memory);
    set_value(volume, 1, 1);
    const ExclusiveGuard guard = volume.exclusive(wal::PageNo{1});
    wal::MiniTransaction mtr(memory);
    mtr.put(guard.page(), offsetof(wal::PageHeader, kind), std::uint8_t{98});
    mtr.commit();
  }
  PagedVolume volume(pool, memory);
  EXPECT_FALSE(volume.load(wal::PageNo{1}).has_value());
}

// A volume of which nothing but reads is asked.
class ReadVolume : public wal::Volume {
 public:
  wal::TimelineId timeline() const override { return wal::TimelineId{7}; }
  wal::Lsn branch_lsn() const override { return wal::kNoLsn; }
  wal::Lsn vdl() const override { return wal::kNoLsn; }
  wal::Lsn last_lsn() const override { return wal::kNoLsn; }
  wal::Result<void> wait_durable(wal::Lsn) override { return {}; }
  wal::Result<void> wait_for_room() override { return {}; }
  wal::Lsn append_control(wal::RecordKind, std::span<const std::byte>) override { return {}; }
  void grant_horizon(wal::Lsn, std::span<const wal::Lsn>) override {}

 private:
  wal::Lsn append(wal::MiniTransaction&) override { return {}; }
};

// Reads wait until they are let go, or fail by unwinding.
class SlowVolume final : public ReadVolume {
 public:
  wal::Result<void> read_page(wal::PageNo, wal::Lsn, wal::Page& into) override {
    ++reads;
    while (!go) std::this_thread::yield();
    if (unwind.exchange(false)) throw std::runtime_error("unwound");
    std::memset(into.bytes.data(), 0, wal::kPageSize);
    return {};
  }

  std::atomic<bool> go = false;
  std::atomic<bool> unwind = false;
  std::atomic<int> reads = 0;
};

// A coroutine that is destroyed while it waits.
class UnwindingParker final : public wal::Parker {
 public:
  void park() override { throw std::runtime_error("unwound"); }
  void unpark() override {}
};

TEST(BufferPool, ForgetsAWaiterThatIsUnwound) {
  SlowVolume slow;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, slow);
  std::thread loader([&] { EXPECT_TRUE(volume.load(wal::PageNo{1}).has_value()); });
  while (slow.reads == 0) std::this_thread::yield();
  {
    UnwindingParker parker;
    const wal::ScopedParker scope(parker);
    EXPECT_THROW(static_cast<void>(volume.load(wal::PageNo{1})), std::runtime_error);
  }
  slow.go = true;
  loader.join();
  EXPECT_TRUE(volume.is_cached(wal::PageNo{1}));
}

TEST(BufferPool, LetsAWaiterReadWhenTheLoaderIsUnwound) {
  SlowVolume slow;
  slow.unwind = true;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, slow);
  std::thread loader(
      [&] { EXPECT_THROW(static_cast<void>(volume.load(wal::PageNo{1})), std::runtime_error); });
  while (slow.reads == 0) std::this_thread::yield();
  std::thread waiter([&] { EXPECT_TRUE(volume.load(wal::PageNo{1}).has_value()); });
  slow.go = true;
  loader.join();
  waiter.join();
  EXPECT_EQ(slow.reads, 2);
  EXPECT_TRUE(volume.is_cached(wal::PageNo{1}));
}

// Reads several pages at once; those from 1000 on cannot be read.
class BatchVolume final : public ReadVolume, public wal::BatchReader {
 public:
  wal::Result<void> read_page(wal::PageNo, wal::Lsn, wal::Page& into) override {
    std::memset(into.bytes.data(), 0, wal::kPageSize);
    return {};
  }
  void read_pages(std::span<PageRead> reads) override {
    batches.push_back(reads.size());
    ++calls;
    while (!go) std::this_thread::yield();
    if (unwind) throw std::runtime_error("unwound");
    for (PageRead& read : reads) {
      std::memset(read.into->bytes.data(), 0, wal::kPageSize);
      if (wal::raw(read.page_no) >= 1000)
        read.error = boost::system::errc::make_error_code(boost::system::errc::io_error);
    }
  }

  std::vector<std::size_t> batches;
  std::atomic<int> calls = 0;
  std::atomic<bool> go = true;
  bool unwind = false;
};

std::vector<wal::PageNo> numbers(std::uint32_t from, std::uint32_t end) {
  std::vector<wal::PageNo> pages;
  for (; from < end; ++from) pages.push_back(wal::PageNo{from});
  return pages;
}

TEST(LoadTogether, ReadsWhatIsNotCachedWithOneCall) {
  BatchVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  ASSERT_TRUE(volume.load(wal::PageNo{2}).has_value());
  const wal::PageNo pages[] = {wal::PageNo{1}, wal::PageNo{2}, wal::PageNo{3}, wal::PageNo{1}};
  volume.load_together(pages);
  EXPECT_EQ(memory.batches, std::vector<std::size_t>{2});
  for (const std::uint32_t page : {1, 2, 3}) EXPECT_TRUE(volume.is_cached(wal::PageNo{page}));
  EXPECT_EQ(pool.statistics().misses, 3u);
}

TEST(LoadTogether, LeavesOutWhatCannotBeRead) {
  BatchVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  const wal::PageNo pages[] = {wal::PageNo{999}, wal::PageNo{1000}};
  volume.load_together(pages);
  EXPECT_TRUE(volume.is_cached(wal::PageNo{999}));
  EXPECT_FALSE(volume.is_cached(wal::PageNo{1000}));
  EXPECT_TRUE(volume.load(wal::PageNo{1000}).has_value());  // nobody reads it any more
}

TEST(LoadTogether, DoesNotWaitForFrames) {
  BatchVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  std::vector<PinnedPage> pinned;
  for (std::uint32_t page = 0; page < 60; ++page) pinned.push_back(volume.pin(wal::PageNo{page}));
  volume.load_together(numbers(100, 200));
  EXPECT_EQ(memory.batches, std::vector<std::size_t>{4});
  pinned.clear();
  volume.load_together(numbers(100, 200));
  EXPECT_LE(pool.statistics().frames_used, 64u);
}

TEST(LoadTogether, LeavesItsPagesToOthersWhenItIsUnwound) {
  BatchVolume memory;
  BufferPool pool(kSmall);
  PagedVolume volume(pool, memory);
  memory.go = false;
  memory.unwind = true;
  std::thread loader([&] { EXPECT_THROW(volume.load_together(numbers(1, 5)), std::runtime_error); });
  while (memory.calls == 0) std::this_thread::yield();
  std::thread waiter([&] { EXPECT_TRUE(volume.load(wal::PageNo{3}).has_value()); });
  memory.go = true;
  loader.join();
  waiter.join();
  EXPECT_TRUE(volume.is_cached(wal::PageNo{3}));
  EXPECT_FALSE(volume.is_cached(wal::PageNo{4}));
}

TEST(Clones, BorrowTheParentsPageOnlyAtTheBranch) {
  MemoryVolume parent_memory;
  BufferPool pool(kSmall * 4);
  PagedVolume parent(pool, parent_memory);
  for (std::uint32_t page = 0; page < 20; ++page) set_value(parent, page, page + 1);
  const wal::Lsn branch = parent_memory.last_lsn();
  set_value(parent, 3, 333);  // after the branch
  const auto child_memory = parent_memory.clone(wal::TimelineId{9}, branch);
  const Ancestor ancestry[] = {{parent.timeline(), branch}};
  PagedVolume child(pool, *child_memory, ancestry);
  const std::uint64_t misses = pool.statistics().misses;
  for (std::uint32_t page = 0; page < 20; ++page) EXPECT_EQ(get_value(child, page), page + 1);
  EXPECT_EQ(pool.statistics().borrowed, 19u);
  EXPECT_EQ(pool.statistics().misses, misses + 1);
  set_value(child, 5, 555);
  EXPECT_EQ(get_value(parent, 5), 6u);
}

TEST(Clones, NeverBorrowAPageThatTheyChangedThemselves) {
  MemoryVolume parent_memory;
  BufferPool pool(kSmall);
  PagedVolume parent(pool, parent_memory);
  for (std::uint32_t page = 0; page < 20; ++page) set_value(parent, page, page + 1);
  const auto child_memory = parent_memory.clone(wal::TimelineId{9}, parent_memory.last_lsn());
  const Ancestor ancestry[] = {{parent.timeline(), child_memory->branch_lsn()}};
  {
    PagedVolume child(pool, *child_memory, ancestry);
    for (std::uint32_t page = 0; page < 20; ++page) set_value(child, page, page + 1000);
    for (std::uint32_t page = 100; page < 400; ++page) EXPECT_EQ(get_value(child, page), 0u);
    EXPECT_FALSE(child.is_cached(wal::PageNo{0}));
    for (std::uint32_t page = 0; page < 20; ++page) EXPECT_EQ(get_value(parent, page), page + 1);
    for (std::uint32_t page = 0; page < 20; ++page) EXPECT_EQ(get_value(child, page), page + 1000);
  }
  // Opened again it does not know what it changed.
  PagedVolume child(pool, *child_memory, ancestry);
  for (std::uint32_t page = 0; page < 20; ++page) {
    EXPECT_EQ(get_value(parent, page), page + 1);
    EXPECT_EQ(get_value(child, page), page + 1000);
  }
}

TEST(Clones, DoNotLookPastAParentThatMayHaveChangedThePage) {
  MemoryVolume grand_memory;
  BufferPool pool(kSmall);
  PagedVolume grand(pool, grand_memory);
  set_value(grand, 1, 1);
  const wal::Lsn first_branch = grand_memory.last_lsn();
  const auto parent_memory = grand_memory.clone(wal::TimelineId{9}, first_branch);
  {
    // The parent changes the page, and is closed: its frame is gone.
    PagedVolume parent(pool, *parent_memory);
    set_value(parent, 1, 2);
  }
  const wal::Lsn second_branch = parent_memory->last_lsn();
  const auto child_memory = parent_memory->clone(wal::TimelineId{10}, second_branch);
  const Ancestor ancestry[] = {{parent_memory->timeline(), second_branch},
                               {grand.timeline(), first_branch}};
  PagedVolume child(pool, *child_memory, ancestry);
  EXPECT_EQ(get_value(child, 1), 2u);
  // A clone of an untouched clone may.
  const auto twin_memory = parent_memory->clone(wal::TimelineId{11}, first_branch);
  const Ancestor twins[] = {{parent_memory->timeline(), first_branch},
                            {grand.timeline(), first_branch}};
  PagedVolume twin(pool, *twin_memory, twins);
  EXPECT_EQ(get_value(twin, 1), 1u);
  EXPECT_EQ(pool.statistics().borrowed, 1u);
}

TEST(Prefetch, BringsPagesInTheBackground) {
  MemoryVolume memory;
  BufferPool pool(kSmall * 2);
  PagedVolume volume(pool, memory);
  set_value(volume, 90, 9);
  for (std::uint32_t page = 0; page < 50; ++page) volume.prefetch(wal::PageNo{page});
  for (std::uint32_t page = 0; page < 50; ++page) {
    while (!volume.is_cached(wal::PageNo{page})) std::this_thread::yield();
  }
  for (std::uint32_t page = 100; page < 600; ++page) volume.prefetch(wal::PageNo{page});
}

}  // namespace
}  // namespace buffer
