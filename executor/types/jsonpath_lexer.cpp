#include "jsonpath_lexer.h"

#include <fmt/format.h>

#include "types/utf8.h"
#include "types/wire.h"

namespace types {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_special(char c) { return std::string_view("?%$.[]{}()|&!=<>@#,*:-+/").find(c) != std::string_view::npos; }
bool is_other(char c) { return !is_blank(c) && !is_special(c) && c != '"' && c != '\\'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  c = lower_ascii(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

void JsonPathLexer::fail(std::string_view message, const Token& at) {
  if (at.kind == Kind::end || at.last.empty()) throw SqlError("42601", fmt::format("{} at end of jsonpath input", message));
  throw SqlError("42601", fmt::format("{} at or near \"{}\" of jsonpath input", message, at.last));
}

void JsonPathLexer::fail_here(std::string_view message, std::size_t begin, std::size_t end) const {
  Token token;
  token.kind = begin < text_.size() ? Kind::character : Kind::end;
  token.last = text_.substr(std::min(begin, text_.size()), end - begin);
  fail(message, token);
}

bool JsonPathLexer::skip_blank() {
  const std::size_t begin = at_;
  for (;;) {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (text_.substr(at_, 2) != "/*") return at_ != begin;
    const std::size_t close = text_.find("*/", at_ + 2);
    if (close == text_.npos) {
      at_ = text_.size();
      throw SqlError("42601", "unexpected end of comment at end of jsonpath input");
    }
    at_ = close + 2;
  }
}

std::uint32_t JsonPathLexer::hex(std::size_t digits_min, std::size_t digits_max, std::size_t begin) {
  std::uint32_t value = 0;
  std::size_t count = 0;
  while (count < digits_max && at_ < text_.size() && hex_value(text_[at_]) >= 0) {
    value = value * 16 + static_cast<std::uint32_t>(hex_value(text_[at_++]));
    ++count;
  }
  if (count < digits_min)
    fail_here(digits_max == 2 ? "invalid hex character sequence" : "invalid unicode sequence", begin,
              at_);
  return value;
}

void JsonPathLexer::append_code(std::string& out, std::uint32_t code, std::size_t) {
  auto fail_surrogate = [](const char* detail) {
    throw SqlError("22P02", "invalid input syntax for type jsonpath").with_detail(detail);
  };
  if (code == 0)
    throw SqlError("22P05", "unsupported Unicode escape sequence")
        .with_detail("\\u0000 cannot be converted to text.");
  if (code > 0x10ffff) throw SqlError("42601", "invalid Unicode code point");
  if (code >= 0xd800 && code < 0xdc00) {
    if (high_surrogate_ != 0) fail_surrogate("Unicode high surrogate must not follow a high surrogate.");
    high_surrogate_ = code;
    return;
  }
  if (code >= 0xdc00 && code < 0xe000) {
    if (high_surrogate_ == 0) fail_surrogate("Unicode low surrogate must follow a high surrogate.");
    code = 0x10000 + ((high_surrogate_ & 0x3ff) << 10) + (code & 0x3ff);
    high_surrogate_ = 0;
  } else if (high_surrogate_ != 0) {
    fail_surrogate("Unicode low surrogate must follow a high surrogate.");
  }
  utf8_append(out, code);
}

// Behind the backslash.
void JsonPathLexer::escape(std::string& out, std::size_t begin) {
  const char c = text_[at_++];
  if (c == 'u') {
    std::uint32_t code;
    if (at_ < text_.size() && text_[at_] == '{') {
      ++at_;
      code = hex(1, 6, begin);
      if (at_ >= text_.size() || text_[at_] != '}') fail_here("invalid unicode sequence", begin, at_);
      ++at_;
    } else {
      code = hex(4, 4, begin);
    }
    append_code(out, code, begin);
    return;
  }
  if (high_surrogate_ != 0) append_code(out, 'x', begin);  // throws
  switch (c) {
    case 'b': out += '\b'; break;
    case 'f': out += '\f'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'v': out += '\v'; break;
    case 'x': append_code(out, hex(2, 2, begin), begin); break;
    default: out += c;
  }
}

JsonPathLexer::Token JsonPathLexer::quoted(Kind kind, std::size_t begin) {
  std::string value;
  for (;;) {
    if (at_ >= text_.size()) {
      throw SqlError("42601", "unexpected end of quoted string at end of jsonpath input");
    }
    const char c = text_[at_];
    if (c == '"') {
      if (high_surrogate_ != 0) append_code(value, 'x', at_);  // throws
      ++at_;
      break;
    }
    if (c == '\\') {
      const std::size_t from = at_++;
      if (at_ >= text_.size()) fail_here("unexpected end after backslash", at_ - 1, at_);
      escape(value, from);
      continue;
    }
    if (high_surrogate_ != 0) append_code(value, 'x', at_);  // throws
    value += c;
    ++at_;
  }
  (void)begin;
  return {kind, arena_.copy(value), text_.substr(at_ - 1, 1), false, true};
}

JsonPathLexer::Token JsonPathLexer::word(Kind kind, std::size_t begin) {
  std::string value;
  while (at_ < text_.size()) {
    if (text_[at_] == '\\') {
      const std::size_t last = at_++;
      if (at_ >= text_.size()) fail_here("unexpected end after backslash", at_ - 1, at_);
      escape(value, last);
    } else if (is_other(text_[at_])) {
      value += text_[at_++];
    } else {
      break;
    }
  }
  if (high_surrogate_ != 0) append_code(value, 'x', at_);  // throws
  // A word is known by what follows it, and so messages name the blanks behind it, or nothing.
  std::size_t blanks = at_;
  while (blanks < text_.size() && is_blank(text_[blanks])) ++blanks;
  (void)begin;
  return {kind, arena_.copy(value), text_.substr(at_, blanks - at_)};
}

JsonPathLexer::Token JsonPathLexer::number(std::size_t begin) {
  auto digits = [&] {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > from;
  };
  bool integer = true;
  if (text_[at_] == '0') {
    ++at_;
  } else {
    digits();
  }
  if (at_ < text_.size() && text_[at_] == '.') {
    integer = false;
    ++at_;
    digits();
  }
  if (at_ < text_.size() && lower_ascii(text_[at_]) == 'e') {
    const std::size_t mark = at_++;
    const bool sign = at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-');
    if (sign) ++at_;
    if (digits()) {
      integer = false;
    } else {
      if (sign) fail_here("invalid numeric literal", begin, at_);
      at_ = mark;
    }
  }
  if (at_ < text_.size() && is_other(text_[at_])) {
    // A word that is longer than the number and the character too many is a word.
    const std::size_t junk = at_ + 1;
    std::size_t end = begin;
    while (end < text_.size() && is_other(text_[end])) ++end;
    if (end <= junk) fail_here("trailing junk after numeric literal", begin, junk);
    at_ = begin;
    return word(Kind::identifier, begin);
  }
  std::string_view text = text_.substr(begin, at_ - begin);
  return {Kind::number, text, text, integer};
}

JsonPathLexer::Token JsonPathLexer::next() {
  skip_blank();
  if (at_ >= text_.size()) return {};
  const std::size_t begin = at_;
  const char c = text_[at_];
  const std::string_view two = text_.substr(at_, 2);
  for (std::string_view op : {"&&", "||", "**", "<=", "==", "<>", "!=", ">="})
    if (two == op) {
      at_ += 2;
      return {Kind::op, two, two};
    }
  if (c == '$') {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '"') {
      ++at_;
      return quoted(Kind::variable, begin);
    }
    if (at_ < text_.size() && (is_other(text_[at_]) || text_[at_] == '\\')) {
      Token token = word(Kind::variable, begin);
      token.last = text_.substr(begin, at_ - begin);
      return token;
    }
    return {Kind::character, text_.substr(begin, 1), text_.substr(begin, 1)};
  }
  if (c == '"') {
    ++at_;
    return quoted(Kind::string, begin);
  }
  if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number(begin);
  if (c == '<' || c == '>') {
    ++at_;
    return {Kind::op, text_.substr(begin, 1), text_.substr(begin, 1)};
  }
  if (is_special(c)) {
    ++at_;
    return {Kind::character, text_.substr(begin, 1), text_.substr(begin, 1)};
  }
  return word(Kind::identifier, begin);
}

}  // namespace types
