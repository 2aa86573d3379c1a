#include "types/expression_list.h"

namespace types {

std::vector<std::string_view> split_expressions(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  char quote = 0;
  const auto finish = [&](std::size_t end) {
    while (begin < end && text[begin] == ' ') ++begin;
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(' || c == '[') {
      ++depth;
    } else if (c == ')' || c == ']') {
      --depth;
    } else if (c == ',' && depth == 0) {
      finish(i);
    }
  }
  if (!text.empty()) finish(text.size());
  return parts;
}

}  // namespace types
