#include "buffer/latch.h"

#include <immintrin.h>
#include <sched.h>

namespace buffer {
namespace {

// Holders keep a latch for microseconds: a few hundred pauses outlast most of them, and a holder
// that lost its core needs ours.
class Backoff {
 public:
  void pause() {
    if (spins_ < kSpins) {
      ++spins_;
      _mm_pause();
    } else {
      sched_yield();
    }
  }

 private:
  static constexpr int kSpins = 200;
  int spins_ = 0;
};

}  // namespace

HybridLatch::Version HybridLatch::wait_optimistic() const {
  Backoff backoff;
  for (;;) {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    if ((word & kExclusive) == 0) return word & kVersionMask;
    backoff.pause();
  }
}

void HybridLatch::wait_shared() {
  Backoff backoff;
  while (!try_lock_shared()) backoff.pause();
}

void HybridLatch::wait_exclusive() {
  Backoff backoff;
  while (!try_lock_exclusive()) backoff.pause();
}

}  // namespace buffer
