// PL/pgSQL's tokens: SQL's, with := and <<labels>>.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plpgsql {

struct Token {
  enum class Kind : std::uint8_t { end, word, quoted_word, string, number, parameter, symbol } kind = Kind::end;
  std::string text;  // word: lower case; string: its value
  int begin = 0, end = 0;

  bool is(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
  // A keyword: not quoted.
  bool is_word(std::string_view word) const { return kind == Kind::word && text == word; }
  bool is_name() const { return kind == Kind::word || kind == Kind::quoted_word; }
};

// All of a text, closed by an `end`. Throws 42601 for what never ends.
std::vector<Token> scan(std::string_view text);

}  // namespace plpgsql
