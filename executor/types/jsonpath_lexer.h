// Words of a jsonpath, as PostgreSQL's scanner cuts them.
#pragma once

#include <string>
#include <string_view>

#include "types/arena.h"
#include "types/sql_error.h"

namespace types {

class JsonPathLexer {
 public:
  enum class Kind : std::uint8_t { end, character, op, identifier, string, variable, number };
  struct Token {
    Kind kind = Kind::end;
    std::string_view value;  // unescaped
    std::string_view last;   // the piece that was read last, for messages
    bool integer = false;    // number without fraction and exponent
    bool quoted = false;

    bool is(char c) const { return kind == Kind::character && value.size() == 1 && value[0] == c; }
    bool is_op(std::string_view text) const { return kind == Kind::op && value == text; }
  };

  JsonPathLexer(Arena& arena, std::string_view text) : arena_(arena), text_(text) {}

  Token next();
  // 42601: <message> at or near "..." of jsonpath input.
  [[noreturn]] static void fail(std::string_view message, const Token& at);

 private:
  [[noreturn]] void fail_here(std::string_view message, std::size_t begin, std::size_t end) const;
  bool skip_blank();
  Token quoted(Kind kind, std::size_t begin);
  Token word(Kind kind, std::size_t begin);
  Token number(std::size_t begin);
  void escape(std::string& out, std::size_t begin);
  std::uint32_t hex(std::size_t digits_min, std::size_t digits_max, std::size_t begin);
  void append_code(std::string& out, std::uint32_t code, std::size_t begin);

  Arena& arena_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t high_surrogate_ = 0;
};

}  // namespace types
