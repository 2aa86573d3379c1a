#include "event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace server {
namespace {

using testing::ElementsAre;

struct Step final : EventLoop::Task {
  explicit Step(std::function<void()> call, bool urgent = false) : call(std::move(call)), urgent(urgent) {}
  void run() override { call(); }
  bool is_urgent() const override { return urgent; }
  std::function<void()> call;
  bool urgent;
};

struct Answer final : EventLoop::Deferred {
  explicit Answer(std::function<void()> call) : call(std::move(call)) {}
  void send() override { call(); }
  std::function<void()> call;
};

TEST(EventLoop, RunsWhatManyThreadsPost) {
  EventLoop loop;
  std::thread runner([&] { loop.run(); });
  constexpr int kThreads = 4, kCalls = 2000;
  int sum = 0;
  std::vector<std::thread> posters;
  for (int t = 0; t < kThreads; ++t) {
    posters.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) loop.post([&] { ++sum; });
    });
  }
  for (std::thread& poster : posters) poster.join();
  loop.stop();
  runner.join();
  EXPECT_EQ(sum, kThreads * kCalls);
}

TEST(EventLoop, KeepsTheOrderOfOneThread) {
  EventLoop loop;
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) loop.post([&order, i] { order.push_back(i); });
  loop.stop();
  loop.run();
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

TEST(EventLoop, RunsUrgentTasksFirst) {
  EventLoop loop;
  std::vector<std::string> order;
  Step late([&] { order.emplace_back("late"); }, true);
  Step first([&] {
    order.emplace_back("first");
    loop.submit(late);  // urgent: goes before what waits in the same round
  });
  Step second([&] { order.emplace_back("second"); });
  Step urgent([&] { order.emplace_back("urgent"); }, true);
  loop.submit(first);
  loop.submit(second);
  loop.submit(urgent);
  loop.stop();
  loop.run();
  EXPECT_THAT(order, ElementsAre("urgent", "first", "late", "second"));
}

TEST(EventLoop, RunsWhatAnotherThreadMakesUrgentWithinARound) {
  // Several times: it must not depend on how soon the other thread gets a processor.
  for (int i = 0; i < 50; ++i) {
    EventLoop loop;
    std::vector<std::string> order;
    Step urgent([&] { order.emplace_back("urgent"); }, true);
    std::atomic<bool> go{false}, done{false};
    std::thread other([&] {
      while (!go) std::this_thread::yield();
      loop.submit(urgent);
      done = true;
    });
    Step first([&] {
      order.emplace_back("first");
      go = true;
      while (!done) std::this_thread::yield();
    });
    Step second([&] { order.emplace_back("second"); });
    // Within run(), whose thread the loop knows.
    loop.post([&] {
      loop.submit(first);
      loop.submit(second);
    });
    loop.stop();
    loop.run();
    other.join();
    ASSERT_THAT(order, ElementsAre("first", "urgent", "second"));
  }
}

// Whose answer others wait for gets its next message soon, though the round has much to do. What was to come after a
// tenth of a millisecond anyway tells nothing: it is tried until nobody else had the processor meanwhile.
TEST(EventLoop, LooksSoonForTheNextMessageOfWhatIsUrgent) {
  using Clock = std::chrono::steady_clock;
  struct News final : EventLoop::Watcher {
    News(EventLoop& loop, Step& step) : loop(loop), step(step) {}
    void ready(std::uint32_t events) override {
      if ((events & EPOLLIN) != 0) loop.submit(step);
    }
    EventLoop& loop;
    Step& step;
  };
  const auto work = [] {
    const auto end = Clock::now() + std::chrono::microseconds(30);
    while (Clock::now() < end) {
    }
  };
  for (bool was_disturbed = true; was_disturbed;) {
    EventLoop loop;
    std::vector<std::string> order;
    Clock::time_point began, ended;
    const int fd = ::eventfd(0, EFD_NONBLOCK);
    Step answer([&] { order.emplace_back("answer"); }, true);
    Step question([&] { order.emplace_back("question"); }, true);
    News news(loop, question);
    ASSERT_TRUE(loop.watch(fd, EPOLLIN, news));
    Step one([&] {
      order.emplace_back("one");
      work();
    });
    Step two([&] {
      order.emplace_back("two");
      const std::uint64_t message = 1;
      ASSERT_EQ(::write(fd, &message, sizeof message), static_cast<ssize_t>(sizeof message));
      work();
    });
    Step three([&] {
      order.emplace_back("three");
      ended = Clock::now();
      loop.unwatch(fd);
    });
    loop.post([&] {
      began = Clock::now();
      for (Step* step : {&answer, &one, &two, &three}) loop.submit(*step);
    });
    loop.stop();
    loop.run();
    ::close(fd);
    was_disturbed = ended - began > std::chrono::microseconds(100);
    if (was_disturbed) continue;
    EXPECT_THAT(order, ElementsAre("answer", "one", "two", "question", "three"));
  }
}

TEST(EventLoop, UrgentTasksStarveNobody) {
  EventLoop loop;
  bool ran = false;
  int turns = 0;
  Step greedy([] {}, true);
  greedy.call = [&] {
    ++turns;
    if (!ran) loop.submit(greedy);
  };
  Step modest([&] { ran = true; });
  loop.post([&] {
    loop.submit(greedy);
    loop.submit(modest);
  });
  loop.stop();
  loop.run();
  EXPECT_TRUE(ran);
  EXPECT_LE(turns, 4);
}

TEST(EventLoop, SendsAnswersWhenARoundIsOver) {
  EventLoop loop;
  std::vector<std::string> order;
  Answer answer([&] { order.emplace_back("answer"); });
  Answer forgotten([&] { order.emplace_back("forgotten"); });
  loop.post([&] {
    order.emplace_back("one");
    loop.defer(answer);
    loop.defer(forgotten);
  });
  loop.post([&] {
    order.emplace_back("two");
    loop.forget(forgotten);
  });
  loop.stop();
  loop.run();
  EXPECT_THAT(order, ElementsAre("one", "two", "answer"));
}

TEST(EventLoop, CallsInTheOrderOfTheirTimes) {
  EventLoop loop;
  std::vector<int> order;
  loop.call_after(std::chrono::milliseconds(3), [&] {
    order.push_back(2);
    loop.stop();
  });
  loop.call_after(std::chrono::milliseconds(1), [&] { order.push_back(1); });
  loop.run();
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(EventLoop, DoesNotCallWhatWasCancelled) {
  EventLoop loop;
  std::vector<int> order;
  const auto first = loop.call_after(std::chrono::milliseconds(1), [&] { order.push_back(1); });
  const auto second = loop.call_after(std::chrono::milliseconds(1), [&] { order.push_back(2); });
  loop.call_after(std::chrono::milliseconds(2), [&] {
    order.push_back(3);
    loop.cancel(first);  // has been called: nothing happens
    loop.stop();
  });
  loop.cancel(second);
  loop.cancel(second);
  loop.run();
  EXPECT_THAT(order, ElementsAre(1, 3));
}

// The kernel counts milliseconds in an int.
TEST(EventLoop, KeepsTimersOfAnotherAge) {
  EventLoop loop;
  std::vector<int> order;
  loop.call_after(std::chrono::steady_clock::duration::max(), [&] { order.push_back(3); });
  loop.call_after(std::chrono::hours(24 * 365 * 20), [&] { order.push_back(2); });
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    loop.post([&] { order.push_back(1); });
    loop.stop();
  });
  loop.run();
  later.join();
  EXPECT_THAT(order, ElementsAre(1));
}

}  // namespace
}  // namespace server
