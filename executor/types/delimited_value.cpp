#include "delimited_value.h"

namespace types {

bool read_delimited(std::string_view text, std::size_t& at, std::string_view delimiters, std::string& value) {
  bool quoted = false;
  for (;; ++at) {
    if (at >= text.size()) return false;
    const char c = text[at];
    if (!quoted && delimiters.find(c) != std::string_view::npos) return true;
    if (c == '\\') {
      if (++at >= text.size()) return false;
      value += text[at];
    } else if (c != '"') {
      value += c;
    } else if (!quoted) {
      quoted = true;
    } else if (at + 1 < text.size() && text[at + 1] == '"') {
      value += '"';
      ++at;
    } else {
      quoted = false;
    }
  }
}

}  // namespace types
