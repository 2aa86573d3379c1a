#include "regex_program.h"

#include <algorithm>
#include <utility>

#include "types/utf8.h"

namespace functions {

// ---- classes of characters

std::size_t RegexClasses::interval(char32_t c) const {
  return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), c) - starts_.begin()) - 1;
}

bool RegexClasses::holds_one_of(const Members& members, std::uint32_t number) const {
  const auto begin = ranges_.begin() + members.first, end = begin + members.count;
  const auto after = std::upper_bound(begin, end, number, [](std::uint32_t n, const auto& range) { return n < range.first; });
  return after != begin && number <= (after - 1)->second;
}

void RegexClasses::build(std::span<const RegexSet> sets, const RegexSet* word, bool newline, RegexWork& work) {
  std::vector<const RegexSet*> all;
  for (const RegexSet& set : sets) all.push_back(&set);
  RegexSet line_end(U'\n');
  if (word != nullptr) all.push_back(word);
  if (newline) all.push_back(&line_end);

  starts_ = {0};
  for (const RegexSet* set : all) {
    for (const auto& [low, high] : set->ranges()) {
      starts_.push_back(low);
      if (high < RegexSet::kLast) starts_.push_back(high + 1);
    }
  }
  std::sort(starts_.begin(), starts_.end());
  starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());

  // One class is split by one set after the other: what lies in the set leaves its class for a new one.
  class_.assign(starts_.size(), 0);
  std::vector<std::uint32_t> split_into{0}, split_by{0};  // by class: the new one, and for which set
  auto each_interval = [&](const RegexSet& set, auto&& use) {
    for (const auto& [low, high] : set.ranges()) {
      const std::size_t first = interval(low);
      std::size_t i = first;
      for (; i < starts_.size() && starts_[i] <= high; ++i) use(i);
      work.spend(i - first + 4);
    }
  };
  for (std::uint32_t number = 0; number < all.size(); ++number) {
    each_interval(*all[number], [&](std::size_t i) {
      const std::uint32_t old = class_[i];
      if (split_by[old] != number + 1) {
        split_by[old] = number + 1;
        split_into[old] = static_cast<std::uint32_t>(split_into.size());
        split_into.push_back(0);
        split_by.push_back(0);
      }
      class_[i] = split_into[old];
    });
  }
  // Numbered by where they begin: a set's are few ranges then.
  std::vector<std::uint32_t> numbers(split_into.size(), UINT32_MAX);
  for (std::uint32_t& c : class_) {
    if (numbers[c] == UINT32_MAX) {
      numbers[c] = count();
      kinds_.push_back(0);
    }
    c = numbers[c];
  }
  std::vector<std::uint32_t> own;
  const std::size_t most_ranges = 4 * RegexTree::kMostRanges;
  auto classes_of = [&](const RegexSet& set) -> const std::vector<std::uint32_t>& {
    own.clear();
    each_interval(set, [&](std::size_t i) { own.push_back(class_[i]); });
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    return own;
  };
  for (const RegexSet& set : sets) {
    Members members{.first = static_cast<std::uint32_t>(ranges_.size())};
    for (const std::uint32_t c : classes_of(set)) {
      if (ranges_.size() > members.first && ranges_.back().second + 1 == c)
        ranges_.back().second = c;
      else
        ranges_.emplace_back(c, c);
    }
    const std::size_t count = ranges_.size() - members.first;
    if (count == 1) {
      std::tie(members.low, members.high) = ranges_.back();
      ranges_.pop_back();
    } else if (count > 1) {
      members.count = static_cast<std::uint32_t>(count);
    }
    if (ranges_.size() > most_ranges) RegexTree::too_complex();
    members_.push_back(members);
  }
  if (word != nullptr)
    for (const std::uint32_t c : classes_of(*word)) kinds_[c] |= kWord;
  if (newline)
    for (const std::uint32_t c : classes_of(line_end)) kinds_[c] |= kNewline;
  for (char32_t c = 0; c < low_.size(); ++c) low_[c] = class_[interval(c)];
}

