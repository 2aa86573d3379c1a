#include "parser/normalize.h"

#include <charconv>

#include "white_space.h"

namespace parser {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}
bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c) || c == '$'; }

LiteralType type_of_number(std::string_view digits) {
  std::int64_t value = 0;
  auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || stop != digits.data() + digits.size()) return LiteralType::numeric;
  return value <= INT32_MAX ? LiteralType::int4 : LiteralType::int8;
}

char mark_of(LiteralType type) { return static_cast<char>(1 + static_cast<int>(type)); }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool run(TextTemplate& out) {
    out.key.reserve(text_.size());
    bool ended = false;
    while (at_ < text_.size()) {
      char c = text_[at_];
      std::size_t start = at_;
      if (is_space(c)) {
        ++at_;
        out.key += c;
        continue;
      }
      if (c == '-' && peek(1) == '-') {
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
      } else if (c == '/' && peek(1) == '*') {
        if (!skip_comment()) return false;
      } else if (ended) {
        return false;  // something behind the semicolon
      } else if (c == ';') {
        ended = true;
        ++at_;
      } else if (c == '\'') {
        TextLiteral literal{LiteralType::string, static_cast<int>(start), 0, {}};
        if (!quoted(out, literal.value) || !finish(out, literal, start)) return false;
        continue;
      } else if (c == '"') {
        if (!skip_quoted_identifier()) return false;
      } else if (c == '$') {
        if (is_digit(peek(1))) return false;
        TextLiteral literal{LiteralType::string, static_cast<int>(start), 0, {}};
        if (!dollar_quoted(literal.value) || !finish(out, literal, start)) return false;
        continue;
      } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
        if (!number()) return false;
        std::string_view digits = text_.substr(start, at_ - start);
        if (!finish(out, {type_of_number(digits), static_cast<int>(start), 0, digits}, start)) return false;
        continue;
      } else if (starts_identifier(c)) {
        // Strings with a prefix mean something else: E'', B'', X'', N'', U&''.
        if (peek(1) == '\'' && std::string_view("eEbBxXnN").find(c) != std::string_view::npos) return false;
        if ((c == 'u' || c == 'U') && peek(1) == '&' && (peek(2) == '\'' || peek(2) == '"')) return false;
        while (at_ < text_.size() && continues_identifier(text_[at_])) ++at_;
        if (first_word_.empty()) first_word_ = text_.substr(start, at_ - start);
      } else {
        if (static_cast<unsigned char>(c) < ' ') return false;  // could be taken for a mark
        ++at_;
      }
      out.key.append(text_.substr(start, at_ - start));
    }
    return liftable_statement();
  }

 private:
  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool finish(TextTemplate& out, TextLiteral literal, std::size_t start) {
    if (out.literals.size() == kMaximumLiterals) return false;
    literal.length = static_cast<int>(at_ - start);
    out.key += mark_of(literal.type);
    out.literals.push_back(literal);
    return true;
  }

  bool skip_comment() {
    int depth = 1;
    at_ += 2;
    while (at_ < text_.size() && depth > 0) {
      if (text_[at_] == '/' && peek(1) == '*') { ++depth; at_ += 2; }
      else if (text_[at_] == '*' && peek(1) == '/') { --depth; at_ += 2; }
      else ++at_;
    }
    return depth == 0;
  }

  bool skip_quoted_identifier() {
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] != '"') { ++at_; continue; }
      if (peek(1) != '"') { ++at_; return true; }
      at_ += 2;
    }
    return false;
  }

  bool quoted(TextTemplate& out, std::string_view& value) {
    const std::size_t begin = ++at_;
    bool doubled = false;
    for (;; ++at_) {
      if (at_ >= text_.size() || text_[at_] == '\0') return false;
      if (text_[at_] != '\'') continue;
      if (peek(1) != '\'') break;
      doubled = true;
      ++at_;
    }
    value = text_.substr(begin, at_ - begin);
    if (doubled) value = single_quotes(out, value);
    ++at_;
    // Another quote behind a line break continues the string.
    std::size_t next = at_;
    bool line_break = false;
    while (next < text_.size() && is_space(text_[next])) {
      line_break = line_break || text_[next] == '\n' || text_[next] == '\r';
      ++next;
    }
    return !(line_break && next < text_.size() && (text_[next] == '\'' || text_[next] == '-'));
  }

  std::string_view single_quotes(TextTemplate& out, std::string_view value) {
    out.unescaped.reserve(text_.size());  // never more: views into it stay valid
    const std::size_t begin = out.unescaped.size();
    for (std::size_t i = 0; i < value.size(); ++i) {
      out.unescaped.push_back(value[i]);
      if (value[i] == '\'') ++i;
    }
    return {out.unescaped.data() + begin, out.unescaped.size() - begin};
  }

  bool dollar_quoted(std::string_view& value) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '$' &&
           (starts_identifier(text_[end]) || (end > at_ + 1 && is_digit(text_[end]))))
      ++end;
    if (end >= text_.size() || text_[end] != '$') return false;
    std::string_view tag = text_.substr(at_, end + 1 - at_);
    std::size_t close = text_.find(tag, end + 1);
    if (close == std::string_view::npos) return false;
    value = text_.substr(end + 1, close - end - 1);
    at_ = close + tag.size();
    return true;
  }

  bool number() {
    while (is_digit(peek(0))) ++at_;
    if (peek(0) == '.' && peek(1) == '.') return false;  // 1..10 of PL/pgSQL
    if (peek(0) == '.') {
      ++at_;
      while (is_digit(peek(0))) ++at_;
    }
    if (peek(0) == 'e' || peek(0) == 'E') {
      std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if (!is_digit(peek(sign))) return false;
      at_ += sign;
      while (is_digit(peek(0))) ++at_;
    }
    return !starts_identifier(peek(0));  // trailing junk is an error
  }

  bool liftable_statement() const {
    auto is = [this](std::string_view word) {
      if (word.size() != first_word_.size()) return false;
      for (std::size_t i = 0; i < word.size(); ++i)
        if ((first_word_[i] | 0x20) != word[i]) return false;
      return true;
    };
    return is("select") || is("insert") || is("update") || is("delete") || is("with");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view first_word_;
};

}  // namespace

bool make_template(std::string_view text, TextTemplate& into) {
  into.key.clear();
  into.literals.clear();
  into.unescaped.clear();
  return Scanner(text).run(into);
}

std::optional<TextTemplate> make_template(std::string_view text) {
  TextTemplate result;
  if (!make_template(text, result)) return std::nullopt;
  return result;
}

bool has_another_type_negated(std::string_view digits) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return digits == "2147483648" || digits == "9223372036854775808";
}

bool LiftPlan::fits(const TextTemplate& text) const {
  if (text.literals.size() != choices.size()) return false;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto& choice = choices[i];
    const auto& literal = text.literals[i];
    if (choice.parameter == 0) {
      if (choice.fixed != literal.value) return false;
    } else if (choice.negated && has_another_type_negated(literal.value)) {
      return false;
    }
  }
  return true;
}

}  // namespace parser
