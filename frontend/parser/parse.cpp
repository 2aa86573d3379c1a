#include "parser/parse.h"

#include "big_stack.h"
#include "raw_parse.h"
#include "types/sql_error.h"
#include "white_space.h"

namespace parser {
namespace {

// Skips white space and comments from `at`.
std::size_t skip_blank(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
    } else if (text.substr(at, 2) == "--") {
      while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
    } else if (text.substr(at, 2) == "/*") {
      int depth = 1;
      at += 2;
      while (at < text.size() && depth > 0) {
        if (text.substr(at, 2) == "/*") { ++depth; at += 2; }
        else if (text.substr(at, 2) == "*/") { --depth; at += 2; }
        else ++at;
      }
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

ParseTree::ParseTree(std::string_view text) : arena_(4096) {
  if (auto nul = text.find('\0'); nul != std::string_view::npos)
    throw types::SqlError("22021", "invalid byte sequence for encoding \"UTF8\": 0x00");
  char* copy = arena_.allocate_array<char>(text.size() + 1);
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  text_ = {copy, text.size()};

  std::vector<RawStatement> raw;
  run_on_big_stack([&](const char* stack_limit) {
    raw_parse(copy, text_.size(), arena_, stack_limit, raw);
  });
  statements_.reserve(raw.size());
  for (const RawStatement& statement : raw) {
    std::size_t start = skip_blank(text_, static_cast<std::size_t>(statement.location));
    std::size_t end = static_cast<std::size_t>(statement.location + statement.length);
    while (end > start && is_space(text_[end - 1])) --end;
    statements_.push_back(
        {statement.node, static_cast<int>(start), static_cast<int>(end - start)});
  }
}

ParseTree parse(std::string_view text) { return ParseTree(text); }

}  // namespace parser
