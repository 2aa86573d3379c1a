#include "pagestore/timer.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <vector>

namespace pagestore {
namespace {

using namespace std::chrono_literals;

TEST(Timer, CallsInTheOrderOfTheirTimes) {
  Timer timer;
  std::mutex mutex;
  std::vector<int> order;
  std::promise<void> last;
  const auto note = [&](int which) {
    const std::scoped_lock lock(mutex);
    order.push_back(which);
    if (order.size() == 3) last.set_value();
  };
  timer.after(60ms, [&] { note(3); });
  timer.after(30ms, [&] { note(2); });
  timer.after(1ms, [&] { note(1); });
  last.get_future().wait();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(Timer, ACallbackMaySetTheNextOne) {
  Timer timer;
  std::promise<void> done;
  timer.after(0ms, [&] { timer.after(0ms, [&] { done.set_value(); }); });
  done.get_future().wait();
}

TEST(Timer, ForgetsWhatIsNotDueWhenItGoes) {
  bool called = false;
  {
    Timer timer;
    timer.after(1h, [&] { called = true; });
  }
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace pagestore
