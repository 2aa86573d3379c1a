// fuzzystrmatch: how alike strings are, by edits (Levenshtein) and by sound (Soundex, Metaphone, Double Metaphone).
#include <algorithm>
#include <vector>

#include "double_metaphone.h"
#include "extension_table.h"
#include "functions/kernel.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::SqlError;

// ---- edits

std::vector<string_view> characters_of(string_view text) {
  std::vector<string_view> result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    result.push_back(text.substr(at, end - at));
    at = end;
  }
  constexpr std::size_t kMaxCharacters = 255;
  if (result.size() > kMaxCharacters)
    throw SqlError("22023", "levenshtein argument exceeds maximum length of 255 characters");
  return result;
}

struct Costs {
  std::int32_t insertion = 1, deletion = 1, substitution = 1;
};

// The cheapest way from one to the other, row by row of the table of prefixes.
std::int32_t distance(string_view source, string_view target, Costs costs) {
  const auto from = characters_of(source), to = characters_of(target);
  std::vector<std::int32_t> row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) row[j] = static_cast<std::int32_t>(j) * costs.insertion;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::int32_t diagonal = row[0];
    row[0] = static_cast<std::int32_t>(i) * costs.deletion;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::int32_t above = row[j];
      row[j] = std::min({above + costs.deletion, row[j - 1] + costs.insertion,
                         diagonal + (from[i - 1] == to[j - 1] ? 0 : costs.substitution)});
      diagonal = above;
    }
  }
  return row.back();
}

// What is beyond the limit is not told more exactly.
std::int32_t limited(std::int32_t distance, std::int32_t limit) {
  return limit >= 0 && distance > limit ? limit + 1 : distance;
}

std::int32_t levenshtein(string_view a, string_view b) { return distance(a, b, {}); }
std::int32_t levenshtein_with_costs(string_view a, string_view b, std::int32_t insertion, std::int32_t deletion,
                                    std::int32_t substitution) {
  return distance(a, b, {insertion, deletion, substitution});
}
std::int32_t levenshtein_less_equal(string_view a, string_view b, std::int32_t limit) {
  return limited(distance(a, b, {}), limit);
}
std::int32_t levenshtein_less_equal_with_costs(string_view a, string_view b, std::int32_t insertion,
                                               std::int32_t deletion, std::int32_t substitution, std::int32_t limit) {
  return limited(distance(a, b, {insertion, deletion, substitution}), limit);
}

// ---- sound

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_letter(char c) { return upper(c) >= 'A' && upper(c) <= 'Z'; }

// The group of consonants that a letter belongs to, 0 for what is not heard; itself when it is none.
char sound_of(char c) {
  constexpr string_view kSounds = "01230120022455012623010202";
  return is_letter(c) ? kSounds[static_cast<std::size_t>(upper(c) - 'A')] : c;
}

std::string soundex(string_view text) {
  constexpr std::size_t kLength = 4;
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  if (text.empty()) return {};
  std::string code(1, upper(text.front()));
  for (std::size_t i = 1; i < text.size() && code.size() < kLength; ++i) {
    if (!is_letter(text[i]) || sound_of(text[i]) == sound_of(text[i - 1])) continue;
    if (sound_of(text[i]) != '0') code += sound_of(text[i]);
  }
  code.resize(kLength, '0');
  return code;
}

std::int32_t difference(string_view a, string_view b) {
  std::string one = soundex(a), other = soundex(b);
  one.resize(4, '\0');
  other.resize(4, '\0');
  std::int32_t same = 0;
  for (std::size_t i = 0; i < one.size(); ++i) same += one[i] == other[i];
  return same;
}

// Metaphone as Lawrence Philips has it, in the variant of the module: a word's sounds as letters, 0 for "th", X for "sh".
class Metaphone {
 public:
  Metaphone(string_view word, std::size_t longest) : word_(word), longest_(longest) {}

  std::string code() {
    while (at_ < word_.size() && !is_letter(word_[at_])) ++at_;
    if (at_ == word_.size()) return {};
    beginning();
    for (; at_ < word_.size() && code_.size() < longest_; ++at_) {
      const char c = letter(0);
      if (!is_letter(c) || (c == letter(-1) && c != 'C')) continue;
      sound(c);
    }
    if (code_.size() > longest_) code_.resize(longest_);
    return std::move(code_);
  }

 private:
  // The letter that far from the current one, in upper case; NUL outside of the word.
  char letter(std::ptrdiff_t offset) const {
    const std::ptrdiff_t i = static_cast<std::ptrdiff_t>(at_) + offset;
    return i < 0 || i >= static_cast<std::ptrdiff_t>(word_.size()) ? '\0' : upper(word_[static_cast<std::size_t>(i)]);
  }
  static bool is_one_of(char c, string_view letters) { return c != '\0' && letters.find(c) != letters.npos; }
  static bool is_vowel(char c) { return is_one_of(c, "AEIOU"); }
  static bool softens(char c) { return is_one_of(c, "EIY"); }

