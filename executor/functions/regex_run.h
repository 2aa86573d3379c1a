// Where a regular expression matches, and what its groups hold, by POSIX's rules as PostgreSQL has them.
//
// Of the matches at the earliest place the whole expression takes the longest, or the shortest where its first quantifier
// that can choose is non-greedy. Within that, parts take theirs from left to right: each the longest (shortest) with which
// the rest can still match up to the end; of alternatives the first that fits; of a repeat's rounds the last one tells.
// A backtracking matcher, which takes what it finds first, answers 'a' for 'ab' ~ 'a|ab'.
//
// Without references (\1) nothing is tried twice: the text is read forward, and for groups backward, with all places of the
// program at once. With them a division into parts that fit so far may turn out wrong, and the next is tried.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "regex_dfa.h"
#include "regex_paths.h"
#include "regex_program.h"
#include "regex_span.h"
#include "regex_text.h"
#include "regex_work.h"

namespace functions {

// Searches one text after the other. Not thread-safe.
class RegexRun {
 public:
  explicit RegexRun(const RegexProgram& program);  // which outlives it
  RegexRun(const RegexRun&) = delete;
  RegexRun& operator=(const RegexRun&) = delete;

  // The text, valid UTF-8, outlives its searches. `interrupts` may be null.
  void start(std::string_view text, RegexInterrupts* interrupts);
  // That it takes, about, with what it remembers of texts.
  std::size_t bytes() const;

  // Whether there is a match at or after byte `from`.
  bool matches(std::size_t from);
  // The first match at or after `from`; spans[0] is all of it. False when there is none.
  bool find(std::size_t from, std::vector<std::optional<RegexSpan>>& spans);

 private:
  using Kind = RegexNode::Kind;
  using Part = RegexProgram::Part;
  using Op = RegexProgram::Op;
  using Spans = std::vector<std::optional<RegexSpan>>;

  // Places of a program that are alive, each once, with a value each where values are asked for.
  struct Alive {
    std::vector<int> places;
    std::vector<std::uint32_t> values;  // by index in `places`
    std::vector<std::uint32_t> seen;    // by place: the round that saw it
    std::uint32_t round = 0;

    void next_round();
    bool add(int place);
    bool has(int place) const { return seen[static_cast<std::size_t>(place)] == round; }
  };
  // A set of positions of the text, from `first` on.
  struct Positions {
    std::size_t first = 0;
    std::vector<bool> bits;
    bool has(std::size_t at) const { return bits[at - first]; }
  };

  const RegexNode& node(int at) const { return program_.node(at); }
  std::uint32_t class_at(std::size_t at, std::size_t& after) const {
    return regex_class_at(program_.classes(), text_, at, after);
  }
  std::uint32_t class_before(std::size_t at, std::size_t& before) const {
    return regex_class_before(program_.classes(), text_, at, before);
  }
  RegexContext context_at(std::size_t at) const;
  RegexContext context_before(std::size_t at) const;  // the half of it
  bool passes(const RegexProgram::Instruction& instruction, std::size_t at, RegexContext context) const;
  void step(std::size_t work) {
    if ((steps_ += work + 1) > kStepsBetweenChecks) [[unlikely]] check();
  }
  void check();

  void follow(Alive& alive, int place, int stop, std::size_t at, RegexContext context, std::uint32_t value);
  void follow_back(Alive& alive, int place, Part part, std::size_t at, RegexContext context, std::uint32_t value);
  // use(end) for each end of a match of the part from `begin`, ascending up to `limit`, until it returns false.
  template <typename F>
  void each_end(Part part, std::size_t begin, std::size_t limit, F&& use);
  // From `end` down to `begin`: use(at, alive) with the places of the part from which it can match up to `end`, or, with
  // `from_everywhere`, up to any place in between. Neither calls the like in `use`.
  template <typename F>
  void each_begin(Part part, std::size_t begin, std::size_t end, bool from_everywhere, F&& use);
  bool fits(int at, std::size_t begin, std::size_t end);
  std::vector<std::size_t> ends(int at, std::size_t begin, std::size_t limit);
  std::optional<std::size_t> end_from(std::size_t begin);
  // All of them, ascending, into ends_.
  void all_ends_from(std::size_t begin);
  // The first match, which ends no sooner than at `first_end` and begins no sooner than at `from`.
  std::optional<RegexSpan> span_of_match(std::size_t from, std::size_t first_end);
  std::optional<RegexSpan> leftmost(std::size_t from, bool any);
  // As matches(), references taken for what their groups could hold. No match begins between `from` and `not_before`, and
  // one ends at `first_end`, where it is known.
  bool reaches(std::size_t from, std::size_t& not_before, std::size_t& first_end);
  void prepare_looks();

