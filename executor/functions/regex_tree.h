// A regular expression as a tree: what regex_longest.h needs to find where a match ends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace functions {

enum class RegexAssertion : std::uint8_t {
  text_begin, text_end, line_begin, line_end, word_begin, word_end, word_edge, no_word_edge,
};

// Which of its possible matches an expression takes. `none`: they are all of one length.
enum class RegexPreference : std::uint8_t { none, longest, shortest };

struct RegexNode {
  enum class Kind : std::uint8_t { empty, set, assertion, sequence, alternatives, repeat, group, look };
  Kind kind = Kind::empty;
  RegexPreference preference = RegexPreference::none;
  RegexAssertion assertion = RegexAssertion::text_begin;
  bool has_groups = false;            // that a match reports
  bool ahead = true, negated = false; // look
  int left = -1, right = -1;          // nodes; one child is `left`
  int number = 0;                     // of the set or the group
  int least = 0, most = kUnbounded;   // repeat
  static constexpr int kUnbounded = -1;
};

struct RegexTree {
  using Kind = RegexNode::Kind;

  std::vector<RegexNode> nodes;  // children before parents
  std::vector<std::string> sets; // as ICU writes them, "[a-z]"
  std::string word;              // the set of a word's letters
  int root = -1;
  int groups = 0;
  bool has_references = false;   // \1: no tree for those

  int add(RegexNode node);
  int set(std::string pattern);
  int assertion(RegexAssertion which);
  int sequence(int left, int right);
  int alternatives(int left, int right);
  int group(int child, int number);
  int look(int child, bool ahead, bool negated);
  // `exact`: {m}, which has no preference of its own.
  int repeat(int child, int least, int most, bool longest, bool exact);

  // Whether a matcher that tries alternatives in order and takes the first success finds what the rules of
  // regex_longest.h do: no choice before the end could make a match longer.
  bool first_is_longest() const;

 private:
  bool is_chain(int node, bool first, bool last) const;
  int fixed_length(int node) const;  // -1 when it is not
};

}  // namespace functions
