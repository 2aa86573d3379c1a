// Sets of range-table entries of one query.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace planner {

// The planner asks sets many questions for every pair of things that might be joined: those of queries with up to 64
// entries are one word, without memory of their own. So are those of one member of a hierarchy, and of neighbours: what
// is kept begins with the word that has the first entry. There may be as many entries as there is memory for.
class RelSet {
 public:
  RelSet() = default;
  static RelSet of(int rel) {
    RelSet set;
    const auto at = static_cast<std::size_t>(rel);
    set.base_ = at / kBits;
    set.low_ = bit(at);
    return set;
  }
  void add(int rel) {
    const auto at = static_cast<std::size_t>(rel);
    if (at / kBits == base_)
      low_ |= bit(at);
    else
      merge(of(rel));
  }
  bool contains(int rel) const {
    if (rel < 0) return false;
    const auto at = static_cast<std::size_t>(rel);
    return (word(at / kBits) & bit(at)) != 0;
  }
  bool empty() const { return low_ == 0; }
  std::size_t size() const {
    auto count = static_cast<std::size_t>(std::popcount(low_));
    for (const std::uint64_t bits : high_) count += static_cast<std::size_t>(std::popcount(bits));
    return count;
  }
  bool subset_of(const RelSet& other) const {
    if ((low_ & ~other.word(base_)) != 0) return false;
    for (std::size_t i = 0; i < high_.size(); ++i)
      if ((high_[i] & ~other.word(base_ + 1 + i)) != 0) return false;
    return true;
  }
  bool overlaps(const RelSet& other) const {
    if ((low_ & other.word(base_)) != 0) return true;
    for (std::size_t i = 0; i < high_.size(); ++i)
      if ((high_[i] & other.word(base_ + 1 + i)) != 0) return true;
    return false;
  }
  RelSet& operator|=(const RelSet& other) {
    if (other.base_ == base_ && other.high_.empty())
      low_ |= other.low_;
    else
      merge(other);
    return *this;
  }
  RelSet operator|(const RelSet& other) const {
    RelSet result = *this;
    result |= other;
    return result;
  }
  RelSet operator&(const RelSet& other) const {
    if (!high_.empty()) return common(other);
    RelSet result;
    result.low_ = low_ & other.word(base_);
    if (result.low_ != 0) result.base_ = base_;
    return result;
  }
  RelSet operator-(const RelSet& other) const {
    if (!high_.empty()) return without(other);
    RelSet result;
    result.low_ = low_ & ~other.word(base_);
    if (result.low_ != 0) result.base_ = base_;
    return result;
  }
  bool operator==(const RelSet& other) const = default;
  // -1: there is none.
  int first() const { return low_ == 0 ? -1 : static_cast<int>(base_ * kBits) + std::countr_zero(low_); }
  // Ascending.
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i <= high_.size(); ++i)
      for (std::uint64_t bits = i == 0 ? low_ : high_[i - 1]; bits != 0; bits &= bits - 1)
        f(static_cast<int>((base_ + i) * kBits) + std::countr_zero(bits));
  }

 private:
  static constexpr std::size_t kBits = 64;
  static std::uint64_t bit(std::size_t at) { return std::uint64_t{1} << (at % kBits); }
  // Of all words there are, those not kept included.
  std::uint64_t word(std::size_t i) const {
    const std::size_t at = i - base_;  // far beyond the end when it is below the first
    return at == 0 ? low_ : at - 1 < high_.size() ? high_[at - 1] : 0;
  }
  void merge(const RelSet& other);
  RelSet common(const RelSet& other) const;
  RelSet without(const RelSet& other) const;
  void trim();

  // Word `base_`, then those behind it. Neither the first nor the last is 0, but for the empty set, whose base is 0.
  std::uint64_t low_ = 0;
  std::size_t base_ = 0;
  std::vector<std::uint64_t> high_;
};

}  // namespace planner
