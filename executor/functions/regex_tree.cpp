#include "regex_tree.h"

#include <algorithm>

namespace functions {

int RegexTree::add(RegexNode node) {
  nodes.push_back(node);
  return static_cast<int>(nodes.size()) - 1;
}

int RegexTree::set(std::string pattern) {
  const auto found = std::find(sets.begin(), sets.end(), pattern);
  RegexNode node{.kind = Kind::set, .number = static_cast<int>(found - sets.begin())};
  if (found == sets.end()) sets.push_back(std::move(pattern));
  return add(node);
}

int RegexTree::assertion(RegexAssertion which) { return add({.kind = Kind::assertion, .assertion = which}); }

int RegexTree::sequence(int left, int right) {
  const RegexNode &a = nodes[left], &b = nodes[right];
  if (a.kind == Kind::empty) return right;
  if (b.kind == Kind::empty) return left;
  return add({.kind = Kind::sequence,
              .preference = a.preference != RegexPreference::none ? a.preference : b.preference,
              .has_groups = a.has_groups || b.has_groups,
              .left = left,
              .right = right});
}

int RegexTree::alternatives(int left, int right) {
  return add({.kind = Kind::alternatives,
              .preference = RegexPreference::longest,
              .has_groups = nodes[left].has_groups || nodes[right].has_groups,
              .left = left,
              .right = right});
}

int RegexTree::group(int child, int number) {
  return add({.kind = Kind::group, .preference = nodes[child].preference, .has_groups = true, .left = child, .number = number});
}

int RegexTree::look(int child, bool ahead, bool negated) {
  return add({.kind = Kind::look, .ahead = ahead, .negated = negated, .left = child});
}

int RegexTree::repeat(int child, int least, int most, bool longest, bool exact) {
  if (exact && least == 1) return child;
  if (most == 0) return add({});
  RegexNode node{.kind = Kind::repeat,
                 .preference = exact ? nodes[child].preference : longest ? RegexPreference::longest : RegexPreference::shortest,
                 .has_groups = nodes[child].has_groups,
                 .left = child,
                 .least = least,
                 .most = most};
  if (!node.has_groups || least == 0 || (least == 1 && most == 1)) return add(node);
  // Groups tell of the last round alone: x{m,n} is x{m-1,n-1}x, and of the first part nothing is told.
  node.has_groups = false;
  --node.least;
  if (node.most != RegexNode::kUnbounded) --node.most;
  const int before = node.most == 0 ? add({}) : add(node);
  return sequence(before, child);
}

bool RegexTree::first_is_longest() const { return is_chain(root, true, true); }

int RegexTree::fixed_length(int at) const {
  const RegexNode& node = nodes[at];
  switch (node.kind) {
    case Kind::empty:
      return 0;
    case Kind::set:
      return 1;
    case Kind::group:
      return fixed_length(node.left);
    case Kind::sequence: {
      const int a = fixed_length(node.left), b = fixed_length(node.right);
      return a < 0 || b < 0 ? -1 : a + b;
    }
    case Kind::alternatives: {
      const int a = fixed_length(node.left);
      return a == fixed_length(node.right) ? a : -1;
    }
    case Kind::repeat: {
      const int a = fixed_length(node.left);
      return a < 0 || node.least != node.most ? -1 : a * node.least;
    }
    default:
      return -1;
  }
}

// A sequence of characters, sets, and unbounded repeats of sets that take what they can: where one stops, the next would
// have to go on with the same characters, so taking fewer never leads further.
bool RegexTree::is_chain(int at, bool first, bool last) const {
  const RegexNode& node = nodes[at];
  if (fixed_length(at) >= 0) return true;
  switch (node.kind) {
    case Kind::assertion:
      return first || last;
    case Kind::group:
      return is_chain(node.left, first, last);
    case Kind::sequence:
      return is_chain(node.left, first, false) && is_chain(node.right, false, last);
    case Kind::repeat:
      return nodes[node.left].kind == Kind::set && node.most == RegexNode::kUnbounded &&
             node.preference == RegexPreference::longest;
    default:
      return false;
  }
}

}  // namespace functions
