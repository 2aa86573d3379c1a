// parse_ident(): the parts of a qualified name.
#include <string>
#include <vector>

#include "function_table.h"
#include "kernel.h"
#include "types/array.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

bool begins_name(char c) { return types::is_letter(c) || c == '_' || (c & 0x80) != 0; }
bool goes_on(char c) { return begins_name(c) || types::is_digit(c) || c == '$'; }

class Parts {
 public:
  Parts(string_view text, bool strict) : text_(text), strict_(strict) {}

  std::vector<std::string> read() {
    skip_spaces();
    bool after_dot = false;
    for (;;) {
      part(after_dot);
      skip_spaces();
      if (peek() == '.' && at_ < text_.size()) {
        ++at_;
        after_dot = true;
        skip_spaces();
        continue;
      }
      if (at_ < text_.size() && strict_) refuse({});
      return std::move(parts_);
    }
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (at_ < text_.size() && types::is_space(text_[at_])) ++at_;
  }
  [[noreturn]] void refuse(std::string detail) const {
    throw SqlError("22023", "string is not a valid identifier: \"" + std::string(text_) + "\"").with_detail(std::move(detail));
  }

  void part(bool after_dot) {
    std::string name;
    if (peek() == '"') {
      for (++at_;; ++at_) {
        if (at_ >= text_.size()) refuse("String has unclosed double quotes.");
        if (text_[at_] == '"') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
          ++at_;
        }
        name += text_[at_];
      }
      ++at_;
      if (name.empty()) refuse("Quoted identifier must not be empty.");
    } else if (at_ < text_.size() && begins_name(peek())) {
      while (at_ < text_.size() && goes_on(text_[at_])) name += types::lower_ascii(text_[at_++]);
    } else if (peek() == '.') {
      refuse("No valid identifier before \".\".");
    } else if (after_dot) {
      refuse("No valid identifier after \".\".");
    } else {
      refuse({});
    }
    parts_.push_back(std::move(name));
  }

  string_view text_;
  bool strict_;
  std::size_t at_ = 0;
  std::vector<std::string> parts_;
};

Datum parse_ident(EvalContext& ctx, string_view text, bool strict_mode) {
  types::ArrayBuilder builder(types::oid::text);
  for (const std::string& part : Parts(text, strict_mode).read()) builder.add(Datum::of(string_view(part)));
  return builder.finish(*ctx.arena);
}

constexpr ScalarFunction kParseIdentFunctions[] = {
    {"parse_ident", strict<&parse_ident>},
};

}  // namespace

std::span<const ScalarFunction> parse_ident_functions() { return kParseIdentFunctions; }

}  // namespace functions
