// One word of a tsvector or tsquery: plain or in quotes, with its positions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace types {

class TsWordReader {
 public:
  enum class In { vector, query };
  TsWordReader(std::string_view text, In in) : text_(text), in_(in) {}

  struct Word {
    std::string text;
    std::vector<std::uint16_t> positions;
  };
  // The next word; nothing at the end. In a query, words end at operators and have no positions.
  std::optional<Word> next();

  std::string_view text() const { return text_; }
  std::size_t at = 0;
  [[noreturn]] void fail() const;

 private:
  char peek() const { return at < text_.size() ? text_[at] : '\0'; }
  void read_positions(Word& word);

  std::string_view text_;
  In in_;
};

}  // namespace types
