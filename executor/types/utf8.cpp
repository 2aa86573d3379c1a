#include "types/utf8.h"

#include <cstring>

#include <fmt/format.h>

#include "types/sql_error.h"

namespace types {
namespace {

// Bytes of the valid character at `p`, 0 when there is none. Shortest form only, no surrogates.
std::size_t valid_character(const unsigned char* p, std::size_t left) {
  auto continuation = [&](std::size_t i) { return (p[i] & 0xc0) == 0x80; };
  unsigned char c = p[0];
  if (c == 0) return 0;
  if (c < 0x80) return 1;
  if (c >= 0xc2 && c <= 0xdf) return left >= 2 && continuation(1) ? 2 : 0;
  if ((c & 0xf0) == 0xe0) {
    if (left < 3 || !continuation(1) || !continuation(2)) return 0;
    if (c == 0xe0 && p[1] < 0xa0) return 0;
    if (c == 0xed && p[1] > 0x9f) return 0;
    return 3;
  }
  if (c >= 0xf0 && c <= 0xf4) {
    if (left < 4 || !continuation(1) || !continuation(2) || !continuation(3)) return 0;
    if (c == 0xf0 && p[1] < 0x90) return 0;
    if (c == 0xf4 && p[1] > 0x8f) return 0;
    return 4;
  }
  return 0;
}

// Offset of the first invalid byte, text.size() when all is well.
std::size_t first_invalid(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size()) {
      std::uint64_t word;
      std::memcpy(&word, p + i, 8);
      constexpr std::uint64_t kHigh = 0x8080808080808080;
      constexpr std::uint64_t kOnes = 0x0101010101010101;
      if ((word & kHigh) == 0 && ((word - kOnes) & ~word & kHigh) == 0) {
        i += 8;
        continue;
      }
    }
    std::size_t width = valid_character(p + i, text.size() - i);
    if (width == 0) return i;
    i += width;
  }
  return i;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  std::size_t continuations = 0;
  for (char c : text) continuations += (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  return text.size() - continuations;
}

std::size_t utf8_prefix(std::string_view text, std::size_t characters) {
  std::size_t i = 0;
  while (characters > 0 && i < text.size()) {
    i += utf8_width(static_cast<unsigned char>(text[i]));
    --characters;
  }
  return i < text.size() ? i : text.size();
}

std::string_view utf8_clip(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

char32_t utf8_next(std::string_view text, std::size_t& position) {
  auto byte = [&](std::size_t i) -> char32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0x80U;
  };
  std::size_t i = position;
  char32_t c = byte(i);
  std::size_t width = utf8_width(static_cast<unsigned char>(c));
  position = i + width < text.size() ? i + width : text.size();
  switch (width) {
    case 2:
      return (c & 0x1f) << 6 | (byte(i + 1) & 0x3f);
    case 3:
      return (c & 0x0f) << 12 | (byte(i + 1) & 0x3f) << 6 | (byte(i + 2) & 0x3f);
    case 4:
      return (c & 0x07) << 18 | (byte(i + 1) & 0x3f) << 12 | (byte(i + 2) & 0x3f) << 6 |
             (byte(i + 3) & 0x3f);
    default:
      return c;
  }
}

void utf8_append(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

void check_utf8(std::string_view text) {
  std::size_t bad = first_invalid(text);
  if (bad == text.size()) return;
  // PostgreSQL shows the bytes that the lead byte announces, as far as there are any.
  std::string shown;
  std::size_t width = utf8_width(static_cast<unsigned char>(text[bad]));
  for (std::size_t i = bad; i < text.size() && i < bad + width; ++i)
    shown += fmt::format("{}0x{:02x}", shown.empty() ? "" : " ", static_cast<unsigned char>(text[i]));
  throw SqlError("22021", "invalid byte sequence for encoding \"UTF8\": " + shown);
}

bool is_valid_utf8(std::string_view text) { return first_invalid(text) == text.size(); }

bool is_ascii(std::string_view text) {
  unsigned char any = 0;
  for (char c : text) any |= static_cast<unsigned char>(c);
  return any < 0x80;
}

}  // namespace types
