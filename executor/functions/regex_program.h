// A regular expression's tree as a program for regex_run.h: a nondeterministic automaton (Thompson, CACM 1968) whose every
// part stands in one piece, so that a part can be run by itself, forward from its start or backward from its end.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "regex_tree.h"
#include "regex_work.h"

namespace functions {

// Characters that no set of a program tells apart are one class.
class RegexClasses {
 public:
  static constexpr std::uint32_t kWord = 1, kNewline = 2;

  // SqlError 2201B where the sets overlap beyond measure: what they have of classes is ranges, and these are counted.
  void build(std::span<const RegexSet> sets, const RegexSet* word, bool newline, RegexWork& work);
  std::size_t bytes() const;

  std::uint32_t count() const { return static_cast<std::uint32_t>(kinds_.size()); }
  std::uint32_t of(char32_t c) const { return c < low_.size() ? low_[c] : class_[interval(c)]; }
  // kWord, kNewline; as build() was asked for them.
  std::uint32_t kind(std::uint32_t number) const { return kinds_[number]; }
  bool holds(int set, std::uint32_t number) const {
    const Members& members = members_[static_cast<std::size_t>(set)];
    if (members.count == 1) return number >= members.low && number <= members.high;
    return holds_one_of(members, number);
  }

 private:
  struct Members {
    std::uint32_t low = 1, high = 0;       // all of them, where they are one range
    std::uint32_t first = 0, count = 1;    // else those in ranges_
  };
  bool holds_one_of(const Members& members, std::uint32_t number) const;
  std::size_t interval(char32_t c) const;

  std::array<std::uint32_t, 256> low_{};
  std::vector<char32_t> starts_;            // of intervals
  std::vector<std::uint32_t> class_;        // by interval
  std::vector<std::uint32_t> kinds_;        // by class
  std::vector<Members> members_;            // by set
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;
};

class RegexProgram {
 public:
  enum class Op : std::uint8_t { set, split, jump, assertion, look, mark };
  // What a mark tells of, at its place in the text, of the node that is its `b`: where its group begins and ends, that a
  // round begins and forgets what earlier ones held, where what it refers to stands again. On the way otherwise nothing.
  enum class Mark : std::uint8_t { open, close, round, reference, reference_end };
  // A place is the number of an instruction, or of what would come after the last.
  struct Instruction {
    Op op;
    int a = 0, b = 0;  // set: its number; split, jump: where to; assertion: which; look: its number; mark: which, of what
  };
  // From `start` to `stop`, where it has matched.
  struct Part {
    int start = 0, stop = 0;
  };
  struct Look {
    Part part;
    bool ahead, negated;
  };

  RegexProgram(RegexTree tree, RegexWork& work);
  // That it takes, about.
  std::size_t bytes() const;

  const RegexTree& tree() const { return tree_; }
  const RegexNode& node(int at) const { return tree_.nodes[static_cast<std::size_t>(at)]; }
  std::span<const Instruction> code() const { return code_; }
  // Of a node; of one that is written out several times the last.
  Part part(int node) const { return parts_[static_cast<std::size_t>(node)]; }
  Part whole() const { return parts_[static_cast<std::size_t>(tree_.root)]; }
  std::span<const Look> looks() const { return looks_; }
  // Their numbers, inner ones before those that hold them.
  std::span<const int> look_order() const { return look_order_; }
  const RegexClasses& classes() const { return classes_; }
  // The instructions from which a place is reached without a character.
  std::span<const int> before(int place) const {
    const auto at = static_cast<std::size_t>(place);
    return std::span(before_).subspan(before_starts_[at], before_starts_[at + 1] - before_starts_[at]);
  }
  bool has_assertions() const { return has_assertions_; }
  // \1*, (a\1)*: which rounds are tried, and whether empty ones are, the marks do not tell.
  bool repeats_references() const { return repeats_references_; }
  // Whether a reference to what is `group` may stand for `text`.
  bool same_characters(std::string_view group, std::string_view text) const;
  // Nothing matches but at the beginning of the text.
  bool is_anchored() const { return is_anchored_; }
  std::size_t size() const { return code_.size() + 1; }

 private:
  void emit(int root);
  void find_predecessors();
  int push(Instruction instruction);
  Instruction& at(int place) { return code_[static_cast<std::size_t>(place)]; }
  int here() const { return static_cast<int>(code_.size()); }

  RegexTree tree_;
  std::vector<Instruction> code_;
  std::vector<Part> parts_;
  std::vector<Look> looks_;
  std::vector<int> look_nodes_, look_numbers_;  // by look, by node
  std::vector<int> look_order_;
  std::size_t steps_ = 0;                       // of emit()
  RegexClasses classes_;
  std::vector<std::uint32_t> before_starts_;
  std::vector<int> before_;
  bool repeats_references_ = false;
  bool has_assertions_ = false, is_anchored_ = false, needs_word_ = false, needs_newline_ = false;
};

}  // namespace functions
