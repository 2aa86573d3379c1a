// PostgreSQL's regular expressions (ARE, and ERE and literals by option). ICU runs those without choices, where the first
// match found is the longest, and those with references (\1), of which it takes the first found; regex_longest.h the others.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regex_longest.h"
#include "types/datum.h"
#include "types/eval_context.h"

namespace functions {

struct RegexOptions {
  bool ignore_case = false;
  bool newline_anchors = false;  // ^ and $ match at line ends
  bool newline_stops = false;    // . and [^x] do not match a line end
  bool expanded = false;
  bool literal = false;
  bool global = false;           // for the functions that take it
  bool unicode = false;          // letters, digits and case are Unicode's; set by Regex::get() alone
  auto operator<=>(const RegexOptions&) const = default;

  // "gi...": SqlError 22023 for an unknown letter.
  static RegexOptions parse(std::string_view letters);
};

// A span of bytes; absent for a group that took no part.
struct RegexSpan {
  std::size_t begin, end;
};

// While it lives, the thread's regular expressions know Unicode's letters, as under ICU's collations and
// C.UTF-8, instead of ASCII's. Around one kernel call, which does not park.
class UnicodeLetters {
 public:
  UnicodeLetters();
  ~UnicodeLetters();
  UnicodeLetters(const UnicodeLetters&) = delete;
  UnicodeLetters& operator=(const UnicodeLetters&) = delete;
};

class Regex {
 public:
  // SqlError 2201B. The result stays valid until the thread's next calls have evicted it; use it
  // at once or within one kernel call per distinct pattern.
  static std::shared_ptr<Regex> get(std::string_view pattern, RegexOptions options);

  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  int groups() const { return groups_; }
  bool matches(std::string_view text);

  // One text, several searches. Not thread-safe; the text must outlive the matcher.
  class Search {
   public:
    Search(Regex& regex, std::string_view text);
    // The next match at or after byte `from`; spans()[0] is the whole match.
    bool find(std::size_t from);
    const std::vector<std::optional<RegexSpan>>& spans() const { return spans_; }
    std::string_view text(std::size_t group) const {
      return text_.substr(spans_[group]->begin, spans_[group]->end - spans_[group]->begin);
    }

   private:
    friend class Regex;
    bool is_there(std::size_t from);
    std::size_t to_utf16(std::size_t byte) const;
    std::size_t to_byte(std::size_t unit) const;

    Regex& regex_;
    std::string_view text_;
    std::u16string utf16_;
    std::vector<std::uint32_t> byte_of_unit_;  // empty for ASCII
    std::vector<std::optional<RegexSpan>> spans_;
    std::vector<std::optional<RegexLongest::Span>> units_;
  };

 private:
  Regex() = default;
  struct Handle;
  std::unique_ptr<Handle> handle_;         // one of them
  std::unique_ptr<RegexLongest> longest_;
  int groups_ = 0;
};

// The pieces of regexp_split_to_*; they borrow the text.
std::vector<std::string_view> regexp_split(std::string_view text, std::string_view pattern,
                                           std::string_view flags, std::string_view function);
// The rows of regexp_matches: text arrays in the arena.
std::vector<types::Datum> regexp_matches(types::EvalContext& ctx, std::string_view text,
                                         std::string_view pattern, std::string_view flags);

// A PostgreSQL pattern as ICU writes it, and as a tree. SqlError 2201B.
struct TranslatedRegex {
  std::string icu;
  RegexTree tree;
};
TranslatedRegex translate_regex(std::string_view pattern, RegexOptions options);

}  // namespace functions
