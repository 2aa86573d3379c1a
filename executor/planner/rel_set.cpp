#include "rel_set.h"

#include <algorithm>

namespace planner {

void RelSet::merge(const RelSet& other) {
  if (other.empty()) return;
  if (empty()) {
    *this = other;
    return;
  }
  if (other.base_ < base_) {
    // Words in front.
    const std::size_t more = base_ - other.base_;
    high_.insert(high_.begin(), more, 0);
    high_[more - 1] = low_;
    low_ = 0;
    base_ = other.base_;
  }
  const std::size_t offset = other.base_ - base_;
  high_.resize(std::max(high_.size(), offset + other.high_.size()));
  (offset == 0 ? low_ : high_[offset - 1]) |= other.low_;
  for (std::size_t i = 0; i < other.high_.size(); ++i) high_[offset + i] |= other.high_[i];
}

RelSet RelSet::common(const RelSet& other) const {
  if (other.high_.empty()) return other & *this;
  RelSet result = *this;
  result.low_ &= other.word(base_);
  for (std::size_t i = 0; i < high_.size(); ++i) result.high_[i] &= other.word(base_ + 1 + i);
  result.trim();
  return result;
}

RelSet RelSet::without(const RelSet& other) const {
  RelSet result = *this;
  result.low_ &= ~other.word(base_);
  for (std::size_t i = 0; i < high_.size(); ++i) result.high_[i] &= ~other.word(base_ + 1 + i);
  result.trim();
  return result;
}

void RelSet::trim() {
  while (!high_.empty() && high_.back() == 0) high_.pop_back();
  if (low_ != 0) return;
  const auto found = std::ranges::find_if(high_, [](std::uint64_t bits) { return bits != 0; });
  if (found == high_.end()) {
    *this = RelSet();
    return;
  }
  low_ = *found;
  base_ += static_cast<std::size_t>(found - high_.begin()) + 1;
  high_.erase(high_.begin(), found + 1);
}

}  // namespace planner
