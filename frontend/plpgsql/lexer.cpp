#include "plpgsql/lexer.h"

#include <algorithm>

#include <fmt/format.h>

#include "types/ascii.h"
#include "types/sql_error.h"

namespace plpgsql {
namespace {

using types::SqlError;

using types::is_digit;
using types::is_space;
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool in_word(char c) { return starts_word(c) || is_digit(c) || c == '$'; }
bool is_operator(char c) { return std::string_view("~!@#^&|`?+-*/%<>=").find(c) != std::string_view::npos; }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    for (;;) {
      skip_blank();
      token_ = {};
      token_.begin = static_cast<int>(at_);
      if (at_ == text_.size()) break;
      next();
      token_.end = static_cast<int>(at_);
      tokens_.push_back(std::move(token_));
    }
    token_.end = token_.begin;
    tokens_.push_back(std::move(token_));
    return std::move(tokens_);
  }

 private:
  using Kind = Token::Kind;
  char peek(std::size_t by = 0) const { return at_ + by < text_.size() ? text_[at_ + by] : '\0'; }
  [[noreturn]] void unterminated(const char* what) const {
    throw SqlError("42601", fmt::format("unterminated {} at or near \"{}\"", what,
                                        text_.substr(static_cast<std::size_t>(token_.begin))))
        .at(token_.begin);
  }

  void skip_blank() {
    for (;;) {
      if (is_space(peek())) {
        ++at_;
      } else if (text_.substr(at_, 2) == "--") {
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
      } else if (text_.substr(at_, 2) == "/*") {
        token_.begin = static_cast<int>(at_);
        int depth = 0;
        do {
          if (at_ >= text_.size()) unterminated("/* comment");
          if (text_.substr(at_, 2) == "/*") { ++depth; at_ += 2; }
          else if (text_.substr(at_, 2) == "*/") { --depth; at_ += 2; }
          else ++at_;
        } while (depth > 0);
      } else {
        return;
      }
    }
  }

  void next() {
    const char c = peek();
    if ((c == 'e' || c == 'E') && peek(1) == '\'') {
      ++at_;
      string(true);
    } else if ((c == 'b' || c == 'B' || c == 'x' || c == 'X' || c == 'n' || c == 'N') && peek(1) == '\'') {
      ++at_;
      string(false);
    } else if (c == '\'') {
      string(false);
    } else if (starts_word(c)) {
      word();
    } else if (c == '"') {
      quoted();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (c == '$') {
      dollar();
    } else {
      symbol();
    }
  }

  void word() {
    token_.kind = Kind::word;
    while (in_word(peek())) token_.text += types::lower_ascii(text_[at_++]);
  }
  void quoted() {
    token_.kind = Kind::quoted_word;
    ++at_;
    for (;;) {
      if (at_ >= text_.size()) unterminated("quoted identifier");
      char c = text_[at_++];
      if (c == '"') {
        if (peek() != '"') return;
        ++at_;
      }
      token_.text += c;
    }
  }
  void string(bool escapes) {
    token_.kind = Kind::string;
    ++at_;
    for (;;) {
      if (at_ >= text_.size()) unterminated("quoted string");
      char c = text_[at_++];
      if (c == '\'') {
        if (peek() != '\'') return;
        ++at_;
      } else if (c == '\\' && escapes) {
        if (at_ >= text_.size()) unterminated("quoted string");
        c = text_[at_++];
        switch (c) {
          case 'n': c = '\n'; break;
          case 't': c = '\t'; break;
          case 'r': c = '\r'; break;
          case 'b': c = '\b'; break;
          case 'f': c = '\f'; break;
          default: break;
        }
      }
      token_.text += c;
    }
  }
  void number() {
    token_.kind = Kind::number;
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    // 1..10 is a range.
    if (peek() == '.' && peek(1) != '.') {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if ((peek() == 'e' || peek() == 'E') &&
        (is_digit(peek(1)) || ((peek(1) == '+' || peek(1) == '-') && is_digit(peek(2))))) {
      at_ += 2;
      while (is_digit(peek())) ++at_;
    }
    token_.text = text_.substr(begin, at_ - begin);
  }
  void dollar() {
    const std::size_t begin = at_;
    if (is_digit(peek(1))) {
      ++at_;
      while (is_digit(peek())) ++at_;
      token_.kind = Kind::parameter;
      token_.text = text_.substr(begin, at_ - begin);
      return;
    }
    std::size_t end = at_ + 1;
    while (end < text_.size() && (starts_word(text_[end]) || (end > at_ + 1 && is_digit(text_[end])))) ++end;
    if (end >= text_.size() || text_[end] != '$') {
      token_.kind = Kind::symbol;
      token_.text = text_[at_++];
      return;
    }
    std::string_view tag = text_.substr(begin, end + 1 - begin);
    std::size_t close = text_.find(tag, end + 1);
    if (close == std::string_view::npos) unterminated("dollar-quoted string");
    token_.kind = Kind::string;
    token_.text = text_.substr(end + 1, close - end - 1);
    at_ = close + tag.size();
  }
  void symbol() {
    token_.kind = Kind::symbol;
    for (std::string_view two : {":=", "..", "<<", ">>", "::", "=>"})
      if (text_.substr(at_, 2) == two && (two == ":=" || two == ".." || two == "::" || !is_operator(peek(2)))) {
        at_ += 2;
        token_.text = two;
        return;
      }
    if (!is_operator(peek())) {
      token_.text = text_[at_++];
      return;
    }
    const std::size_t begin = at_;
    while (is_operator(peek())) {
      if (at_ > begin && (text_.substr(at_, 2) == "--" || text_.substr(at_, 2) == "/*")) break;
      ++at_;
    }
    // As SQL: only operators with an odd character may end in + or -.
    std::string_view op = text_.substr(begin, at_ - begin);
    if (op.find_first_of("~!@#^&|`?%") == std::string_view::npos)
      while (op.size() > 1 && (op.back() == '+' || op.back() == '-')) op.remove_suffix(1);
    at_ = begin + op.size();
    token_.text = op;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Token token_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> scan(std::string_view text) { return Scanner(text).run(); }

}  // namespace plpgsql
