// bytea as text.
#pragma once

#include <string>
#include <string_view>

namespace types {

// Hex (\x...) or escape format. SqlError 22P02, 22023.
std::string parse_bytea(std::string_view text);

// Two lower-case digits a byte, without the \x.
void append_hex(std::string& out, std::string_view bytes);
// Digits with white space between; throws 22023 as decode(.., 'hex') does.
std::string parse_hex(std::string_view digits);

}  // namespace types
