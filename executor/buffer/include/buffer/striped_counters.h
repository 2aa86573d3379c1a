// Counters that many threads raise and hardly anybody reads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace buffer {

// Which line of a striped counter the calling thread raises.
class CounterLine {
 public:
  static constexpr std::size_t kLines = 32;
  static std::size_t mine() {
    static std::atomic<std::size_t> next{0};
    static thread_local const std::size_t line = next.fetch_add(1, std::memory_order_relaxed) % kLines;
    return line;
  }
};

// `Count` counters, once per line: raising one is a load and a store
// of memory that no other thread writes. Exact unless there are more threads than lines.
template <std::size_t Count>
class StripedCounters {
 public:
  void add(std::size_t which, std::uint64_t n) {
    std::atomic<std::uint64_t>& counter = lines_[CounterLine::mine()].values[which];
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t sum(std::size_t which) const {
    std::uint64_t sum = 0;
    for (const Line& line : lines_) sum += line.values[which].load(std::memory_order_relaxed);
    return sum;
  }

 private:
  struct alignas(64) Line {
    std::array<std::atomic<std::uint64_t>, Count> values{};
  };
  std::array<Line, CounterLine::kLines> lines_;
};

}  // namespace buffer
