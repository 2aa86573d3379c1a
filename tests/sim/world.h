// Virtual time and the one source of chance: everything in a run follows from the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace sim {

class World {
 public:
  World(std::uint64_t seed, bool trace) : random_(seed), trace_(trace) {}

  // Microseconds since the run began.
  std::uint64_t now() const { return now_; }

  template <typename F>
  void after(std::uint64_t delay, F&& event) {
    std::size_t place;
    if (free_.empty()) {
      place = events_.size();
      events_.emplace_back(std::forward<F>(event));
    } else {
      place = free_.back();
      free_.pop_back();
      events_[place] = std::forward<F>(event);
    }
    queue_.push({now_ + delay, sequence_++, place});
  }

  // Carries out the next event; false when there is none.
  bool step() {
    if (queue_.empty()) return false;
    const Due next = queue_.top();
    queue_.pop();
    now_ = next.when;
    // Moved out: it may ask for events in turn.
    const auto event = std::exchange(events_[next.place], nullptr);
    free_.push_back(next.place);
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
  // Small: the queue moves them about.
  struct Due {
    std::uint64_t when;
    std::uint64_t sequence;
    std::size_t place;  // among the events
    bool operator<(const Due& other) const {
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
  std::priority_queue<Due> queue_;
  std::vector<std::function<void()>> events_;
  std::vector<std::size_t> free_;  // places of events that are over
};

}  // namespace sim
