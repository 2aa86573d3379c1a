#pragma once

#include <cstddef>

namespace functions {

// A span of bytes; absent for a group that took no part.
struct RegexSpan {
  std::size_t begin, end;
};

}  // namespace functions
