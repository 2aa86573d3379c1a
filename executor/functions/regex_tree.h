// A regular expression as a tree, with what the rules of regex_run.h need to know of its parts.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "regex_letters.h"
#include "regex_set.h"

namespace functions {

enum class RegexAssertion : std::uint8_t {
  text_begin, text_end, line_begin, line_end, word_begin, word_end, word_edge, no_word_edge,
};

// Which of its possible matches an expression takes. `none`: it has no say.
enum class RegexPreference : std::uint8_t { none, longest, shortest };

struct RegexNode {
  enum class Kind : std::uint8_t { empty, set, assertion, sequence, alternatives, repeat, group, look, reference };
  Kind kind = Kind::empty;
  RegexPreference preference = RegexPreference::none;
  RegexAssertion assertion = RegexAssertion::text_begin;
  bool is_mixed = false;              // parts of it prefer the longest, others the shortest
  bool has_references = false;        // \1
  bool ahead = true, negated = false; // look
  int left = -1, right = -1;          // nodes; one child is `left`; of a reference what its group holds
  int number = 0;                     // of the set, or of the group that it is or refers to
  int least = 0, most = kUnbounded;   // repeat
  int first_group = 0, last_group = -1;  // those within
  int height = 0;                        // of the tree below
  int told_height = 0;                   // how often groups within have to be found within something found
  static constexpr int kUnbounded = -1;

  bool has_groups() const { return first_group <= last_group; }
  // Nothing within has a say of its own.
  bool is_plain() const { return !is_mixed && !has_references && !has_groups(); }
};

struct RegexTree {
  using Kind = RegexNode::Kind;

  // Of a tree, and of a program where what is repeated is written out. PostgreSQL, too, has an end here.
  static constexpr std::size_t kMostParts = 500'000;
  static constexpr int kMostToldHeight = 10'000;
  static constexpr std::size_t kMostRanges = 1'000'000;
  [[noreturn]] static void too_complex();  // SqlError 2201B

  std::vector<RegexNode> nodes;  // children before parents
  std::vector<RegexSet> sets;    // each once
  int root = -1;
  int groups = 0;
  bool ignores_case = false;  // how references compare
  const RegexLetters* letters = nullptr;

  int add(RegexNode node);
  // The number of a normalized set; set() is a node.
  int number_of(RegexSet set);
  int set(int number);
  // They are classes of a program by now.
  void forget_sets();
  int assertion(RegexAssertion which);
  int sequence(int left, int right);
  // One after the other: neighbours that are plain and want the same are one part, which takes what it takes as a whole.
  int sequence(const std::vector<int>& parts);
  int alternatives(int left, int right);
  int group(int child, int number);
  int look(int child, bool ahead, bool negated);
  int reference(int child, int number);
  // (?:\1): a quantifier behind it is of the parenthesis, not of the reference.
  int once(int child);
  // `exact`: {m}, which has no preference of its own.
  int repeat(int child, int least, int most, bool longest, bool exact);

 private:
  int chain(const std::vector<int>& parts);
  void take_over(RegexNode& node, int child) const;

  std::unordered_multimap<std::size_t, int> set_numbers_;  // by hash
  std::size_t ranges_ = 0;                                 // of all sets
};

}  // namespace functions
