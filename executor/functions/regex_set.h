// Sets of characters: what a literal, a bracket expression or a class stands for.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace functions {

class RegexSet {
 public:
  using Range = std::pair<char32_t, char32_t>;  // both ends belong to it
  static constexpr char32_t kLast = 0x10ffff;

  RegexSet() = default;
  explicit RegexSet(char32_t c) { add(c, c); }

  // What is beyond the last character is left out.
  void add(char32_t low, char32_t high) {
    if (low <= kLast) ranges_.emplace_back(low, std::min(high, kLast));
  }
  void add(const RegexSet& other) { ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end()); }
  // Ascending ranges that neither touch nor overlap; to be called when all is added.
  void normalize();
  // Of a normalized one.
  RegexSet complement() const;

  const std::vector<Range>& ranges() const { return ranges_; }
  auto operator<=>(const RegexSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

}  // namespace functions
