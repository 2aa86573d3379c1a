#include "core_threads.h"

#include <algorithm>
#include <chrono>

#include <pthread.h>
#include <sched.h>

#include <fmt/format.h>

#include "coroutine_parker.h"

namespace server {
namespace {

using Clock = std::chrono::steady_clock;

// How long a core that has run out of work looks for more before it sleeps. Waking a sleeping
// processor takes tens of microseconds, several times what a point query takes: a client that asks
// again at once is answered without it. While sessions wait for storage or for each other, the
// processor is left to those that they wait for.
constexpr std::chrono::microseconds kPollTime{50};
// A look that takes longer than this let somebody else run: the processor has better to do than to
// be polled, so the core sleeps at once, this time and the next few.
constexpr std::chrono::microseconds kContended{5};
constexpr unsigned kSleepsMax = 64;

void run(boost::asio::io_context& context) {
  auto last_work = Clock::now();
  unsigned sleeps = 0, next_sleeps = 1;
  while (!context.stopped()) {
    if (context.poll() > 0) {
      last_work = Clock::now();
      continue;
    }
    const auto now = Clock::now();
    if (sleeps == 0 && now - last_work < kPollTime && CoroutineParker::parked_here() == 0) {
      sched_yield();
      if (Clock::now() - now > kContended) {
        sleeps = next_sleeps;
        next_sleeps = std::min(next_sleeps * 2, kSleepsMax);
      }
      continue;
    }
    if (sleeps > 0)
      --sleeps;
    else
      next_sleeps = 1;  // a whole poll time without anybody else
    context.run_one();
    last_work = Clock::now();
  }
}

}  // namespace

CoreThreads::CoreThreads(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    auto core = std::make_unique<Core>();
    core->thread = std::thread([context = &core->context] { run(*context); });
    pthread_setname_np(core->thread.native_handle(), fmt::format("core {}", i).c_str());
    cores_.push_back(std::move(core));
  }
}

CoreThreads::~CoreThreads() { join(); }

void CoreThreads::join() {
  for (auto& core : cores_) core->work.reset();
  for (auto& core : cores_)
    if (core->thread.joinable()) core->thread.join();
}

}  // namespace server
