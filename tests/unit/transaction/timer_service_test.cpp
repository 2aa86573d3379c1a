#include "transaction/timer_service.h"

#include <future>
#include <vector>

#include <gtest/gtest.h>

namespace transaction {
namespace {

using namespace std::chrono_literals;

TEST(TimerService, CallsInTheOrderOfTimesNotOfRequests) {
  const auto timers = make_thread_timer();
  std::vector<int> order;
  std::promise<void> done;
  const Clock::time_point now = Clock::now();
  timers->call_at(now + 30ms, [&] {
    order.push_back(3);
    done.set_value();
  });
  timers->call_at(now + 10ms, [&] { order.push_back(1); });
  timers->call_at(now + 20ms, [&] { order.push_back(2); });
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(TimerService, WhatIsCancelledIsNotCalled) {
  const auto timers = make_thread_timer();
  bool called = false;
  std::promise<void> later;
  const TimerService::Id id = timers->call_at(Clock::now() + 10ms, [&] { called = true; });
  timers->cancel(id);
  timers->call_at(Clock::now() + 20ms, [&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_FALSE(called);
}

TEST(TimerService, CancelWaitsForACallThatIsRunning) {
  const auto timers = make_thread_timer();
  std::promise<void> started;
  std::promise<void> go_on;
  bool finished = false;
  const TimerService::Id id = timers->call_at(Clock::now(), [&] {
    started.set_value();
    go_on.get_future().wait();
    finished = true;
  });
  started.get_future().wait();
  go_on.set_value();
  timers->cancel(id);
  EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace transaction
