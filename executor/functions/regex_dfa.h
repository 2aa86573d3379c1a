// A program's deterministic automaton, made as texts are read: whether, and how soon, something matches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "regex_program.h"

namespace functions {

// What assertions ask of a place in the text.
struct RegexContext {
  static constexpr std::uint8_t kBegin = 1, kWordBefore = 2, kNewlineBefore = 4;
  static constexpr std::uint8_t kEnd = 8, kWordAfter = 16, kNewlineAfter = 32;
  std::uint8_t bits = 0;

  bool holds(RegexAssertion assertion) const;
  // By the class of the character before, or after.
  static std::uint8_t before(std::uint32_t kind) {
    return static_cast<std::uint8_t>(((kind & RegexClasses::kWord) != 0 ? kWordBefore : 0) |
                                     ((kind & RegexClasses::kNewline) != 0 ? kNewlineBefore : 0));
  }
  static std::uint8_t after(std::uint32_t kind) {
    return static_cast<std::uint8_t>(((kind & RegexClasses::kWord) != 0 ? kWordAfter : 0) |
                                     ((kind & RegexClasses::kNewline) != 0 ? kNewlineAfter : 0));
  }
};

// States are sets of places before what needs no character is followed, with what was before: reading a character's class
// tells what comes after, and so whether assertions hold. A bounded number is kept; when there are more, all are
// forgotten, and reading goes on as if each state were new. Not thread-safe.
class RegexDfa {
 public:
  static constexpr int kMatches = -1, kDead = -2;

  // What is looked for: the end of the match that ends first, wherever it begins, or every end of those that begin where
  // reading does.
  enum class Mode : std::uint8_t { first_end, ends };
  RegexDfa(const RegexProgram& program, Mode mode);

  // Not for programs with looks, nor with very many classes.
  bool is_usable() const { return is_usable_; }
  std::uint32_t end_class() const { return classes_; }
  // The state before the first character.
  int start(RegexContext before) {
    const int known = starts_[before.bits];
    return known != kUnknown ? known : make_start(before);
  }
  // The state after a character of the class: kMatches when a match ends before it, kDead when none can come. Of the
  // states that were given out before only this one is valid then.
  int next(int state, std::uint32_t number) {
    const int known = table_[static_cast<std::size_t>(state) * width() + number];
    return known != kUnknown ? known : make(state, number);
  }
  // Of the mode `ends`: whether a match ends before the character, and the state after it, or kDead.
  struct Step {
    bool ends;
    int state;
  };
  Step step(int state, std::uint32_t number) {
    const int both = next(state, number);
    return {(both & 1) != 0, (both >> 1) == 0 ? kDead : (both >> 1) - 1};
  }
  std::size_t bytes() const;
  // What new states have cost since it was last asked, in places looked at.
  std::size_t take_work() { return std::exchange(work_, 0); }
  // Nothing has begun: an earlier match cannot begin before this place.
  bool is_fresh(int state) const { return fresh_[static_cast<std::size_t>(state)] != 0; }
  // Past characters of one byte behind which a fresh state has been seen to be what it was.
  std::size_t skip(int state, std::string_view text, std::size_t at) const {
    if (state != skipping_) return at;
    while (at < text.size() && skips_[static_cast<unsigned char>(text[at])]) ++at;
    return at;
  }
  void learn_skip(int state, char c) {
    if (skipping_ == kUnknown) skipping_ = state;
    if (state == skipping_) skips_[static_cast<unsigned char>(c)] = true;
  }

 private:
  static constexpr int kUnknown = -3;
  struct State {
    std::vector<int> places;
    std::uint8_t before;
  };

  std::size_t width() const { return classes_ + std::size_t{1}; }
  int make_start(RegexContext before);
  int make(int state, std::uint32_t number);
  int intern(std::vector<int> places, std::uint8_t before);
  bool add(int place);
  void forget();

  const RegexProgram& program_;
  Mode mode_;
  std::uint32_t classes_;
  bool is_usable_;
  std::vector<State> states_;
  std::vector<std::uint8_t> fresh_;  // by state
  std::vector<int> table_;
  int skipping_ = kUnknown;          // the state that skips_ tells of
  std::array<bool, 256> skips_{};
  std::array<int, 64> starts_;       // by what is before
  std::unordered_map<std::string, int> numbers_;
  std::size_t kept_places_ = 0, work_ = 0;
  std::uint64_t forgotten_ = 0;  // how often
  std::vector<std::uint32_t> seen_;
  std::uint32_t round_ = 0;
  std::vector<int> stack_, found_, following_;
};

}  // namespace functions
