// Sets of range-table entries of one query.
#pragma once

#include <bitset>
#include <cstddef>

#include "types/sql_error.h"

namespace planner {

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
    if (static_cast<std::size_t>(rel) >= kLimit)
      throw types::SqlError("54001", "too many range table entries");
    bits_.set(static_cast<std::size_t>(rel));
  }
  bool contains(int rel) const {
    return rel >= 0 && static_cast<std::size_t>(rel) < kLimit &&
           bits_.test(static_cast<std::size_t>(rel));
  }
  bool empty() const { return bits_.none(); }
  std::size_t size() const { return bits_.count(); }
  bool subset_of(const RelSet& other) const { return (bits_ & ~other.bits_).none(); }
  bool overlaps(const RelSet& other) const { return (bits_ & other.bits_).any(); }
  RelSet operator|(const RelSet& other) const { return RelSet(bits_ | other.bits_); }
  RelSet operator&(const RelSet& other) const { return RelSet(bits_ & other.bits_); }
  RelSet operator-(const RelSet& other) const { return RelSet(bits_ & ~other.bits_); }
  RelSet& operator|=(const RelSet& other) {
    bits_ |= other.bits_;
    return *this;
  }
  bool operator==(const RelSet& other) const { return bits_ == other.bits_; }
  int first() const {
    const std::size_t at = bits_._Find_first();
    return at == kLimit ? -1 : static_cast<int>(at);
  }
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t at = bits_._Find_first(); at < kLimit; at = bits_._Find_next(at))
      f(static_cast<int>(at));
  }

 private:
  explicit RelSet(const std::bitset<kLimit>& bits) : bits_(bits) {}
  std::bitset<kLimit> bits_;
};

}  // namespace planner
