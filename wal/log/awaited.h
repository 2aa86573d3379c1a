// One value that another thread brings.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "wal/parker.h"

namespace wal {

// Made by the waiter, shared with whoever brings the value. Unparks under the mutex that the
// waiter takes before it leaves, so the Parker outlives the call.
template <typename T>
class Awaited {
 public:
  Awaited() : parker_(Parker::current()) {}

  void set(T value) {
    const std::scoped_lock lock(mutex_);
    value_.emplace(std::move(value));
    parker_.unpark();
  }

  // Parks until set(). Only the thread of control that made this.
  T get() {
    for (;;) {
      {
        const std::scoped_lock lock(mutex_);
        if (value_) return std::move(*value_);
      }
      parker_.park();
    }
  }

 private:
  Parker& parker_;
  std::mutex mutex_;
  std::optional<T> value_;
};

}  // namespace wal
