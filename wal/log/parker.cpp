#include "wal/parker.h"

#include <atomic>
#include <cstdint>

namespace wal {
namespace {

// Blocks the calling thread; what code outside any session waits with.
class ThreadParker final : public Parker {
 public:
  void park() override {
    while (signalled_.exchange(0, std::memory_order_acquire) == 0) {
      signalled_.wait(0, std::memory_order_relaxed);
    }
  }
  void unpark() override {
    if (signalled_.exchange(1, std::memory_order_release) == 0) signalled_.notify_one();
  }

 private:
  std::atomic<std::int32_t> signalled_{0};
};

thread_local Parker* installed = nullptr;

}  // namespace

Parker& Parker::current() {
  if (installed != nullptr) return *installed;
  static thread_local ThreadParker own;
  return own;
}

ScopedParker::ScopedParker(Parker& parker) : previous_(installed) { installed = &parker; }

ScopedParker::~ScopedParker() { installed = previous_; }

}  // namespace wal
