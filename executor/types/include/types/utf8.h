// Text is UTF-8, always: counting, cutting and checking characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace types {

// Bytes of the character that starts with `lead` (1 for a stray continuation byte).
constexpr std::size_t utf8_width(unsigned char lead) {
  if (lead < 0x80) return 1;
  if ((lead & 0xe0) == 0xc0) return 2;
  if ((lead & 0xf0) == 0xe0) return 3;
  if ((lead & 0xf8) == 0xf0) return 4;
  return 1;
}

// Characters in valid UTF-8.
std::size_t utf8_length(std::string_view text);

// Bytes of the first `characters` characters; text.size() when there are fewer.
std::size_t utf8_prefix(std::string_view text, std::size_t characters);

// The largest prefix of at most `bytes` bytes that does not cut a character.
std::string_view utf8_clip(std::string_view text, std::size_t bytes);

// The code point at `position`, which moves past it. Valid UTF-8 only.
char32_t utf8_next(std::string_view text, std::size_t& position);
void utf8_append(std::string& out, char32_t code_point);

// Throws SqlError 22021 on an invalid sequence or a zero byte.
void check_utf8(std::string_view text);

// Whether check_utf8 would accept it.
bool is_valid_utf8(std::string_view text);

bool is_ascii(std::string_view text);

}  // namespace types
