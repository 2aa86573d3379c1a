#include "types/ascii.h"
#include "word_list.h"

#include <algorithm>

#include "affix_rules.h"
#include "characters.h"
#include "files.h"

namespace text_search {
namespace {

std::uint8_t use_of(const AffixFile& affixes, const std::vector<std::string>& flags) {
  std::uint8_t use = affixes.compound_use(flags) & kCompoundWord;
  if ((use & kCompoundOnly) != 0 && (use & kCompoundAny) == 0) use |= kCompoundAny;
  return use;
}

}  // namespace

WordList::WordList(std::string_view text, const AffixFile& affixes) {
  struct Line {
    std::string word;
    std::string_view flags;
  };
  std::vector<Line> lines;
  std::string_view line;
  while (next_line(text, line)) {
    std::string_view word = line, flags;
    if (const std::size_t slash = line.find('/'); slash != std::string_view::npos) {
      word = line.substr(0, slash);
      flags = line.substr(slash + 1);
      std::size_t end = 0;
      while (end < flags.size() && flags[end] > ' ' && flags[end] < 0x7f) ++end;
      flags = flags.substr(0, end);
    }
    std::size_t end = 0;
    while (end < word.size() && !is_space(word[end])) ++end;
    if (end > 0) lines.push_back({types::lower_ascii(word.substr(0, end)), flags});
  }
  // Of aliases that are none the file's first is told.
  if (affixes.has_aliases())
    for (const Line& one : lines) affixes.flags_of_word(one.flags);
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.word < b.word; });
  for (const Line& one : lines) {
    std::vector<std::string> flags = affixes.flags_of_word(one.flags);
    const std::uint8_t use = use_of(affixes, flags);
    if (words_.empty() || words_.back().text != one.word) {
      words_.push_back({one.word, std::move(flags), use});
      continue;
    }
    // Listed twice: it takes what either takes, and stands alone where one of them may.
    Word& word = words_.back();
    const bool alone = (word.use & use & kCompoundOnly) == 0;
    word.flags.insert(word.flags.end(), std::make_move_iterator(flags.begin()), std::make_move_iterator(flags.end()));
    word.use = use_of(affixes, word.flags);
    if (alone) word.use &= static_cast<std::uint8_t>(~kCompoundOnly);
  }
}

bool WordList::step(Place& place, char next) const {
  const auto byte = static_cast<unsigned char>(next);
  // Of words that are as long as the walk, the end sorts before every byte.
  auto at_depth = [&](const Word& word) {
    return place.depth < word.text.size() ? static_cast<unsigned char>(word.text[place.depth]) + 1 : 0;
  };
  const auto begin = words_.begin() + static_cast<std::ptrdiff_t>(place.first);
  const auto end = words_.begin() + static_cast<std::ptrdiff_t>(place.last);
  const auto first = std::partition_point(begin, end, [&](const Word& w) { return at_depth(w) < byte + 1; });
  const auto last = std::partition_point(first, end, [&](const Word& w) { return at_depth(w) < byte + 2; });
  if (first == last) return false;
  place = {static_cast<std::size_t>(first - words_.begin()), static_cast<std::size_t>(last - words_.begin()), place.depth + 1};
  return true;
}

const WordList::Word* WordList::word_at(const Place& place) const {
  if (place.first >= place.last) return nullptr;
  const Word& word = words_[place.first];
  return word.text.size() == place.depth && place.depth > 0 ? &word : nullptr;
}

const WordList::Word* WordList::find(std::string_view text) const {
  const auto at = std::lower_bound(words_.begin(), words_.end(), text, [](const Word& w, std::string_view t) { return w.text < t; });
  return at != words_.end() && at->text == text ? &*at : nullptr;
}

bool WordList::uses(std::string_view flag) const {
  return std::any_of(words_.begin(), words_.end(), [&](const Word& w) {
    return std::find(w.flags.begin(), w.flags.end(), flag) != w.flags.end();
  });
}

}  // namespace text_search
