#include "wal/parker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace wal {
namespace {

TEST(Parker, AnUnparkThatComesFirstIsNotLostAndSeveralCountOnce) {
  Parker& parker = Parker::current();
  parker.unpark();
  parker.unpark();
  parker.park();  // returns at once
  std::atomic<bool> woken = false;
  std::thread other([&] {
    woken = true;
    parker.unpark();
  });
  parker.park();  // the second unpark above left nothing behind
  EXPECT_TRUE(woken);
  other.join();
}

TEST(Parker, EveryThreadHasItsOwn) {
  Parker* const mine = &Parker::current();
  Parker* theirs = nullptr;
  std::thread([&] { theirs = &Parker::current(); }).join();
  EXPECT_NE(mine, theirs);
  EXPECT_EQ(mine, &Parker::current());
}

TEST(Parker, AScopedParkerStandsForTheScope) {
  struct Counting : Parker {
    int parks = 0;
    void park() override { ++parks; }
    void unpark() override {}
  } outer, inner;
  Parker* const own = &Parker::current();
  {
    const ScopedParker first(outer);
    {
      const ScopedParker second(inner);
      Parker::current().park();
    }
    EXPECT_EQ(&Parker::current(), &outer);
  }
  EXPECT_EQ(&Parker::current(), own);
  EXPECT_EQ(inner.parks, 1);
  EXPECT_EQ(outer.parks, 0);
}

}  // namespace
}  // namespace wal