  // regex_groups.cpp
  void tell_groups(int at, std::size_t begin, std::size_t end);
  bool tells_match(std::size_t begin, std::size_t end);
  void tell_sequence(int at, std::size_t begin, std::size_t end);
  std::optional<std::size_t> last_round(const RegexNode& repeat, std::size_t begin, std::size_t end);
  bool divides(int at, std::size_t begin, std::size_t end);
  bool divides_sequence(const RegexNode& n, std::size_t begin, std::size_t end);
  bool divides_repeat(const RegexNode& n, std::size_t begin, std::size_t end);
  bool repeats_reference(const RegexNode& reference, int least, int most, std::size_t begin, std::size_t end);
  void forget_groups(const RegexNode& n);
  bool find_with_references(std::size_t from, Spans& spans);

  static constexpr std::size_t kStepsBetweenChecks = 100'000, kBytesBetweenSteps = 4096;

  const RegexProgram& program_;
  RegexDfa dfa_, ends_dfa_;
  RegexPaths paths_;
  std::vector<std::size_t> ends_;
  std::string_view text_;
  RegexInterrupts* interrupts_ = nullptr;
  std::size_t steps_ = 0;
  Alive alive_[2];
  Alive *now_ = &alive_[0], *next_ = &alive_[1];
  std::vector<int> stack_;
  std::vector<std::vector<bool>> looks_;  // by look: where it holds
  bool looks_known_ = false;
  Spans* spans_ = nullptr;
  struct Task {
    int node;
    std::size_t begin, end;
  };
  std::vector<Task> tasks_;
};

template <typename F>
void RegexRun::each_end(Part part, std::size_t begin, std::size_t limit, F&& use) {
  now_->next_round();
  follow(*now_, part.start, part.stop, begin, context_at(begin), 0);
  for (std::size_t at = begin;;) {
    step(now_->places.size());
    if (now_->has(part.stop) && !use(at)) return;
    if (at >= limit || now_->places.empty()) return;
    std::size_t after;
    const std::uint32_t c = class_at(at, after);
    if (after > limit) return;
    next_->next_round();
    const RegexContext context = context_at(after);
    for (const int place : now_->places) {
      if (place == part.stop) continue;
      if (program_.classes().holds(program_.code()[static_cast<std::size_t>(place)].a, c))
        follow(*next_, place + 1, part.stop, after, context, 0);
    }
    std::swap(now_, next_);
    at = after;
  }
}

template <typename F>
void RegexRun::each_begin(Part part, std::size_t begin, std::size_t end, bool from_everywhere, F&& use) {
  now_->next_round();
  follow_back(*now_, part.stop, part, end, context_at(end), 0);
  for (std::size_t at = end;;) {
    step(now_->places.size());
    use(at, *now_);
    if (at <= begin || (now_->places.empty() && !from_everywhere)) return;
    std::size_t before;
    const std::uint32_t c = class_before(at, before);
    const RegexContext context = context_at(before);
    next_->next_round();
    for (const int place : now_->places) {
      const int from = place - 1;
      if (from < part.start) continue;
      const RegexProgram::Instruction& i = program_.code()[static_cast<std::size_t>(from)];
      if (i.op == Op::set && program_.classes().holds(i.a, c)) follow_back(*next_, from, part, before, context, 0);
    }
    if (from_everywhere) follow_back(*next_, part.stop, part, before, context, 0);
    std::swap(now_, next_);
    at = before;
  }
}

}  // namespace functions
