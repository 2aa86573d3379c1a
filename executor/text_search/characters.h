// Classes of characters, as the parser of the C locale has them. Private to the unit.
#pragma once

#include <cstddef>
#include <string_view>

#include "types/ascii.h"

namespace text_search {

using types::is_digit;
using types::is_letter;
using types::is_space;
inline bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline bool is_wide(char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }
inline bool is_alpha(char c) { return is_letter(c) || is_wide(c); }
inline bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }

// The character at a place; NUL, which no text contains, behind the end.
inline char at(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : '\0'; }

inline std::size_t skip_digits(std::string_view text, std::size_t i) {
  while (is_digit(at(text, i))) ++i;
  return i;
}

}  // namespace text_search
