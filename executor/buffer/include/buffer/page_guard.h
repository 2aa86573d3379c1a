// Guards: the only way to a cached page's bytes.
//
// All are movable, release in the destructor or by release(), and are false when empty (the page is
// not cached, or the upgrade failed). No guard is held across Parker::park().
#pragma once

#include <cstdint>
#include <utility>

#include "buffer/frame.h"
#include "wal/check.h"
#include "wal/ids.h"
#include "wal/page.h"

namespace buffer {

class BufferPool;

#ifdef SEXTANT_PESSIMISTIC_LATCHES
inline constexpr bool kPessimisticLatches = true;
#else
inline constexpr bool kPessimisticLatches = false;
#endif

// Exclusive access: the bytes may change, through a wal::MiniTransaction that is committed before
// the guard goes.
class ExclusiveGuard {
 public:
  ExclusiveGuard() = default;
  // Takes over an exclusive hold of the frame's latch.
  explicit ExclusiveGuard(Frame* frame) : frame_(frame) {}
  ExclusiveGuard(ExclusiveGuard&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  ExclusiveGuard& operator=(ExclusiveGuard&& other) noexcept {
    if (this != &other) {
      release();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~ExclusiveGuard() { release(); }

  explicit operator bool() const { return frame_ != nullptr; }
  wal::Page& page() const { return *frame_->page; }
  wal::PageNo page_no() const {
    return wal::PageNo{frame_->page_no.load(std::memory_order_relaxed)};
  }
  void release() {
    if (Frame* frame = std::exchange(frame_, nullptr)) frame->latch.unlock_exclusive();
  }
  // For a holder that changed nothing: optimistic readers need not start again.
  void release_unchanged() {
    if (Frame* frame = std::exchange(frame_, nullptr)) frame->latch.unlock_exclusive_unchanged();
  }

 private:
  Frame* frame_ = nullptr;
};

// Shared access: the bytes do not change.
class SharedGuard {
 public:
  SharedGuard() = default;
  // Takes over a shared hold of the frame's latch.
  explicit SharedGuard(Frame* frame) : frame_(frame) {}
  SharedGuard(SharedGuard&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  SharedGuard& operator=(SharedGuard&& other) noexcept {
    if (this != &other) {
      release();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~SharedGuard() { release(); }

  explicit operator bool() const { return frame_ != nullptr; }
  const wal::Page& page() const { return *frame_->page; }
  wal::PageNo page_no() const {
    return wal::PageNo{frame_->page_no.load(std::memory_order_relaxed)};
  }
  void release() {
    if (Frame* frame = std::exchange(frame_, nullptr)) frame->latch.unlock_shared();
  }

 private:
  Frame* frame_ = nullptr;
};

// Optimistic access: costs no write to shared memory. The bytes may change or belong to another
// page at any moment: treat what was read as a guess (bound every offset) until validate() says it
// was true. With SEXTANT_PESSIMISTIC_LATCHES it holds the shared latch and always validates.
class OptimisticGuard {
 public:
  OptimisticGuard() = default;
  // Non-pessimistic: `version` as taken from the frame's latch. Pessimistic: takes over a shared
  // hold.
  OptimisticGuard(Frame* frame, HybridLatch::Version version) : frame_(frame), version_(version) {}
  OptimisticGuard(OptimisticGuard&& other) noexcept
      : frame_(std::exchange(other.frame_, nullptr)), version_(other.version_) {}
  OptimisticGuard& operator=(OptimisticGuard&& other) noexcept {
    if (this != &other) {
      release();
      frame_ = std::exchange(other.frame_, nullptr);
      version_ = other.version_;
    }
    return *this;
  }
  ~OptimisticGuard() { release(); }

  explicit operator bool() const { return frame_ != nullptr; }
  const wal::Page& page() const { return *frame_->page; }

  // True when everything read through page() so far was one true state of the page.
  [[nodiscard]] bool validate() const {
    if constexpr (kPessimisticLatches) return true;
    return frame_->latch.validate(version_);
  }

  // The same state of the page under an exclusive (shared) latch, or an empty guard when it changed
  // or others hold it. This guard is released in any case.
  [[nodiscard]] ExclusiveGuard upgrade() {
    Frame* frame = std::exchange(frame_, nullptr);
    if constexpr (kPessimisticLatches) {
      if (frame->latch.try_upgrade_shared()) return ExclusiveGuard(frame);
      frame->latch.unlock_shared();
      return ExclusiveGuard();
    } else {
      return frame->latch.try_upgrade(version_) ? ExclusiveGuard(frame) : ExclusiveGuard();
    }
  }
  [[nodiscard]] SharedGuard share() {
    Frame* frame = std::exchange(frame_, nullptr);
    if constexpr (kPessimisticLatches) return SharedGuard(frame);
    frame->latch.lock_shared();
    SharedGuard guard(frame);
    // Not validate(): our own hold is in the word, the version is what counts.
    return frame->latch.validate(version_) ? std::move(guard) : SharedGuard();
  }

  void release() {
    Frame* frame = std::exchange(frame_, nullptr);
    if constexpr (kPessimisticLatches) {
      if (frame != nullptr) frame->latch.unlock_shared();
    }
  }

 private:
  Frame* frame_ = nullptr;
  HybridLatch::Version version_ = 0;
};

// Keeps a page cached without latching it; may be held across park(), but few at a time: a pinned
// frame is lost to everybody else. Latching a pinned page never misses.
class PinnedPage {
 public:
  PinnedPage() = default;
  PinnedPage(BufferPool& pool, Frame* frame) : pool_(&pool), frame_(frame) {}
  PinnedPage(PinnedPage&& other) noexcept
      : pool_(other.pool_), frame_(std::exchange(other.frame_, nullptr)) {}
  PinnedPage& operator=(PinnedPage&& other) noexcept {
    if (this != &other) {
      release();
      pool_ = other.pool_;
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~PinnedPage() { release(); }

  explicit operator bool() const { return frame_ != nullptr; }
  wal::PageNo page_no() const {
    return wal::PageNo{frame_->page_no.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] ExclusiveGuard exclusive() const {
    frame_->latch.lock_exclusive();
    return ExclusiveGuard(frame_);
  }
  [[nodiscard]] SharedGuard shared() const {
    frame_->latch.lock_shared();
    return SharedGuard(frame_);
  }
  void release();

 private:
  BufferPool* pool_ = nullptr;
  Frame* frame_ = nullptr;
};

}  // namespace buffer
