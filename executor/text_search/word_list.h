// The words of an ispell dictionary, sorted, walked byte by byte. Private to the unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace text_search {

class AffixFile;

class WordList {
 public:
  // A .dict file: `word/FLAGS` per line. The affixes say what flags mean. F0000.
  WordList(std::string_view text, const AffixFile& affixes);

  struct Word {
    std::string text;
    std::vector<std::string> flags;
    std::uint8_t use = 0;  // CompoundUse
  };

  // Words that begin alike: where a walk from the front of a word has come to.
  struct Place {
    std::size_t first, last, depth;
  };
  Place start() const { return {0, words_.size(), 0}; }
  // False: no word goes on so.
  bool step(Place& place, char next) const;
  // The word that ends here, if there is one.
  const Word* word_at(const Place& place) const;
  const Word* find(std::string_view text) const;
  bool uses(std::string_view flag) const;

 private:
  std::vector<Word> words_;
};

}  // namespace text_search
