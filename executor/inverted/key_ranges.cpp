#include "inverted/key_ranges.h"

namespace inverted {

void ListedRanges::add(std::string_view lower, std::string_view upper) {
  bounds_.add(lower);
  bounds_.add(upper);
}

bool ListedRanges::next(std::string_view key, std::string& lower, std::string& upper) {
  std::size_t low = 0, high = bounds_.size() / 2;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (bounds_[2 * middle + 1] <= key)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == bounds_.size() / 2) return false;
  lower = bounds_[2 * low];
  upper = bounds_[2 * low + 1];
  return true;
}

std::string above_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace inverted
