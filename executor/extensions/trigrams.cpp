#include "extensions/trigrams.h"
#include "types/ascii.h"

#include <algorithm>
#include <string>

namespace extensions {
namespace {

using std::string_view;

bool is_word_character(char c) { return types::is_letter(c) || types::is_digit(c); }

float share(std::size_t both, std::size_t a, std::size_t b) {
  return static_cast<float>(both) / static_cast<float>(a + b - both);
}

}  // namespace

TrigramSequence trigram_sequence(string_view text) {
  TrigramSequence result;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word_character(text[at])) {
      ++at;
      continue;
    }
    std::string word = "  ";
    for (; at < text.size() && is_word_character(text[at]); ++at) word += types::lower_ascii(text[at]);
    word += ' ';
    for (std::size_t i = 0; i + 3 <= word.size(); ++i) {
      result.trigrams.push_back({word[i], word[i + 1], word[i + 2]});
      result.begins_word.push_back(i == 0);
      result.ends_word.push_back(i + 3 == word.size());
    }
  }
  return result;
}

void append_trigrams_of_part(string_view part, bool open_begin, bool open_end, std::vector<Trigram>& trigrams) {
  for (std::size_t at = 0; at < part.size();) {
    if (!is_word_character(part[at])) {
      ++at;
      continue;
    }
    std::string word = at == 0 && open_begin ? "" : "  ";
    for (; at < part.size() && is_word_character(part[at]); ++at) word += types::lower_ascii(part[at]);
    if (at < part.size() || !open_end) word += ' ';
    for (std::size_t i = 0; i + 3 <= word.size(); ++i) trigrams.push_back({word[i], word[i + 1], word[i + 2]});
  }
}

std::vector<Trigram> trigram_set(string_view text) {
  std::vector<Trigram> set = trigram_sequence(text).trigrams;
  std::ranges::sort(set);
  set.erase(std::ranges::unique(set).begin(), set.end());
  return set;
}

float similarity(const std::vector<Trigram>& a, const std::vector<Trigram>& b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t both = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) ++both, ++i, ++j;
    else if (a[i] < b[j]) ++i;
    else ++j;
  }
  return share(both, a.size(), b.size());
}

float extent_similarity(const std::vector<Trigram>& set, const TrigramSequence& sequence, bool whole_words) {
  const std::size_t size = sequence.trigrams.size();
  if (set.empty() || size == 0) return 0;
  // Trigrams of the sequence by number, equal ones alike.
  std::vector<Trigram> distinct = sequence.trigrams;
  std::ranges::sort(distinct);
  distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
  std::vector<std::size_t> number(size);
  std::vector<bool> wanted(distinct.size());
  for (std::size_t i = 0; i < distinct.size(); ++i) wanted[i] = std::ranges::binary_search(set, distinct[i]);
  for (std::size_t i = 0; i < size; ++i)
    number[i] = static_cast<std::size_t>(std::ranges::lower_bound(distinct, sequence.trigrams[i]) - distinct.begin());
  float best = 0;
  std::vector<std::size_t> seen(distinct.size(), 0);  // the extent that met it last, by its begin
  for (std::size_t begin = 0; begin < size; ++begin) {
    // A best extent neither begins nor ends with what the set does not have.
    if (whole_words ? !sequence.begins_word[begin] : !wanted[number[begin]]) continue;
    std::size_t length = 0, both = 0;
    for (std::size_t end = begin; end < size; ++end) {
      const std::size_t n = number[end];
      if (seen[n] != begin + 1) {
        seen[n] = begin + 1;
        ++length;
        both += wanted[n];
      }
      if (whole_words ? sequence.ends_word[end] : wanted[n]) best = std::max(best, share(both, set.size(), length));
    }
  }
  return best;
}

}  // namespace extensions
