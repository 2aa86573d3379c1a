// Character types: text, varchar(n), char(n), name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "types/arena.h"

namespace types {

// Bytes of a name, without terminator.
inline constexpr std::size_t kNameBytes = 63;

// Whether a value that is too long is cut (an explicit cast) or refused unless it is only spaces
// that go (assignment, input).
enum class LengthCoercion : bool { assignment, explicit_cast };

// To varchar(n) / char(n); typmod as in pg_attribute (n + 4, -1 for none). SqlError 22001.
std::string_view coerce_varchar(std::string_view text, std::int32_t typmod, LengthCoercion how);
std::string_view coerce_bpchar(Arena& arena, std::string_view text, std::int32_t typmod,
                               LengthCoercion how);

// char(n) without its padding: what all of its comparisons look at.
inline std::string_view trim_padding(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// memcmp order, the "C" collation.
inline int compare_bytes(std::string_view a, std::string_view b) {
  int order = a.compare(b);
  return order < 0 ? -1 : order > 0;
}

// "char": one byte; those that are no character by themselves are written in octal (\351), NUL as nothing.
std::int8_t char_of_text(std::string_view text);
void append_char_text(std::string& out, std::int8_t value);

}  // namespace types
