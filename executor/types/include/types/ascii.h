// Letters and white space of ASCII alone: keywords, option and setting names, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace types {

constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower_ascii(c);
  return out;
}

constexpr bool is_space_ascii(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Without white space at either end.
constexpr std::string_view trim_spaces(std::string_view text) {
  while (!text.empty() && is_space_ascii(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space_ascii(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace types
