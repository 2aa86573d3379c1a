// Where in a tree to look: ranges of keys, ascending.
#pragma once

#include <string>
#include <string_view>

#include "inverted/key_set.h"

namespace inverted {

// Whoever reads asks for the next range from the key on that the tree has, so ranges without entries cost
// one seek together. Not thread-safe.
class KeyRanges {
 public:
  virtual ~KeyRanges() = default;
  // The first range that ends above `key`: [lower, upper). False: there is none.
  virtual bool next(std::string_view key, std::string& lower, std::string& upper) = 0;
};

// Ranges written down.
class ListedRanges final : public KeyRanges {
 public:
  // Above the one before and apart from it; neither bound is empty.
  void add(std::string_view lower, std::string_view upper);
  bool next(std::string_view key, std::string& lower, std::string& upper) override;

 private:
  KeySet bounds_;  // lower, upper, lower, ...
};

// The least byte string above all that begin with `prefix`, which is not all 0xff.
std::string above_prefix(std::string_view prefix);

}  // namespace inverted
