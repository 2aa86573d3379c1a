// What the groups of a match hold, where there is but one way through the program.
//
// The match is read backward first: which places can lead to its end is a state of an automaton that is made as texts are
// read, as in regex_dfa.h. Then it is read forward along these places alone, which mostly are one way: its marks tell where
// the groups are. Where the ways part, one that stays in an item of the outermost sequence and one that leaves it, the item's
// preference decides, which is what comes first of regex_run.h's rules. Elsewhere the answer is unclear, and others find it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "regex_dfa.h"
#include "regex_program.h"
#include "regex_span.h"

namespace functions {

// Not thread-safe.
class RegexPaths {
 public:
  using Spans = std::vector<std::optional<RegexSpan>>;
  enum class Answer : std::uint8_t { told, impossible, unclear };

  explicit RegexPaths(const RegexProgram& program);  // which outlives it

  bool is_usable() const { return is_usable_; }
  // The groups within [begin, end], which the program matches, references taken for what their groups could hold.
  // `impossible`: they hold something else. Of both other answers the groups' spans are not to be used.
  Answer tell(std::string_view text, std::size_t begin, std::size_t end, Spans& spans);
  // What new states and ways have cost since it was last asked, in places looked at.
  std::size_t take_work() { return std::exchange(work_, 0); }
  std::size_t bytes() const;

 private:
  // Places from which the end can be reached, ascending, before what needs no character is followed backward.
  struct State {
    std::vector<int> places;
    std::uint8_t after;  // of a RegexContext
  };
  // Of a state, by the class of the character before: all such places there, and the state before that character.
  struct Step {
    int live = kUnknown, state = kUnknown;
  };
  // From a place, among the live ones: to the place of the next character, or the end, with the marks on the way.
  struct Way {
    int place, live;
    int target;  // kUnclear
    std::uint32_t first_mark, marks;
  };
  struct Item {
    int start;
    RegexPreference preference;
  };
  static constexpr int kUnknown = -1, kUnclear = -2;
  static constexpr std::size_t kWays = 1024;

  std::uint32_t width() const { return program_.classes().count() + 1; }
  int intern_state(std::vector<int> places, std::uint8_t after);
  int intern_live(std::vector<int> places);
  Step make_step(int state, std::uint32_t number);
  const Way& find_way(int place, int live) {
    const Way& known = ways_[(static_cast<std::size_t>(place) * 31 + static_cast<std::size_t>(live)) % kWays];
    return known.place == place && known.live == live ? known : make_way(place, live);
  }
  const Way& make_way(int place, int live);
  int choose(int place);
  std::size_t item_of(int place) const;
  bool follow_marks(const Way& way, std::size_t at, std::string_view text, Spans& spans);
  void forget();
  bool is_full() const { return kept_places_ > kMostPlaces || steps_.size() > kMostSteps || marks_.size() > kMostPlaces; }

  static constexpr std::size_t kMostPlaces = std::size_t{1} << 17, kMostSteps = std::size_t{1} << 16;

  const RegexProgram& program_;
  bool is_usable_;
  std::vector<Item> items_;  // of the outermost sequence, in order
  std::vector<State> states_;
  std::vector<Step> steps_;
  std::array<int, 64> first_states_{};  // at the end of a match, by what is after it
  std::vector<std::vector<int>> lives_;
  std::unordered_map<std::string, int> state_numbers_, live_numbers_;
  std::vector<Way> ways_;  // by hash of place and live
  std::vector<const RegexProgram::Instruction*> marks_;
  std::vector<int> read_;  // the live places from the end of the match to its beginning
  std::vector<std::size_t> opened_;  // by group, and behind them by reference's group
  std::size_t kept_places_ = 0, work_ = 0, told_ = 0, unclear_ = 0;
  std::vector<std::uint32_t> seen_;
  std::uint32_t round_ = 0;
  std::vector<int> stack_, from_, targets_;
};

}  // namespace functions
