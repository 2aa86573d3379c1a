#include "btree/space.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "fixture.h"

namespace btree::testing {
namespace {

using wal::testing::MemoryVolume;

std::vector<std::uint32_t> take_pages(Space& space, std::size_t count) {
  std::vector<std::uint32_t> pages;
  wal::MiniTransaction mtr(space.volume().volume());
  while (pages.size() < count) {
    Reservation reservation = space.reserve(std::min<std::size_t>(32, count - pages.size()));
    while (reservation.remaining() != 0) pages.push_back(wal::raw(reservation.take(mtr).page_no()));
    mtr.commit();
    reservation.settle();
  }
  return pages;
}

void free_pages(Space& space, std::span<const std::uint32_t> pages) {
  wal::MiniTransaction mtr(space.volume().volume());
  for (const std::uint32_t number : pages) {
    const wal::PageNo page_no{number};
    Release release = space.prepare_free(std::span(&page_no, 1));
    release.free(mtr, page_no);
    mtr.commit();
    release.settle();
  }
}

TEST(Space, TakesBackWhatWasReservedAndNotUsed) {
  MemoryVolume memory;
  Life life(memory);
  const std::size_t records = memory.record_count();
  { const Reservation unused = life.space->reserve(20); }
  EXPECT_EQ(memory.record_count(), records);
  const auto pages = take_pages(*life.space, 3);
  EXPECT_EQ(pages, (std::vector<std::uint32_t>{2, 3, 4}));
  EXPECT_EQ(life.space->used_pages(), 5u);
  EXPECT_EQ(life.space->extent_pages(), 5u);
}

TEST(Space, GivesRunsOfPagesForLoadsAndSinglePagesToSplits) {
  MemoryVolume memory;
  Life life(memory);
  const auto first = take_pages(*life.space, 32);
  free_pages(*life.space, std::vector{first[3], first[7], first[20]});
  // Not the holes.
  const auto run = take_pages(*life.space, 32);
  EXPECT_EQ(run.front(), first.back() + 1);
  EXPECT_EQ(run.back(), run.front() + 31);
  EXPECT_EQ(take_pages(*life.space, 4),
            (std::vector{first[3], first[7], first[20], run.back() + 1}));
}

TEST(Space, NeverGivesAPageTwice) {
  MemoryVolume memory;
  Life life(memory);
  std::vector<std::uint32_t> pages[3];
  std::vector<std::thread> threads;
  for (auto& mine : pages) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        for (const std::uint32_t page :
             take_pages(*life.space, 1 + static_cast<std::size_t>(i) % 9)) {
          mine.push_back(page);
        }
        if (i % 3 == 0) {
          free_pages(*life.space, std::span(mine).last(1));
          mine.pop_back();
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::uint32_t> all;
  std::size_t count = 0;
  for (const auto& mine : pages) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  EXPECT_EQ(all.size(), count);
  EXPECT_EQ(life.space->used_pages(), 2 + count);
}

TEST(Space, GoesOnInFurtherRunsAndComesBackToHolesOfEarlierLives) {
  constexpr std::uint32_t kRun = 32768;
  MemoryVolume memory;
  std::vector<std::uint32_t> holes;
  {
    Life life(memory, 256);
    const auto pages = take_pages(*life.space, kRun);
    EXPECT_GT(pages.back(), kRun);  // past the second map
    EXPECT_EQ(std::ranges::count(pages, kRun), 0);
    EXPECT_TRUE(life.space->is_used(wal::PageNo{kRun}));
    EXPECT_EQ(life.space->used_pages(), kRun + 3u);
    holes = {pages[100], pages[101], pages[30000]};
    free_pages(*life.space, holes);
    // In this life they come first.
    EXPECT_EQ(take_pages(*life.space, 1).front(), holes[0]);
    free_pages(*life.space, std::span(holes).first(1));
  }
  Life life(memory, 256);
  // The search begins where the volume grew last; at its end the holes are found.
  const std::uint64_t free_in_second_run = 2 * kRun - life.space->extent_pages();
  const auto filling = take_pages(*life.space, free_in_second_run);
  EXPECT_EQ(std::ranges::count_if(filling, [](std::uint32_t page) { return page < kRun; }), 0);
  EXPECT_EQ(take_pages(*life.space, 3), holes);
  EXPECT_EQ(take_pages(*life.space, 1).front(), 2 * kRun + 1);
}

}  // namespace
}  // namespace btree::testing
