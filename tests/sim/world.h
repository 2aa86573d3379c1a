// Virtual time and the one source of chance: everything in a run follows from the seed.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace sim {

class World {
 public:
  World(std::uint64_t seed, bool trace) : random_(seed), trace_(trace) {}

  // Microseconds since the run began.
  std::uint64_t now() const { return now_; }

  void after(std::uint64_t delay, std::function<void()> event) {
    events_.push({now_ + delay, sequence_++, std::move(event)});
  }

  // Carries out the next event; false when there is none.
  bool step() {
    if (events_.empty()) return false;
    // The queue gives out const references only; the event is moved out before it is popped.
    auto& next = const_cast<Event&>(events_.top());
    now_ = next.when;
    const auto event = std::move(next.what);
    events_.pop();
    event();
    return true;
  }

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  std::uint64_t pick(std::uint64_t low, std::uint64_t high) { return low + pick(high - low + 1); }
  bool one_in(std::uint64_t n) { return pick(n) == 0; }
  std::mt19937_64& random() { return random_; }

  template <typename... Args>
  void trace(fmt::format_string<Args...> format, Args&&... args) {
    if (trace_) print(fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  struct Event {
    std::uint64_t when;
    std::uint64_t sequence;
    std::function<void()> what;
    bool operator<(const Event& other) const {
      return when != other.when ? when > other.when : sequence > other.sequence;
    }
  };

  void print(const std::string& line) const {
    fmt::print("{:>9.3f} ms  {}\n", static_cast<double>(now_) / 1000, line);
  }

  std::mt19937_64 random_;
  bool trace_;
  std::uint64_t now_ = 0;
  std::uint64_t sequence_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace sim
