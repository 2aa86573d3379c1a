// Keys and values as the tree sees them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace btree {

using Bytes = std::span<const std::byte>;

inline Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

// Order of keys: unsigned bytes, a prefix before what it begins. <0, 0, >0.
inline int compare(Bytes left, Bytes right) {
  const std::size_t common = std::min(left.size(), right.size());
  if (common != 0) {
    if (const int order = std::memcmp(left.data(), right.data(), common); order != 0) return order;
  }
  return left.size() < right.size() ? -1 : (left.size() > right.size() ? 1 : 0);
}

// An entry's key in a page: the page's common prefix and the rest.
struct SplitKey {
  Bytes prefix;
  Bytes suffix;

  std::size_t size() const { return prefix.size() + suffix.size(); }
  // `to` must have room for size() bytes.
  void copy_to(std::byte* to) const {
    if (!prefix.empty()) std::memcpy(to, prefix.data(), prefix.size());
    if (!suffix.empty()) std::memcpy(to + prefix.size(), suffix.data(), suffix.size());
  }
  void assign_to(std::vector<std::byte>& to) const {
    to.resize(size());
    copy_to(to.data());
  }
};

}  // namespace btree
