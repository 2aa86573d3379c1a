#include "buffer/latch.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace buffer {
namespace {

TEST(HybridLatch, ValidatesUntilSomebodyUnlocksAfterAChange) {
  HybridLatch latch;
  const auto version = latch.optimistic_version();
  EXPECT_TRUE(latch.validate(version));
  latch.lock_shared();
  EXPECT_TRUE(latch.validate(version));
  latch.unlock_shared();
  latch.lock_exclusive();
  EXPECT_FALSE(latch.validate(version));
  latch.unlock_exclusive_unchanged();
  EXPECT_TRUE(latch.validate(version));
  latch.lock_exclusive();
  latch.unlock_exclusive();
  EXPECT_FALSE(latch.validate(version));
}

TEST(HybridLatch, UpgradesOnlyFromTheNewestVersionAndWithoutSharers) {
  HybridLatch latch;
  const auto version = latch.optimistic_version();
  latch.lock_shared();
  EXPECT_FALSE(latch.try_upgrade(version));
  EXPECT_FALSE(latch.try_lock_exclusive());
  EXPECT_TRUE(latch.try_upgrade_shared());
  EXPECT_FALSE(latch.try_lock_shared());
  latch.unlock_exclusive();
  EXPECT_FALSE(latch.try_upgrade(version));
  EXPECT_TRUE(latch.try_upgrade(latch.optimistic_version()));
  latch.unlock_exclusive();
  latch.lock_shared();
  latch.lock_shared();
  EXPECT_FALSE(latch.try_upgrade_shared());
  latch.unlock_shared();
  latch.unlock_shared();
}

TEST(HybridLatch, ExcludesWritersFromEachOtherAndFromReaders) {
  HybridLatch latch;
  std::uint64_t first = 0, second = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) {
        latch.lock_exclusive();
        ++first;
        ++second;
        latch.unlock_exclusive();
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) {
        latch.lock_shared();
        EXPECT_EQ(first, second);
        latch.unlock_shared();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(first, 40000u);
}

}  // namespace
}  // namespace buffer
