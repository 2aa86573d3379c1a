// PostgreSQL's regular expressions (ARE, and ERE and literals by option).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regex_program.h"
#include "regex_run.h"
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

// While it lives, the thread's regular expressions know Unicode's letters, as under ICU's collations and
// C.UTF-8, instead of ASCII's. Around one kernel call; while that lets other coroutines of the thread run, theirs do not.
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

  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  int groups() const { return program_.tree().groups; }
  // A long search asks the session now and then whether it is to end, and lets other coroutines of the thread run.
  bool matches(types::EvalContext& context, std::string_view text);

  // One text, several searches. Not thread-safe; the text must outlive the matcher.
  class Search {
   public:
    Search(types::EvalContext& context, Regex& regex, std::string_view text);
    ~Search();
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;
    // The next match at or after byte `from`; spans()[0] is the whole match.
    bool find(std::size_t from) { return from <= text_.size() && run_->find(from, spans_); }
    const std::vector<std::optional<RegexSpan>>& spans() const { return spans_; }
    std::string_view text(std::size_t group) const {
      return text_.substr(spans_[group]->begin, spans_[group]->end - spans_[group]->begin);
    }

   private:
    friend class Regex;
    // Of the session; the letters that the thread knows stay behind meanwhile.
    class Interrupts final : public RegexRun::Interrupts {
     public:
      explicit Interrupts(types::SessionServices* session) : session_(session) {}
      void check() override;

     private:
      types::SessionServices* session_;
    };

    Regex& regex_;
    std::string_view text_;
    Interrupts interrupts_;
    std::unique_ptr<RegexRun> run_;
    std::vector<std::optional<RegexSpan>> spans_;
  };

 private:
  Regex(RegexTree tree, const RegexSet& word) : program_(std::move(tree), word) {}

  const RegexProgram program_;
  std::unique_ptr<RegexRun> spare_;  // for the next search: making one allocates
};

// The pieces of regexp_split_to_*; they borrow the text.
std::vector<std::string_view> regexp_split(types::EvalContext& ctx, std::string_view text, std::string_view pattern,
                                           std::string_view flags, std::string_view function);
// The rows of regexp_matches: text arrays in the arena.
std::vector<types::Datum> regexp_matches(types::EvalContext& ctx, std::string_view text,
                                         std::string_view pattern, std::string_view flags);

// A PostgreSQL pattern as a tree, and what it takes for a word's letters. SqlError 2201B.
struct TranslatedRegex {
  RegexTree tree;
  const RegexSet& word;
};
TranslatedRegex translate_regex(std::string_view pattern, RegexOptions options);

}  // namespace functions
