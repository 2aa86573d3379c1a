// What the groups of a match hold.
#include <algorithm>
#include <limits>

#include "regex_run.h"
#include "types/utf8.h"

namespace functions {

// ---- without references: a part that fits can be divided, and there is one answer

// Whether there is but one way, which tells.
bool RegexRun::tells_match(std::size_t begin, std::size_t end) {
  if (!paths_.is_usable()) return false;
  const RegexPaths::Answer answer = paths_.tell(text_, begin, end, *spans_);
  step(end - begin + paths_.take_work());
  if (answer == RegexPaths::Answer::told) return true;
  std::fill(spans_->begin() + 1, spans_->end(), std::nullopt);
  return false;
}

// The node matches [begin, end]. Nests may be deeper than a thread's stack.
void RegexRun::tell_groups(int root, std::size_t root_begin, std::size_t root_end) {
  tasks_.push_back({root, root_begin, root_end});
  while (!tasks_.empty()) {
    const auto [at, begin, end] = tasks_.back();
    tasks_.pop_back();
    const RegexNode& n = node(at);
    if (!n.has_groups()) continue;
    switch (n.kind) {
      case Kind::group:
        (*spans_)[static_cast<std::size_t>(n.number)] = RegexSpan{begin, end};
        tasks_.push_back({n.left, begin, end});
        break;
      case Kind::alternatives:
        tasks_.push_back({fits(n.left, begin, end) ? n.left : n.right, begin, end});
        break;
      case Kind::sequence:
        tell_sequence(at, begin, end);
        break;
      case Kind::repeat:
        if (n.least == 1 && n.most == 1)
          tasks_.push_back({n.left, begin, end});
        else if (const auto last = last_round(n, begin, end))
          tasks_.push_back({n.left, *last, end});
        break;
      default:
        break;
    }
  }
}

// All parts that follow each other, down to the last that has groups: reading backward once tells for each of them where
// those behind it can begin.
void RegexRun::tell_sequence(int at, std::size_t begin, std::size_t end) {
  std::vector<int> spine;
  const int stop = program_.part(at).stop;
  for (; node(at).kind == Kind::sequence && node(at).has_groups(); at = node(at).right) spine.push_back(at);
  const auto start_behind = [&](int sequence) { return program_.part(node(sequence).right).start; };

  for (std::size_t first = 0; first < spine.size();) {
    constexpr std::size_t kMostBits = std::size_t{1} << 28;
    const std::size_t positions = end - begin + 1;
    const std::size_t count = std::min(spine.size() - first, std::max<std::size_t>(1, kMostBits / positions));
    const auto block = spine.begin() + static_cast<std::ptrdiff_t>(first);
    const auto block_end = block + static_cast<std::ptrdiff_t>(count);
    std::vector<Positions> behind(count, {begin, std::vector<bool>(positions)});
    each_begin({start_behind(*block), stop}, begin, end, false, [&](std::size_t place, const Alive& alive) {
      for (const int p : alive.places) {
        auto owner = std::lower_bound(block, block_end, p, [&](int sequence, int q) { return start_behind(sequence) < q; });
        for (; owner != block_end && start_behind(*owner) == p; ++owner)
          behind[static_cast<std::size_t>(owner - block)].bits[place - begin] = true;
      }
    });
    for (std::size_t i = 0; i < count; ++i) {
      const int left = node(spine[first + i]).left;
      const bool shortest = node(left).preference == RegexPreference::shortest;
      std::optional<std::size_t> middle;
      each_end(program_.part(left), begin, end, [&](std::size_t e) {
        if (!behind[i].has(e)) return true;
        middle = e;
        return !shortest;
      });
      if (!middle) return;
      tasks_.push_back({left, begin, *middle});
      begin = *middle;
    }
    first += count;
  }
  tasks_.push_back({at, begin, end});
}

// Where the last round of a repeat begins, if there is one. No round is empty where there is something to match; of nothing
// there is one round where it can match nothing, but none of what would rather be short.
//
// The text is read backward, each place of the round's program with the best that can come of it: of an unbounded repeat
// the end that the round prefers, of another the number of rounds up to the end.
std::optional<std::size_t> RegexRun::last_round(const RegexNode& n, std::size_t begin, std::size_t end) {
  const bool shortest = node(n.left).preference == RegexPreference::shortest;
  if (begin == end) {
    if (shortest || !fits(n.left, begin, begin)) return std::nullopt;
    return begin;
  }
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  const std::size_t first = begin;
  const bool unbounded = n.most == RegexNode::kUnbounded;
  const Part round = program_.part(n.left);
  std::vector<std::uint32_t> best(end - begin + 1, kNone);  // by where a round begins
  struct Move {
    int place;
    std::uint32_t value;
  };
  std::vector<Move> moves;  // the best first; so are the places of an Alive
  for (std::size_t at = end;;) {
    step(moves.size());
    const RegexContext context = context_at(at);
    const auto follow_all = [&] {
      next_->next_round();
      for (const Move& move : moves) follow_back(*next_, move.place, round, at, context, move.value);
    };
    follow_all();
    std::uint32_t& own = best[at - first];
    if (next_->has(round.start)) {
      const auto start = std::find(next_->places.begin(), next_->places.end(), round.start) - next_->places.begin();
      own = next_->values[static_cast<std::size_t>(start)] + (unbounded ? 0 : 1);
    } else if (at == end) {
      own = unbounded ? static_cast<std::uint32_t>(end) : 0;
    }
    if (own != kNone) {  // a round may end here
      const Move exit{round.stop, unbounded ? static_cast<std::uint32_t>(at) : own};
      const bool more_is_better = unbounded && !shortest;
      moves.insert(std::find_if(moves.begin(), moves.end(),
                                [&](const Move& move) {
                                  return more_is_better ? move.value < exit.value : move.value > exit.value;
                                }),
                   exit);
      follow_all();
    }
    if (at == begin) break;
    std::size_t before;
    const std::uint32_t c = class_before(at, before);
    moves.clear();
    for (std::size_t i = 0; i < next_->places.size(); ++i) {
      const int from = next_->places[i] - 1;
      if (from < round.start) continue;
      const RegexProgram::Instruction& instruction = program_.code()[static_cast<std::size_t>(from)];
      if (instruction.op == Op::set && program_.classes().holds(instruction.a, c)) moves.push_back({from, next_->values[i]});
    }
    at = before;
  }

  if (unbounded) {
    for (;;) {
      const std::uint32_t next = best[begin - first];
      if (next == kNone) return std::nullopt;
      if (next == end) return begin;
      begin = next;
    }
  }
  for (auto left = static_cast<std::uint32_t>(n.most); left > 0; --left) {
    std::optional<std::size_t> next;
    each_end(round, begin, end, [&](std::size_t e) {
      if (e == begin || best[e - first] == kNone || best[e - first] >= left) return true;
      next = e;
      return !shortest;
    });
    if (!next) return std::nullopt;
    if (*next == end) return begin;
    begin = *next;
  }
  return std::nullopt;
}

// ---- with references: a part that fits so far may turn out not to

void RegexRun::forget_groups(const RegexNode& n) {
  for (int group = n.first_group; group <= n.last_group; ++group) (*spans_)[static_cast<std::size_t>(group)].reset();
}

// Whether the node, taken for what its references could hold, can be divided so that they hold it; groups tell how then.
// The caller has seen that it fits. Of one span of text there is one answer: what comes behind does not ask for another.
bool RegexRun::divides(int at, std::size_t begin, std::size_t end) {
  const RegexNode& n = node(at);
  if (!n.has_references) {
    forget_groups(n);
    tell_groups(at, begin, end);
    return true;
  }
  step(1);
  switch (n.kind) {
    case Kind::group:
      if (!divides(n.left, begin, end)) return false;
      (*spans_)[static_cast<std::size_t>(n.number)] = RegexSpan{begin, end};
      return true;
    case Kind::reference:
      return repeats_reference(n, 1, 1, begin, end);
    case Kind::alternatives: {
      int choice = at;
      for (; node(choice).kind == Kind::alternatives; choice = node(choice).right)
        if (fits(node(choice).left, begin, end) && divides(node(choice).left, begin, end)) return true;
      return fits(choice, begin, end) && divides(choice, begin, end);
    }
    case Kind::sequence:
      return divides_sequence(n, begin, end);
    case Kind::repeat:
      return divides_repeat(n, begin, end);
    default:
      return true;
  }
}

bool RegexRun::divides_sequence(const RegexNode& n, std::size_t begin, std::size_t end) {
  std::vector<std::size_t> middles;
  {
    std::vector<bool> behind(end - begin + 1);
    const Part right = program_.part(n.right);
    each_begin(right, begin, end, false, [&](std::size_t at, const Alive& alive) {
      if (alive.has(right.start)) behind[at - begin] = true;
    });
    each_end(program_.part(n.left), begin, end, [&](std::size_t e) {
      if (behind[e - begin]) middles.push_back(e);
      return true;
    });
  }
  if (node(n.left).preference != RegexPreference::shortest) std::reverse(middles.begin(), middles.end());
  for (const std::size_t middle : middles) {
    if (divides(n.left, begin, middle) && divides(n.right, middle, end)) return true;
    forget_groups(n);
  }
  return false;
}

bool RegexRun::divides_repeat(const RegexNode& n, std::size_t begin, std::size_t end) {
  const RegexNode& child = node(n.left);
  if (child.kind == Kind::reference) return repeats_reference(child, n.least, n.most, begin, end);
  if (n.least == 1 && n.most == 1) return divides(n.left, begin, end);
  const bool shortest = child.preference == RegexPreference::shortest;
  if (shortest && n.least == 0 && begin == end) return true;
  const Part round = program_.part(n.left);
  const auto least = static_cast<std::size_t>(std::max(n.least, 1));
  std::size_t most = types::utf8_length(text_.substr(begin, end - begin));
  if (n.most != RegexNode::kUnbounded) most = std::min(most, static_cast<std::size_t>(n.most));
  most = std::max(most, least);
  // An empty round is one more only where the rest has too few characters for the rounds that there must be.
  const auto may_be_empty = [&](std::size_t k, std::size_t at) {
    return k < least && least - k >= types::utf8_length(text_.substr(at, end - at));
  };
  const auto step_back = [&](std::size_t at) {
    std::size_t before;
    class_before(at, before);
    return before;
  };

  std::vector<std::size_t> ends{begin};  // of rounds
  std::size_t verified = 0;
  std::size_t k = 1, limit = shortest ? begin : end;
  while (k > 0) {
    // The k-th round: the longest up to `limit`, or the shortest from there on.
    bool goes_on = true;
    if (shortest) {
      if (limit == ends[k - 1] && limit != end && !may_be_empty(k, limit)) class_at(limit, limit);
      if (k >= most) limit = end;
    }
    std::optional<std::size_t> found;
    each_end(round, ends[k - 1], shortest ? end : limit, [&](std::size_t e) {
      if (shortest && e < limit) return true;
      found = e;
      return !shortest;
    });
    if (ends.size() <= k) ends.resize(k + 1);
    if (!found) {
      --k;
    } else {
      ends[k] = *found;
      verified = std::min(verified, k - 1);
      if (*found != end) {
        if (k >= most)
          --k;
        else if (shortest || *found != ends[k - 1] || may_be_empty(k, *found)) {
          ++k;
          limit = shortest ? ends[k - 1] : end;
          goes_on = false;
        }
      } else if (k >= least) {
        while (verified < k) {
          forget_groups(child);
          if (!divides(n.left, ends[verified], ends[verified + 1])) break;
          ++verified;
        }
        if (verified == k) return true;
      }
    }
    if (!goes_on) continue;
    // The last round that can be another.
    for (; k > 0; --k) {
      if (shortest) {
        if (ends[k] >= end) continue;
        class_at(ends[k], limit);
        break;
      }
      if (ends[k] <= ends[k - 1]) continue;
      limit = step_back(ends[k]);
      if (limit > ends[k - 1] || may_be_empty(k, ends[k - 1])) break;
    }
  }
  return !shortest && n.least == 0 && begin == end;
}

bool RegexRun::repeats_reference(const RegexNode& reference, int least, int most, std::size_t begin, std::size_t end) {
  const auto& group = (*spans_)[static_cast<std::size_t>(reference.number)];
  if (!group) return false;
  if (group->begin == group->end) return begin == end;
  if (begin == end) return least == 0;
  const std::string_view held = text_.substr(group->begin, group->end - group->begin);
  const std::size_t characters = types::utf8_length(held);
  int rounds = 0;
  for (std::size_t at = begin; at < end; ++rounds) {
    step(held.size());
    // Another case may take another number of bytes.
    const std::string_view rest = text_.substr(at, end - at);
    const std::size_t size = types::utf8_prefix(rest, characters);
    if (!program_.same_characters(held, rest.substr(0, size))) return false;
    at += size;
  }
  return rounds >= least && (most == RegexNode::kUnbounded || rounds <= most);
}

bool RegexRun::find_with_references(std::size_t from, Spans& spans) {
  const int root = program_.tree().root;
  const bool shortest = node(root).preference == RegexPreference::shortest;
  for (;;) {
    all_ends_from(from);
    if (ends_.empty()) {
      std::size_t not_before, first_end;
      if (!reaches(from, not_before, first_end)) return false;
      if (!dfa_.is_usable()) not_before = leftmost(from, false)->begin;
      if (not_before > from) {
        from = not_before;
        continue;
      }
    }
    if (!shortest) std::reverse(ends_.begin(), ends_.end());
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      const std::size_t end = ends_[i];
      RegexPaths::Answer answer = RegexPaths::Answer::unclear;
      if (paths_.is_usable()) {
        answer = paths_.tell(text_, from, end, spans);
        step(end - from + paths_.take_work());
      }
      if (answer == RegexPaths::Answer::impossible) continue;
      if (answer == RegexPaths::Answer::unclear) {
        std::fill(spans.begin(), spans.end(), std::nullopt);
        if (!divides(root, from, end)) continue;
      }
      spans[0] = RegexSpan{from, end};
      return true;
    }
    if (from == text_.size()) return false;
    class_at(from, from);
  }
}

}  // namespace functions
