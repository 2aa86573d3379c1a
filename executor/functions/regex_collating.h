// The names that a bracket expression may call characters by: [[.hyphen.]].
#pragma once

#include <optional>
#include <string_view>

namespace functions {

// POSIX's names of its portable characters, and ASCII's of its control characters.
std::optional<char32_t> regex_collating_element(std::string_view name);

}  // namespace functions
