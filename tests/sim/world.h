// Virtual time and the one source of chance: everything in a run follows from the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <new>
#include <queue>
#include <random>
#include <string>
#include <type_traits>
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
      events_.emplace_back();
    } else {
      place = free_.back();
      free_.pop_back();
    }
    events_[place].set(std::forward<F>(event));
    queue_.push({now_ + delay, sequence_++, place});
  }

  // Carries out the next event; false when there is none.
  bool step() {
    if (queue_.empty()) return false;
    const Due next = queue_.top();
    queue_.pop();
    now_ = next.when;
    // It may ask for events in turn: they get other places.
    events_[next.place].carry_out();
    free_.push_back(next.place);
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
  // A function that stays where it is, without memory of its own when it is small.
  class Event {
   public:
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() {
      if (use_ != nullptr) use_(room_, false);
    }

    template <typename F>
    void set(F&& function) {
      using Function = std::decay_t<F>;
      if constexpr (sizeof(Function) <= sizeof room_ && alignof(Function) <= alignof(std::max_align_t)) {
        new (room_) Function(std::forward<F>(function));
        use_ = [](std::byte* room, bool call) {
          auto* const held = std::launder(reinterpret_cast<Function*>(room));
          if (call) (*held)();
          held->~Function();
        };
      } else {
        set([held = std::make_unique<Function>(std::forward<F>(function))] { (*held)(); });
      }
    }

    // Once.
    void carry_out() {
      use_(room_, true);
      use_ = nullptr;
    }

   private:
    alignas(std::max_align_t) std::byte room_[64];
    void (*use_)(std::byte* room, bool call) = nullptr;  // and ends it; null: nothing is held
  };

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
  std::deque<Event> events_;
  std::vector<std::size_t> free_;  // places of events that are over
};

}  // namespace sim
