// PostgreSQL's default parser: a text cut into typed tokens, blanks included.
//
// Whatever is not ASCII counts as a letter, as in databases of the C locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace text_search {

// The numbers are PostgreSQL's: pg_ts_config_map.maptokentype.
enum class TokenType : std::uint8_t {
  end, asciiword, word, numword, email, url, host, sfloat, version, hword_numpart, hword_part,
  hword_asciipart, blank, tag, protocol, numhword, asciihword, hword, url_path, file, float_, int_,
  uint, entity
};
inline constexpr std::size_t kTokenTypes = 24;  // `end` counted

struct TokenTypeName {
  TokenType type;
  std::string_view alias, description;
};
// All but `end`, in order.
std::span<const TokenTypeName> token_type_names();
std::optional<TokenType> find_token_type(std::string_view alias);

struct Token {
  TokenType type = TokenType::end;
  std::string_view text;  // of the parsed text
};

// Cuts `text` (UTF-8, outlives it) from its start. Tokens may overlap: a URL is followed by its host
// and path, a compound word by its parts.
class TokenReader {
 public:
  explicit TokenReader(std::string_view text) : text_(text) {}
  std::optional<Token> next();

 private:
  enum class Mode : std::uint8_t { plain, compound_parts, url_path };
  struct Match {
    TokenType type = TokenType::end;
    std::size_t end = 0;
    explicit operator bool() const { return type != TokenType::end; }
  };

  std::optional<Token> emit(TokenType type, std::size_t end);
  std::optional<Token> next_plain();
  std::optional<Token> next_part();

  // What begins at `start`; with `host_only` (the part of an email behind its @) a host is taken up
  // to where its path would begin.
  Match match_word(std::size_t start, bool host_only);
  Match match_number(std::size_t start, bool host_only);
  Match match_signed(std::size_t sign);
  Match match_numword(std::size_t at, bool host_only);
  Match match_email(std::size_t at, bool host_only);  // behind the @
  std::size_t match_tag(std::size_t start);
  std::size_t end_of_blank(std::size_t at) const;
  void note_tag(std::size_t start, std::size_t end);

  std::string_view text_;
  std::size_t at_ = 0;
  Mode mode_ = Mode::plain;
  bool markup_ignored_ = false;  // between <script> or <style> and its end
  bool want_host_ = false;       // a URL was read: its host comes next
};

}  // namespace text_search
