#include "regex_tree.h"

#include <algorithm>
#include <utility>

#include "types/sql_error.h"

namespace functions {

void RegexTree::too_complex() {
  throw types::SqlError("2201B", "invalid regular expression: regular expression is too complex");
}

int RegexTree::add(RegexNode node) {
  if (nodes.size() >= kMostParts) too_complex();
  nodes.push_back(node);
  return static_cast<int>(nodes.size()) - 1;
}

// What parents know of their children; their numbers ascend, so that those within are a range.
void RegexTree::take_over(RegexNode& node, int at) const {
  const RegexNode& child = nodes[static_cast<std::size_t>(at)];
  node.is_mixed |= child.is_mixed || (node.preference != RegexPreference::none && child.preference != RegexPreference::none &&
                                      node.preference != child.preference);
  node.has_references |= child.has_references;
  node.height = std::max(node.height, child.height + 1);
  // Of a repeat the last round has to be found, of a sequence where its parts end: of all those that follow at once.
  const bool is_found = node.kind == Kind::repeat ||
                        (node.kind == Kind::sequence && (at == node.left || child.kind != Kind::sequence));
  node.told_height = std::max(node.told_height, child.told_height + (child.has_groups() && is_found ? 1 : 0));
  if (node.told_height > kMostToldHeight) too_complex();
  if (!child.has_groups()) return;
  node.first_group = node.has_groups() ? std::min(node.first_group, child.first_group) : child.first_group;
  node.last_group = std::max(node.last_group, child.last_group);
}

int RegexTree::number_of(RegexSet set) {
  std::size_t hash = 0;
  for (const auto& [low, high] : set.ranges()) hash = (hash ^ low ^ (std::size_t{high} << 32)) * 0x9e3779b97f4a7c15U;
  const auto [begin, end] = set_numbers_.equal_range(hash);
  for (auto known = begin; known != end; ++known)
    if (sets[static_cast<std::size_t>(known->second)] == set) return known->second;
  if ((ranges_ += set.ranges().size() + 1) > kMostRanges) too_complex();
  const int number = static_cast<int>(sets.size());
  sets.push_back(std::move(set));
  set_numbers_.emplace(hash, number);
  return number;
}

void RegexTree::forget_sets() {
  sets = {};
  set_numbers_ = {};
}

int RegexTree::set(int number) { return add({.kind = Kind::set, .number = number}); }

int RegexTree::assertion(RegexAssertion which) { return add({.kind = Kind::assertion, .assertion = which}); }

int RegexTree::sequence(int left, int right) {
  const RegexNode &a = nodes[static_cast<std::size_t>(left)], &b = nodes[static_cast<std::size_t>(right)];
  if (a.kind == Kind::empty) return right;
  if (b.kind == Kind::empty) return left;
  RegexNode node{.kind = Kind::sequence,
                 .preference = a.preference != RegexPreference::none ? a.preference : b.preference,
                 .left = left,
                 .right = right};
  take_over(node, left);
  take_over(node, right);
  return add(node);
}

int RegexTree::chain(const std::vector<int>& parts) {
  if (parts.empty()) return add({});
  int result = parts.back();
  for (auto part = parts.rbegin() + 1; part != parts.rend(); ++part) result = sequence(*part, result);
  return result;
}

int RegexTree::sequence(const std::vector<int>& parts) {
  std::vector<int> items, run;
  RegexPreference wanted = RegexPreference::none;
  auto end_run = [&] {
    if (!run.empty()) items.push_back(chain(run));
    run.clear();
    wanted = RegexPreference::none;
  };
  for (const int part : parts) {
    const RegexNode& node = nodes[static_cast<std::size_t>(part)];
    const RegexPreference own = node.preference;
    if (node.is_plain() && (own == wanted || own == RegexPreference::none || wanted == RegexPreference::none)) {
      if (own != RegexPreference::none) wanted = own;
      run.push_back(part);
    } else {
      end_run();
      items.push_back(part);
    }
  }
  end_run();
  return chain(items);
}

int RegexTree::alternatives(int left, int right) {
  RegexNode node{.kind = Kind::alternatives, .preference = RegexPreference::longest, .left = left, .right = right};
  take_over(node, left);
  take_over(node, right);
  return add(node);
}

int RegexTree::group(int child, int number) {
  RegexNode node{.kind = Kind::group, .preference = nodes[static_cast<std::size_t>(child)].preference, .left = child, .number = number};
  take_over(node, child);
  node.first_group = number;
  node.last_group = std::max(node.last_group, number);
  return add(node);
}

int RegexTree::look(int child, bool ahead, bool negated) {
  return add({.kind = Kind::look, .ahead = ahead, .negated = negated, .left = child});
}

int RegexTree::reference(int child, int number) {
  return add({.kind = Kind::reference, .has_references = true, .left = child, .number = number});
}

int RegexTree::once(int child) {
  RegexNode node{.kind = Kind::repeat, .left = child, .least = 1, .most = 1};
  take_over(node, child);
  return add(node);
}

int RegexTree::repeat(int child, int least, int most, bool longest, bool exact) {
  if (exact && least == 1) return child;
  if (most == 0) return add({});
  const RegexPreference inner = nodes[static_cast<std::size_t>(child)].preference;
  RegexNode node{.kind = Kind::repeat,
                 .preference = exact ? inner : longest ? RegexPreference::longest : RegexPreference::shortest,
                 .left = child,
                 .least = least,
                 .most = most};
  take_over(node, child);
  if (!node.has_groups() || node.has_references || least == 0 || (least == 1 && most == 1)) return add(node);
  // Groups tell of the last round alone: x{m,n} is x{m-1,n-1}x, and of the first part nothing is told.
  node.first_group = 0;
  node.last_group = -1;
  --node.least;
  if (node.most != RegexNode::kUnbounded) --node.most;
  const int before = node.most == 0 ? add({}) : add(node);
  return sequence(before, child);
}

}  // namespace functions
