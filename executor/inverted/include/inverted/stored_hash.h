// A hash for keys of trees.
#pragma once

#include <cstdint>
#include <string_view>

namespace inverted {

// What it gives is stored: it must not change.
std::uint64_t stored_hash(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace inverted
