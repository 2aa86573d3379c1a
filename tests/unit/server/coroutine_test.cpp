#include "coroutine.h"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace server {
namespace {

constexpr std::size_t kStack = std::size_t{256} << 10;

TEST(Coroutine, AnUnparkThatComesFirstIsNotLost) {
  EventLoop loop;
  bool through = false;
  Coroutine::start(loop, kStack, [&](Coroutine& self) {
    self.unpark();
    self.unpark();  // counts once
    self.park();
    through = true;
    loop.stop();
  });
  loop.run();
  EXPECT_TRUE(through);
}

TEST(Coroutine, EachIsItsOwnCurrentParker) {
  EventLoop loop;
  int checked = 0;
  for (int i = 0; i < 3; ++i) {
    Coroutine::start(loop, kStack, [&](Coroutine& self) {
      for (int turn = 0; turn < 10; ++turn) {
        EXPECT_EQ(&wal::Parker::current(), &self);
        self.yield();
      }
      ++checked;
    });
  }
  loop.stop();
  loop.run();
  EXPECT_EQ(checked, 3);
  // Outside it is the thread's again.
  EXPECT_EQ(dynamic_cast<Coroutine*>(&wal::Parker::current()), nullptr);
}

TEST(Coroutine, YieldLetsTheOthersRun) {
  EventLoop loop;
  std::string order;
  for (const char name : {'a', 'b'}) {
    Coroutine::start(loop, kStack, [&order, name](Coroutine& self) {
      for (int i = 0; i < 3; ++i) {
        order += name;
        self.yield();
      }
    });
  }
  loop.stop();
  loop.run();
  EXPECT_EQ(order, "ababab");
}

// Two loops' coroutines hand a token to and fro: no wake-up may be lost, whatever the timing.
TEST(Coroutine, ThreadsWakeEachOther) {
  constexpr int kTurns = 20000;
  EventLoop loops[2];
  std::mutex mutex;  // held by who unparks: the other cannot end meanwhile
  wal::Parker* parkers[2] = {};
  int token = 0;
  for (const int side : {0, 1}) {
    Coroutine::start(loops[side], kStack, [&, side](Coroutine& self) {
      std::unique_lock lock(mutex);
      parkers[side] = &self;
      while (token < kTurns) {
        if (token % 2 == side) {
          ++token;
          if (parkers[1 - side] != nullptr) parkers[1 - side]->unpark();
        } else {
          lock.unlock();
          self.park();
          lock.lock();
        }
      }
      parkers[side] = nullptr;
      if (parkers[1 - side] != nullptr) parkers[1 - side]->unpark();
      lock.unlock();
      loops[side].stop();
    });
  }
  std::vector<std::thread> threads;
  for (EventLoop& loop : loops) threads.emplace_back([&loop] { loop.run(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(token, kTurns);
}

}  // namespace
}  // namespace server
