// A latch for pages: optimistic (version), shared or exclusive.
#pragma once

#include <atomic>
#include <cstdint>

namespace buffer {

// One 64-bit word: version (47 bits) | exclusive (1 bit) | sharers (16 bits). The version rises
// with every exclusive unlock, so a reader that saw the same version before and after saw no
// change. Held for microseconds: waiting spins, then yields the thread. Never held across
// Parker::park(). Source: Böttcher et al., "Scalable and Robust Latches for Database Systems",
// DaMoN 2020.
class HybridLatch {
 public:
  using Version = std::uint64_t;

  // The version to validate later; waits while somebody holds the latch exclusively.
  Version optimistic_version() const {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    if ((word & kExclusive) == 0) [[likely]]
      return word & kVersionMask;
    return wait_optimistic();
  }

  // True when nothing changed since `version` was taken. Reads made before stay before.
  bool validate(Version version) const {
    std::atomic_thread_fence(std::memory_order_acquire);
    return (word_.load(std::memory_order_relaxed) & ~kSharedMask) == version;
  }

  bool try_lock_shared() {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    return (word & kExclusive) == 0 && (word & kSharedMask) != kSharedMask &&
           word_.compare_exchange_strong(word, word + 1, std::memory_order_acquire);
  }
  void lock_shared() {
    if (!try_lock_shared()) [[unlikely]]
      wait_shared();
  }
  void unlock_shared() { word_.fetch_sub(1, std::memory_order_release); }

  bool try_lock_exclusive() {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    return (word & (kExclusive | kSharedMask)) == 0 &&
           word_.compare_exchange_strong(word, word | kExclusive, std::memory_order_acquire);
  }
  void lock_exclusive() {
    if (!try_lock_exclusive()) [[unlikely]]
      wait_exclusive();
  }
  // Becomes exclusive only if nothing changed since `version` and nobody shares.
  bool try_upgrade(Version version) {
    std::uint64_t expected = version;
    return word_.compare_exchange_strong(expected, version | kExclusive, std::memory_order_acquire);
  }
  // From the caller's own shared hold; fails when others share, and the caller still shares then.
  bool try_upgrade_shared() {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    return (word & (kExclusive | kSharedMask)) == 1 &&
           word_.compare_exchange_strong(word, (word & ~kSharedMask) | kExclusive,
                                         std::memory_order_acquire);
  }

  // The page may have changed: optimistic readers start again.
  void unlock_exclusive() {
    word_.store((word_.load(std::memory_order_relaxed) & kVersionMask) + kVersionStep,
                std::memory_order_release);
  }
  // The holder changed nothing: optimistic readers go on.
  void unlock_exclusive_unchanged() {
    word_.store(word_.load(std::memory_order_relaxed) & kVersionMask, std::memory_order_release);
  }

  bool is_exclusive() const { return (word_.load(std::memory_order_relaxed) & kExclusive) != 0; }

 private:
  static constexpr std::uint64_t kSharedMask = 0xffff;
  static constexpr std::uint64_t kExclusive = 0x1'0000;
  static constexpr std::uint64_t kVersionStep = 0x2'0000;
  static constexpr std::uint64_t kVersionMask = ~(kSharedMask | kExclusive);

  Version wait_optimistic() const;
  void wait_shared();
  void wait_exclusive();

  std::atomic<std::uint64_t> word_{0};
};

}  // namespace buffer
