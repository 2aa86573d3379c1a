// fuzzystrmatch: how alike strings are, by edits (Levenshtein) and by sound (Soundex).
#include <algorithm>
#include <vector>

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

// Metaphone and double metaphone have no kernels.
constexpr functions::ScalarFunction kFunctions[] = {
    {"levenshtein", strict<&levenshtein>},
    {"levenshtein_with_costs", strict<&levenshtein_with_costs>},
    {"levenshtein_less_equal", strict<&levenshtein_less_equal>},
    {"levenshtein_less_equal_with_costs", strict<&levenshtein_less_equal_with_costs>},
    {"soundex", strict<&soundex>},
    {"difference", strict<&difference>},
};

constexpr Routine kRoutines[] = {
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
                                   .routines = kRoutines,
                                   .functions = kFunctions};
  return extension;
}

}  // namespace extensions