// ---- the program

namespace {

template <typename T>
std::size_t regex_bytes_of(const std::vector<T>& vector) {
  return vector.capacity() * sizeof(T);
}

}  // namespace

std::size_t RegexClasses::bytes() const {
  return regex_bytes_of(starts_) + regex_bytes_of(class_) + regex_bytes_of(kinds_) + regex_bytes_of(members_) +
         regex_bytes_of(ranges_);
}

std::size_t RegexProgram::bytes() const {
  return sizeof(*this) + regex_bytes_of(tree_.nodes) + regex_bytes_of(code_) + regex_bytes_of(parts_) + regex_bytes_of(looks_) +
         regex_bytes_of(look_nodes_) + regex_bytes_of(look_numbers_) + regex_bytes_of(before_starts_) + regex_bytes_of(before_) +
         classes_.bytes();
}

RegexProgram::RegexProgram(RegexTree tree, RegexWork& work) : tree_(std::move(tree)) {
  // Parts with references are tried by a function that calls itself.
  constexpr int kHighestWithReferences = 2000;
  if (node(tree_.root).has_references && node(tree_.root).height > kHighestWithReferences) RegexTree::too_complex();
  parts_.resize(tree_.nodes.size());
  look_numbers_.assign(tree_.nodes.size(), -1);
  emit(tree_.root);
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    const int child = node(look_nodes_[i]).left;
    emit(child);
    looks_[i].part = part(child);
    look_order_.push_back(static_cast<int>(i));
  }
  std::sort(look_order_.begin(), look_order_.end(), [&](int a, int b) {
    return look_nodes_[static_cast<std::size_t>(a)] < look_nodes_[static_cast<std::size_t>(b)];
  });
  find_predecessors();
  int first = tree_.root;
  while (node(first).kind == RegexNode::Kind::sequence || node(first).kind == RegexNode::Kind::group) first = node(first).left;
  is_anchored_ = node(first).kind == RegexNode::Kind::assertion && node(first).assertion == RegexAssertion::text_begin;
  work.spend(code_.size() * 8 + tree_.nodes.size());
  classes_.build(tree_.sets, needs_word_ ? &tree_.letters->set(RegexClass::word) : nullptr, needs_newline_, work);
  tree_.forget_sets();
}

bool RegexProgram::same_characters(std::string_view group, std::string_view text) const {
  if (!tree_.ignores_case) return group == text;
  std::size_t a = 0, b = 0;
  while (a < group.size() && b < text.size()) {
    const char32_t x = types::utf8_next(group, a), y = types::utf8_next(text, b);
    if (x != y && tree_.letters->lower(x) != tree_.letters->lower(y)) return false;
  }
  return a == group.size() && b == text.size();
}

int RegexProgram::push(Instruction instruction) {
  if (code_.size() >= RegexTree::kMostParts / 2) RegexTree::too_complex();
  code_.push_back(instruction);
  return here() - 1;
}

