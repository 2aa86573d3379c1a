// Where a match of a regular expression ends, and what its groups hold, by POSIX's rules as PostgreSQL has them.
//
// Of the matches at the earliest place the whole expression takes the longest, or the shortest where its first quantifier
// that can choose is non-greedy. Within that, parts take theirs from left to right: each the longest (shortest) with which
// the rest can still match up to the end; of alternatives the first that fits. A backtracking matcher, which takes what it
// finds first, answers 'a' for 'ab' ~ 'a|ab'.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "regex_tree.h"

namespace functions {

class RegexLongest {
 public:
  // Units of UTF-16.
  struct Span {
    std::size_t begin, end;
  };

  // The tree has no references. SqlError 2201B when it is too large.
  explicit RegexLongest(RegexTree tree);
  ~RegexLongest();
  RegexLongest(const RegexLongest&) = delete;
  RegexLongest& operator=(const RegexLongest&) = delete;

  // Whether there is a match at or after `from`. Not thread-safe, as nothing here is.
  // Time: the length of the text times the size of the expression, whatever they are.
  bool matches(std::u16string_view text, std::size_t from);

  // The first match at or after `from`; spans[0] is all of it. False when there is none.
  // Time: as matches(), times the number of places that a match, or with groups a part of it, could begin at.
  bool find(std::u16string_view text, std::size_t from, std::vector<std::optional<Span>>& spans);

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace functions
