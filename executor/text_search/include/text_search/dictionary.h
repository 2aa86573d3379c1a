// Dictionaries: what a word is searched by.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types/arena.h"

namespace text_search {

// One of the lexemes that a word becomes.
struct Normal {
  std::string_view text;      // in the arena of the call, or the dictionary's own
  std::uint16_t variant = 0;  // those of one number belong together; numbers are alternatives
  bool next_position = false; // stands one place behind the one before it
  bool prefix = false;        // in a query: whatever begins so
  bool filter = false;        // no lexeme, but the word that the next dictionary gets
};
using Normals = std::vector<Normal>;

// What a dictionary of phrases keeps from one word to the next.
class PhraseState {
 public:
  virtual ~PhraseState() = default;
};

struct Lookup {
  types::Arena& arena;
  Normals& out;  // emptied by the caller
  // For dictionaries of phrases, between words of one text; null: the first word.
  std::unique_ptr<PhraseState>* state = nullptr;
  bool at_end = false;       // there is no word any more
  bool wants_next = false;   // set by the dictionary: the next word decides
};

// Immutable once made, except for scratch memory: one thread at a time.
class Dictionary {
 public:
  virtual ~Dictionary() = default;
  // False: it does not know the word. True without normals: a stop word.
  virtual bool look_up(std::string_view word, Lookup& lookup) const = 0;
};

struct Option {
  std::string name;  // as written, quotes apart: templates compare without regard to case
  std::string value;
  bool is_number = false;  // printed without quotes
};
using Options = std::vector<Option>;

// Other dictionaries by their (qualified) names, for templates that are built of them.
class DictionarySource {
 public:
  virtual ~DictionarySource() = default;
  virtual std::shared_ptr<const Dictionary> dictionary_named(std::string_view name) = 0;  // 42704
};

// By the name of the template's lexize function (pg_proc.prosrc); 22023 and F0000 as PostgreSQL,
// 0A000 for a template that is not there.
std::shared_ptr<const Dictionary> make_dictionary(std::string_view lexize, const Options& options,
                                                  DictionarySource& others);

// pg_ts_dict.dictinitoption: "language = 'english', stopwords = 'english'".
Options parse_options(std::string_view text);
std::string format_options(const Options& options);

}  // namespace text_search