  void begin_with(char sound, std::size_t letters) {
    code_ += sound;
    at_ += letters;
  }
  void beginning() {
    const char c = letter(0), next = letter(1);
    if (c == 'A') begin_with(next == 'E' ? 'E' : 'A', next == 'E' ? 2 : 1);
    else if (is_vowel(c)) begin_with(c, 1);
    else if (is_one_of(c, "GKP") && next == 'N') begin_with('N', 2);
    else if (c == 'X') begin_with('S', 1);
    else if (c == 'W' && is_one_of(next, "RH")) begin_with(next, 2);
    else if (c == 'W' && is_vowel(next)) begin_with('W', 2);
  }

  // `letters`: how many of those behind it it stands for as well.
  void add(char sound, std::size_t letters = 0) {
    code_ += sound;
    at_ += letters;
  }
  void sound(char c) {
    const char before = letter(-1), next = letter(1), after = letter(2);
    const bool sh = next == 'I' && is_one_of(after, "OA");
    switch (c) {
      case 'B':
        if (before != 'M') add('B');
        break;
      case 'C':
        if (next == 'H') return add(after == 'R' || before == 'S' ? 'K' : 'X', 1);
        if (!softens(next)) add('K');
        else if (next == 'I' && after == 'A') add('X');
        else if (before != 'S') add('S');
        break;
      case 'D':
        if (next == 'G' && softens(after)) return add('J', 1);
        add('T');
        break;
      case 'G':
        if (next == 'H') {
          if (!is_one_of(letter(-3), "BDH") && letter(-4) != 'H') add('F', 1);
        } else if (next == 'N') {
          if (is_letter(after) && !(after == 'E' && letter(3) == 'D')) add('K');
        } else {
          add(softens(next) && before != 'G' ? 'J' : 'K');
        }
        break;
      case 'H':
        if (is_vowel(next) && !is_one_of(before, "CGPST")) add('H');
        break;
      case 'K':
        if (before != 'C') add('K');
        break;
      case 'P': add(next == 'H' ? 'F' : 'P'); break;
      case 'Q': add('K'); break;
      case 'S':
        if (sh) add('X');
        else if (next == 'H') add('X', 1);
        else if (next == 'C' && after == 'H' && letter(3) == 'W') add('X', 2);
        else add('S');
        break;
      case 'T':
        if (sh) add('X');
        else if (next == 'H') add('0', 1);
        else add('T');
        break;
      case 'V': add('F'); break;
      case 'W':
      case 'Y':
        if (is_vowel(next)) add(c);
        break;
      case 'X':
        add('K');
        add('S');
        break;
      case 'Z': add('S'); break;
      default:
        if (!is_vowel(c)) add(c);
    }
  }

  string_view word_;
  std::size_t longest_, at_ = 0;
  std::string code_;
};

std::string metaphone(string_view text, std::int32_t longest) {
  constexpr std::size_t kMaxBytes = 255;
  if (text.empty()) return {};
  if (text.size() > kMaxBytes) throw SqlError("22023", "argument exceeds the maximum length of 255 bytes");
  if (longest > static_cast<std::int32_t>(kMaxBytes))
    throw SqlError("22023", "output exceeds the maximum length of 255 bytes");
  if (longest <= 0) throw SqlError("2200F", "output cannot be empty string");
  return Metaphone(text, static_cast<std::size_t>(longest)).code();
}

std::string sounds_usually(string_view text) { return double_metaphone(text).usual; }
std::string sounds_otherwise(string_view text) { return double_metaphone(text).other; }

constexpr functions::ScalarFunction kFuzzystrmatchFunctions[] = {
    {"levenshtein", strict<&levenshtein>},
    {"levenshtein_with_costs", strict<&levenshtein_with_costs>},
    {"levenshtein_less_equal", strict<&levenshtein_less_equal>},
    {"levenshtein_less_equal_with_costs", strict<&levenshtein_less_equal_with_costs>},
    {"metaphone", strict<&metaphone>},
    {"soundex", strict<&soundex>},
    {"difference", strict<&difference>},
    {"dmetaphone", strict<&sounds_usually>},
    {"dmetaphone_alt", strict<&sounds_otherwise>},
};

constexpr Routine kFuzzystrmatchRoutines[] = {
    {"levenshtein", "text, text", "int4", "levenshtein", "iss"},
    {"levenshtein", "text, text, int4, int4, int4", "int4", "levenshtein_with_costs", "iss"},
    {"levenshtein_less_equal", "text, text, int4", "int4", "levenshtein_less_equal", "iss"},
    {"levenshtein_less_equal", "text, text, int4, int4, int4, int4", "int4", "levenshtein_less_equal_with_costs", "iss"},
    {"metaphone", "text, int4", "text", "metaphone", "iss"},
    {"soundex", "text", "text", "soundex", "iss"},
    {"text_soundex", "text", "text", "soundex", "iss"},
    {"difference", "text, text", "int4", "difference", "iss"},
    {"dmetaphone", "text", "text", "dmetaphone", "iss"},
    {"dmetaphone_alt", "text", "text", "dmetaphone_alt", "iss"},
};

}  // namespace

const Extension& fuzzystrmatch() {
  static const Extension extension{.name = "fuzzystrmatch",
                                   .version = "1.1",
                                   .comment = "determine similarities and distance between strings",
                                   .trusted = true,
                                   .routines = kFuzzystrmatchRoutines,
                                   .functions = kFuzzystrmatchFunctions};
  return extension;
}

}  // namespace extensions
