// The pieces of a table that the workers of a parallel scan take in turn.
// Source: Leis et al., Morsel-Driven Parallelism, SIGMOD 2014, section 3.
#pragma once

#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "table/scan.h"

namespace operators {

// Filled by one thread before the others look; take() is thread-safe.
class Morsels {
 public:
  // So many for each who takes part: the last ones end at about the same time.
  static constexpr std::size_t kPerWorker = 32;
  // More where the groups of a morsel are kept together: they should fit into a processor's cache.
  static constexpr std::size_t kPerWorkerOfGroups = 128;

  void fill(std::vector<table::KeyRange> ranges) {
    ranges_ = std::move(ranges);
    next_.store(0, std::memory_order_relaxed);
  }
  std::optional<table::KeyRange> take() {
    const std::size_t at = next_.fetch_add(1, std::memory_order_relaxed);
    if (at >= ranges_.size()) return std::nullopt;
    return ranges_[at];
  }

 private:
  std::vector<table::KeyRange> ranges_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace operators
