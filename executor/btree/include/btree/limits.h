// How large an entry may be.
#pragma once

#include <algorithm>
#include <cstddef>

namespace btree {

// Two fence keys, an entry with such a key and a useful value fit into one page.
inline constexpr std::size_t kMaxKeySize = 1984;
inline constexpr std::size_t kMaxInlineValue = 2600;

// The longest value that an entry with a key of `key_size` bytes may have in the page.
constexpr std::size_t max_inline_value(std::size_t key_size) {
  constexpr std::size_t kLeftByFences = 8060 - 2 * kMaxKeySize;
  return std::min(kMaxInlineValue, kLeftByFences - key_size);
}

}  // namespace btree
