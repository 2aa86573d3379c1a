// The words that mean true and false.
#pragma once

#include <optional>
#include <string_view>

namespace types {

// As boolin and boolean settings read them: true, yes, on, 1, false, no, off, 0 and unambiguous
// prefixes, in any case, white space around.
std::optional<bool> parse_bool(std::string_view text);

}  // namespace types
