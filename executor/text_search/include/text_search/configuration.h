// A configuration: which dictionaries each type of token asks, and texts run through it.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "text_search/dictionary.h"
#include "text_search/token.h"

namespace text_search {

struct Configuration {
  std::array<std::vector<std::shared_ptr<const Dictionary>>, kTokenTypes> dictionaries;  // by TokenType
};


// Runs tokens through the dictionaries: feed one after the other, the last one of type `end`, and
// take results until there are none.
class Lexizer {
 public:
  // Both outlive it; normals live in the arena.
  Lexizer(const Configuration& configuration, types::Arena& arena)
      : configuration_(configuration), arena_(arena) {}

  void feed(const Token& token) { pending_.push_back(token); }
  // The lexemes of the next word or phrase, none for a stop word; null when more tokens are needed.
  // used(): the tokens that it consumed, those that nobody knew before it included.
  const Normals* next();
  const std::vector<Token>& used() const { return used_; }

 private:
  const Normals* next_plain();
  const Normals* next_of_phrase();
  bool accepts(const Token& token, const Dictionary* dictionary) const;
  void consume(std::size_t count);

  const Configuration& configuration_;
  types::Arena& arena_;
  std::vector<Token> pending_;      // not decided yet, in order
  std::vector<Token> used_;
  bool used_is_old_ = false;        // next() handed it out already
  // A dictionary that asked for the next word.
  const Dictionary* phrase_ = nullptr;
  std::unique_ptr<PhraseState> phrase_state_;
  std::size_t first_dictionary_ = 0;  // to be asked about the first pending token
  std::size_t looked_at_ = 0;         // pending tokens that the phrase has seen
  std::size_t best_size_ = 0;         // pending tokens of the longest phrase that is one
  bool has_best_ = false;
  Normals normals_, best_;
};

// A word of a document or an operand.
struct ParsedWord {
  std::string_view text;
  std::uint16_t variant;
  bool prefix;
  int position;  // from 1, counts stop words
};

// What is to be told about a text.
class Remarks {
 public:
  virtual ~Remarks() = default;
  virtual void word_too_long() = 0;
};

inline constexpr std::size_t kMaxWordSize = 2047;

// Appends the words of `text`; `position` is the last one used and moves on.
void parse_words(const Configuration& configuration, types::Arena& arena, std::string_view text,
                 std::vector<ParsedWord>& out, int& position, Remarks& remarks);

}  // namespace text_search
