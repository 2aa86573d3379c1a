// Sets of range-table entries of one query.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "types/sql_error.h"

namespace planner {

// The planner asks sets many questions for every pair of things that might be joined: those of queries with up to 64
// entries are one word, without memory of their own.
class RelSet {
 public:
  static constexpr std::size_t kLimit = 1024;

  RelSet() = default;
  static RelSet of(int rel) {
    RelSet set;
    set.add(rel);
    return set;
  }
  void add(int rel) {
    const auto at = static_cast<std::size_t>(rel);
    if (at >= kLimit) throw types::SqlError("54001", "too many range table entries");
    if (at < kBits) {
      low_ |= bit(at);
      return;
    }
    if (high_.size() < at / kBits) high_.resize(at / kBits);
    high_[at / kBits - 1] |= bit(at);
  }
  bool contains(int rel) const {
    if (rel < 0) return false;
    const auto at = static_cast<std::size_t>(rel);
    return (word(at / kBits) & bit(at)) != 0;
  }
  bool empty() const { return low_ == 0 && high_.empty(); }
  std::size_t size() const {
    auto count = static_cast<std::size_t>(std::popcount(low_));
    for (const std::uint64_t bits : high_) count += static_cast<std::size_t>(std::popcount(bits));
    return count;
  }
  bool subset_of(const RelSet& other) const {
    if ((low_ & ~other.low_) != 0) return false;
    for (std::size_t i = 0; i < high_.size(); ++i)
      if ((high_[i] & ~other.word(i + 1)) != 0) return false;
    return true;
  }
  bool overlaps(const RelSet& other) const {
    if ((low_ & other.low_) != 0) return true;
    for (std::size_t i = 0; i < std::min(high_.size(), other.high_.size()); ++i)
      if ((high_[i] & other.high_[i]) != 0) return true;
    return false;
  }
  RelSet& operator|=(const RelSet& other) {
    low_ |= other.low_;
    if (high_.size() < other.high_.size()) high_.resize(other.high_.size());
    for (std::size_t i = 0; i < other.high_.size(); ++i) high_[i] |= other.high_[i];
    return *this;
  }
  RelSet operator|(const RelSet& other) const {
    RelSet result = *this;
    return result |= other;
  }
  RelSet operator&(const RelSet& other) const {
    RelSet result;
    result.low_ = low_ & other.low_;
    for (std::size_t i = 0; i < std::min(high_.size(), other.high_.size()); ++i) result.high_.push_back(high_[i] & other.high_[i]);
    result.trim();
    return result;
  }
  RelSet operator-(const RelSet& other) const {
    RelSet result = *this;
    result.low_ &= ~other.low_;
    for (std::size_t i = 0; i < std::min(high_.size(), other.high_.size()); ++i) result.high_[i] &= ~other.high_[i];
    result.trim();
    return result;
  }
  bool operator==(const RelSet& other) const = default;
  // -1: there is none.
  int first() const {
    if (low_ != 0) return std::countr_zero(low_);
    for (std::size_t i = 0; i < high_.size(); ++i)
      if (high_[i] != 0) return static_cast<int>((i + 1) * kBits) + std::countr_zero(high_[i]);
    return -1;
  }
  // Ascending.
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i <= high_.size(); ++i)
      for (std::uint64_t bits = word(i); bits != 0; bits &= bits - 1) f(static_cast<int>(i * kBits) + std::countr_zero(bits));
  }

 private:
  static constexpr std::size_t kBits = 64;
  static std::uint64_t bit(std::size_t at) { return std::uint64_t{1} << (at % kBits); }
  std::uint64_t word(std::size_t i) const { return i == 0 ? low_ : i <= high_.size() ? high_[i - 1] : 0; }
  void trim() {
    while (!high_.empty() && high_.back() == 0) high_.pop_back();
  }

  std::uint64_t low_ = 0;
  std::vector<std::uint64_t> high_;  // the last one is never 0
};

}  // namespace planner