// Nests may be deeper than a thread's stack.
void RegexProgram::emit(int root) {
  using Kind = RegexNode::Kind;
  struct Frame {
    int node;
    bool is_copy;       // for a reference: without assertions, and not what part() tells of
    bool is_silent;     // without marks: a copy, or rounds of which nothing is told
    int start;
    int stage = 0;
    int rounds = 0;     // of a repeat, that are written
    int open = -1;      // the last instruction that waits for the end, linked by `b`; a jump of alternatives, a split
  };
  std::vector<Frame> stack{{root, false, false, here()}};
  while (!stack.empty()) {
    if (++steps_ > 4 * RegexTree::kMostParts) RegexTree::too_complex();
    Frame& frame = stack.back();
    const RegexNode& n = node(frame.node);
    int child = -1;
    const auto mark = [&](Mark which) {
      if (!frame.is_silent) push({Op::mark, static_cast<int>(which), frame.node});
    };
    switch (n.kind) {
      case Kind::empty:
        break;
      case Kind::set:
        push({Op::set, n.number});
        break;
      case Kind::assertion:
        if (frame.is_copy) break;
        push({Op::assertion, static_cast<int>(n.assertion)});
        has_assertions_ = true;
        needs_newline_ |= n.assertion == RegexAssertion::line_begin || n.assertion == RegexAssertion::line_end;
        needs_word_ |= n.assertion >= RegexAssertion::word_begin;
        break;
      case Kind::look: {
        if (frame.is_copy) break;
        int& number = look_numbers_[static_cast<std::size_t>(frame.node)];
        if (number < 0) {
          number = static_cast<int>(looks_.size());
          looks_.push_back({{}, n.ahead, n.negated});
          look_nodes_.push_back(frame.node);
        }
        push({Op::look, number});
        break;
      }
      case Kind::group:
      case Kind::reference: {
        const bool is_group = n.kind == Kind::group;
        if (frame.stage++ == 0) {
          mark(is_group ? Mark::open : Mark::reference);
          child = n.left;
        } else {
          mark(is_group ? Mark::close : Mark::reference_end);
        }
        break;
      }
      case Kind::sequence:
        if (frame.stage < 2) child = frame.stage++ == 0 ? n.left : n.right;
        break;
      case Kind::alternatives:
        if (frame.stage == 0) {
          frame.open = push({Op::split, here() + 1});
          child = n.left;
        } else if (frame.stage == 1) {
          const int jump = push({Op::jump});
          at(std::exchange(frame.open, jump)).b = here();
          child = n.right;
        } else {
          at(frame.open).a = here();
        }
        ++frame.stage;
        break;
      case Kind::repeat: {
        const auto begin_round = [&] {
          if (n.has_groups()) mark(Mark::round);
          child = n.left;
        };
        repeats_references_ |= n.has_references && !(n.least == 1 && n.most == 1);
        if (frame.rounds < n.least) {
          ++frame.rounds;
          begin_round();
        } else if (n.most == RegexNode::kUnbounded) {
          if (frame.stage++ == 0) {
            frame.open = push({Op::split, here() + 1});
            begin_round();
          } else {
            push({Op::jump, frame.open});
            at(frame.open).b = here();
          }
        } else if (frame.rounds < n.most) {
          ++frame.rounds;
          frame.open = push({Op::split, here() + 1, frame.open});
          begin_round();
        } else {
          while (frame.open >= 0) frame.open = std::exchange(at(frame.open).b, here());
        }
        break;
      }
    }
    if (child >= 0) {
      const bool is_copy = frame.is_copy || n.kind == Kind::reference;
      const bool is_silent = is_copy || frame.is_silent || (n.kind == Kind::repeat && !n.has_groups() && !n.has_references);
      stack.push_back({child, is_copy, is_silent, here()});
      continue;
    }
    if (!frame.is_copy) parts_[static_cast<std::size_t>(frame.node)] = {frame.start, here()};
    stack.pop_back();
  }
}

void RegexProgram::find_predecessors() {
  auto each = [&](auto&& use) {
    for (int i = 0; i < here(); ++i) {
      const Instruction& instruction = at(i);
      switch (instruction.op) {
        case Op::set:
          break;
        case Op::split:
          use(instruction.a, i);
          if (instruction.b != instruction.a) use(instruction.b, i);
          break;
        case Op::jump:
          use(instruction.a, i);
          break;
        case Op::assertion:
        case Op::look:
        case Op::mark:
          use(i + 1, i);
          break;
      }
    }
  };
  before_starts_.assign(code_.size() + 2, 0);
  each([&](int to, int) { ++before_starts_[static_cast<std::size_t>(to) + 1]; });
  for (std::size_t i = 1; i < before_starts_.size(); ++i) before_starts_[i] += before_starts_[i - 1];
  before_.resize(before_starts_.back());
  std::vector<std::uint32_t> next(before_starts_.begin(), before_starts_.end() - 1);
  each([&](int to, int from) { before_[next[static_cast<std::size_t>(to)]++] = from; });
}

}  // namespace functions
