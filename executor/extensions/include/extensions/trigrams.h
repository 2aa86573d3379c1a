// Trigrams of a text: what pg_trgm compares.
#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace extensions {

using Trigram = std::array<char, 3>;

// Words are runs of letters and digits, those that locale C knows, in lower case, with two blanks before and one
// behind.
struct TrigramSequence {
  std::vector<Trigram> trigrams;              // in the order of the text
  std::vector<bool> begins_word, ends_word;   // of each
};
TrigramSequence trigram_sequence(std::string_view text);
// Sorted, each once.
std::vector<Trigram> trigram_set(std::string_view text);

// Those that every text has of which `part` is a part: words that go on beyond an open end lack the blanks there.
void append_trigrams_of_part(std::string_view part, bool open_begin, bool open_end, std::vector<Trigram>& trigrams);

// Of sets: those in both among those in either. 0 for empty ones.
float similarity(const std::vector<Trigram>& a, const std::vector<Trigram>& b);
// The greatest similarity of the set to those of an extent of the sequence; `whole_words`: of one that begins and
// ends where words do.
float extent_similarity(const std::vector<Trigram>& set, const TrigramSequence& sequence, bool whole_words);

}  // namespace extensions
