// What a regular expression costs before its first text is searched.
#pragma once

#include <cstddef>

namespace functions {

// Called now and then by what may run for long; it throws when that is to end, and may run other searches, but not with
// what calls it.
class RegexInterrupts {
 public:
  virtual ~RegexInterrupts() = default;
  virtual void check() = 0;
};

// Counts steps of some nanoseconds each. SqlError 2201B when there are too many.
class RegexWork {
 public:
  explicit RegexWork(RegexInterrupts* interrupts) : interrupts_(interrupts) {}

  void spend(std::size_t steps) {
    if ((steps_ += steps) >= next_check_) [[unlikely]] check();
  }

 private:
  void check();

  static constexpr std::size_t kMostSteps = 100'000'000, kStepsBetweenChecks = 1'000'000;

  RegexInterrupts* interrupts_;  // may be null
  std::size_t steps_ = 0, next_check_ = kStepsBetweenChecks;
};

}  // namespace functions
