// The characters of a text by their classes.
#pragma once

#include <cstdint>
#include <string_view>

#include "regex_program.h"
#include "types/utf8.h"

namespace functions {

// Of the character at a byte; `after` is the next one's.
inline std::uint32_t regex_class_at(const RegexClasses& classes, std::string_view text, std::size_t at, std::size_t& after) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) {
    after = at + 1;
    return classes.of(lead);
  }
  after = at;
  return classes.of(types::utf8_next(text, after));
}

// Of the character before a byte; `before` is where it begins.
inline std::uint32_t regex_class_before(const RegexClasses& classes, std::string_view text, std::size_t at, std::size_t& before) {
  before = at - 1;
  while (before > 0 && (static_cast<unsigned char>(text[before]) & 0xc0) == 0x80) --before;
  std::size_t after;
  return regex_class_at(classes, text, before, after);
}

}  // namespace functions
