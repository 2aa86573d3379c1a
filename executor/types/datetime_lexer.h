// Cuts date/time text into fields, the way PostgreSQL does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace types {

enum class FieldKind : std::uint8_t {
  number,   // digits, perhaps with a fraction
  date,     // digits or a name with - / . between parts
  time,     // digits with colons
  word,     // letters
  zone,     // + or - with digits
  special,  // + or - with letters
};

struct DateField {
  FieldKind kind;
  std::string text;  // lower case
};

// False when a character belongs nowhere.
bool lex_datetime(std::string_view text, std::vector<DateField>& fields);

}  // namespace types
