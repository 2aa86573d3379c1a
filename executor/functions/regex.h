// PostgreSQL's regular expressions (ARE, and ERE and literals by option).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regex_letters.h"
#include "regex_span.h"
#include "regex_work.h"
#include "types/datum.h"
#include "types/eval_context.h"

namespace functions {

class RegexProgram;
class RegexRun;
struct RegexTree;

enum class RegexSyntax : std::uint8_t { advanced, extended, basic, literal };

struct RegexOptions {
  bool ignore_case = false;
  bool newline_anchors = false;  // ^ and $ match at line ends
  bool newline_stops = false;    // . and [^x] do not match a line end
  bool expanded = false;
  bool global = false;           // for the functions that take it
  RegexSyntax syntax = RegexSyntax::advanced;
  const RegexLetters* letters = nullptr;  // set by Regex::get() alone
  auto operator<=>(const RegexOptions&) const = default;

  // By a letter that flags and (?...) share; false for others.
  bool set(char letter);
  // "gi...": SqlError 22023 for an unknown letter.
  static RegexOptions parse(std::string_view letters);
};

// While it lives, the thread's regular expressions know these letters instead of ASCII's. Around one kernel call; while
// that lets other coroutines of the thread run, theirs do not.
class RegexLettersScope {
 public:
  explicit RegexLettersScope(const RegexLetters& letters);
  ~RegexLettersScope();
  RegexLettersScope(const RegexLettersScope&) = delete;
  RegexLettersScope& operator=(const RegexLettersScope&) = delete;
};

class Regex {
 public:
  // SqlError 2201B. What a pattern becomes is kept for the thread's next calls. A large one asks the session now and then
  // whether it is to end, and lets other coroutines of the thread run.
  static std::shared_ptr<Regex> get(types::EvalContext& context, std::string_view pattern, RegexOptions options);

  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  ~Regex();

  int groups() const { return groups_; }
  // A long search asks the session now and then whether it is to end, and lets other coroutines of the thread run.
  bool matches(types::EvalContext& context, std::string_view text);

  // Of the session; the letters that the thread knows stay behind meanwhile.
  class SessionInterrupts final : public RegexInterrupts {
   public:
    explicit SessionInterrupts(types::SessionServices* session) : session_(session) {}
    void check() override;

   private:
    types::SessionServices* session_;
  };

  // One text, several searches. Not thread-safe; the text must outlive the matcher.
  class Search {
   public:
    Search(types::EvalContext& context, Regex& regex, std::string_view text);
    ~Search();
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;
    // The next match at or after byte `from`; spans()[0] is the whole match.
    bool find(std::size_t from);
    const std::vector<std::optional<RegexSpan>>& spans() const { return spans_; }
    std::string_view text(std::size_t group) const {
      return text_.substr(spans_[group]->begin, spans_[group]->end - spans_[group]->begin);
    }

   private:
    friend class Regex;
    Regex& regex_;
    std::string_view text_;
    SessionInterrupts interrupts_;
    std::unique_ptr<RegexRun> run_;
    std::vector<std::optional<RegexSpan>> spans_;
  };

 private:
  explicit Regex(std::unique_ptr<const RegexProgram> program);
  std::size_t bytes() const;

  const std::unique_ptr<const RegexProgram> program_;
  const int groups_;
  std::unique_ptr<RegexRun> spare_;  // for the next search: making one allocates
};

// The pieces of regexp_split_to_*; they borrow the text.
std::vector<std::string_view> regexp_split(types::EvalContext& ctx, std::string_view text, std::string_view pattern,
                                           std::string_view flags, std::string_view function);
// The rows of regexp_matches: text arrays in the arena.
std::vector<types::Datum> regexp_matches(types::EvalContext& ctx, std::string_view text,
                                         std::string_view pattern, std::string_view flags);

// A PostgreSQL pattern as a tree; `letters` are there. SqlError 2201B.
RegexTree translate_regex(std::string_view pattern, RegexOptions options, RegexWork& work);

}  // namespace functions
