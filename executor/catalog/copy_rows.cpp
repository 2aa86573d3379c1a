#include "copy_rows.h"

namespace catalog {

std::optional<std::string_view> unescape(std::string_view field, StringPool& pool) {
  if (field.find('\\') == std::string_view::npos) return field;
  if (field == "\\N") return std::nullopt;
  std::string& out = pool.emplace_back();
  out.reserve(field.size());
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\' || i + 1 == field.size()) {
      out += field[i];
      continue;
    }
    switch (char c = field[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'v': out += '\v'; break;
      default: out += c;
    }
  }
  return std::string_view(out);
}

bool CopyRows::next() {
  if (rest_.empty()) return false;
  fields_.clear();
  std::size_t end = rest_.find('\n');
  std::string_view line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  for (;;) {
    std::size_t tab = line.find('\t');
    fields_.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return true;
    line.remove_prefix(tab + 1);
  }
}

}  // namespace catalog
