#include "regex_longest.h"

#include <array>
#include <deque>
#include <set>
#include <unordered_map>

#include <unicode/uset.h>
#include <unicode/utf16.h>

#include "types/sql_error.h"

namespace functions {

struct RegexLongest::Machine {
  using Kind = RegexNode::Kind;
  using Text = std::u16string_view;

  // Which characters a set holds; those of Latin-1 by a table.
  class Characters {
   public:
    explicit Characters(const std::string& pattern) {
      std::u16string source(pattern.begin(), pattern.end());  // ICU's syntax is ASCII here
      UErrorCode code = U_ZERO_ERROR;
      set_ = uset_openPatternOptions(reinterpret_cast<const UChar*>(source.data()), static_cast<std::int32_t>(source.size()), 0, &code);
      if (U_FAILURE(code))
        throw types::SqlError("2201B", std::string("invalid regular expression: ") + u_errorName(code));
      uset_freeze(set_);
      for (UChar32 c = 0; c < 256; ++c) low_[static_cast<std::size_t>(c)] = uset_contains(set_, c) != 0;
    }
    ~Characters() { uset_close(set_); }
    Characters(const Characters&) = delete;
    Characters& operator=(const Characters&) = delete;

    bool contains(char32_t c) const { return c < 256 ? low_[c] : uset_contains(set_, static_cast<UChar32>(c)) != 0; }

   private:
    USet* set_ = nullptr;
    std::array<bool, 256> low_{};
  };

  struct Instruction {
    enum class Op : std::uint8_t { set, split, jump, assertion, look, accept };
    Op op;
    int a = 0, b = 0;  // set: its number; split, jump: where to; assertion, look: the node
  };
  using Op = Instruction::Op;
  using Program = std::vector<Instruction>;

  // Places of a program that are alive, each once.
  struct Alive {
    std::vector<int> places;
    std::vector<std::uint32_t> seen;  // by place: the round that saw it
    std::uint32_t round = 0;

    void start(std::size_t size) {
      if (seen.size() < size) seen.resize(size, 0);
      next_round();
    }
    void next_round() {
      places.clear();
      if (++round == 0) {
        std::fill(seen.begin(), seen.end(), 0);
        round = 1;
      }
    }
    bool add(int place) {
      if (seen[static_cast<std::size_t>(place)] == round) return false;
      seen[static_cast<std::size_t>(place)] = round;
      return true;
    }
  };

  struct Scratch {
    Alive now, next;
    std::vector<int> stack;
  };

  static char32_t character_at(Text text, std::size_t at, std::size_t& after) {
    const char16_t unit = text[at];
    after = at + 1;
    if (U16_IS_LEAD(unit) && after < text.size() && U16_IS_TRAIL(text[after]))
      return static_cast<char32_t>(U16_GET_SUPPLEMENTARY(unit, text[after++]));
    return unit;
  }
  static char32_t character_before(Text text, std::size_t at) {
    const char16_t unit = text[at - 1];
    if (U16_IS_TRAIL(unit) && at > 1 && U16_IS_LEAD(text[at - 2]))
      return static_cast<char32_t>(U16_GET_SUPPLEMENTARY(text[at - 2], unit));
    return unit;
  }

  RegexTree tree;
  std::deque<Characters> sets;
  Characters word;
  std::vector<Program> programs;  // by node, empty until it is asked for
  Text text;
  std::deque<Scratch> scratch;    // by depth: a look runs within a run
  std::size_t depth = 0;
  // Where matches of a node that begin at a place end, ascending, up to `limit`: kept for one match.
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> known_ends;
  std::size_t limit = 0;
  std::vector<std::optional<Span>>* spans = nullptr;

  explicit Machine(RegexTree from) : tree(std::move(from)), word(tree.word), programs(tree.nodes.size()) {
    for (const std::string& set : tree.sets) sets.emplace_back(set);
    program(tree.root);
  }

  const RegexNode& node(int at) const { return tree.nodes[static_cast<std::size_t>(at)]; }

  // ---- programs

  const Program& program(int at) {
    Program& code = programs[static_cast<std::size_t>(at)];
    if (code.empty()) {
      emit(at, code);
      code.push_back({Op::accept});
    }
    return code;
  }

  void emit(int at, Program& code) {
    constexpr std::size_t kMostInstructions = 200'000;
    if (code.size() > kMostInstructions)
      throw types::SqlError("2201B", "invalid regular expression: regular expression is too complex");
    const RegexNode& n = node(at);
    auto here = [&] { return static_cast<int>(code.size()); };
    switch (n.kind) {
      case Kind::empty:
        return;
      case Kind::set:
        code.push_back({Op::set, n.number});
        return;
      case Kind::assertion:
        code.push_back({Op::assertion, at});
        return;
      case Kind::look:
        code.push_back({Op::look, at});
        return;
      case Kind::group:
        return emit(n.left, code);
      case Kind::sequence:
        emit(n.left, code);
        return emit(n.right, code);
      case Kind::alternatives: {
        const int split = here();
        code.push_back({Op::split, split + 1});
        emit(n.left, code);
        const int jump = here();
        code.push_back({Op::jump});
        code[static_cast<std::size_t>(split)].b = here();
        emit(n.right, code);
        code[static_cast<std::size_t>(jump)].a = here();
        return;
      }
      case Kind::repeat: {
        for (int i = 0; i < n.least; ++i) emit(n.left, code);
        if (n.most == RegexNode::kUnbounded) {
          const int split = here();
          code.push_back({Op::split, split + 1});
          emit(n.left, code);
          code.push_back({Op::jump, split});
          code[static_cast<std::size_t>(split)].b = here();
          return;
        }
        std::vector<int> splits;
        for (int i = n.least; i < n.most; ++i) {
          splits.push_back(here());
          code.push_back({Op::split, here() + 1});
          emit(n.left, code);
        }
        for (int split : splits) code[static_cast<std::size_t>(split)].b = here();
        return;
      }
    }
  }

  // ---- running one: all places at once, a character after the other

  bool holds(RegexAssertion assertion, std::size_t at) {
    std::size_t after;
    const bool before_word = at > 0 && word.contains(character_before(text, at));
    const bool after_word = at < text.size() && word.contains(character_at(text, at, after));
    switch (assertion) {
      case RegexAssertion::text_begin:
        return at == 0;
      case RegexAssertion::text_end:
        return at == text.size();
      case RegexAssertion::line_begin:
        return at == 0 || text[at - 1] == u'\n';
      case RegexAssertion::line_end:
        return at == text.size() || text[at] == u'\n';
      case RegexAssertion::word_begin:
        return !before_word && after_word;
      case RegexAssertion::word_end:
        return before_word && !after_word;
      case RegexAssertion::word_edge:
        return before_word != after_word;
      case RegexAssertion::no_word_edge:
        return before_word == after_word;
    }
    return false;
  }

  bool looks(const RegexNode& n, std::size_t at) {
    bool found = false;
    if (n.ahead) {
      run(n.left, at, text.size(), [&](std::size_t) { return !(found = true); });
    } else {
      for (std::size_t begin = at + 1; !found && begin-- > 0;)
        run(n.left, begin, at, [&](std::size_t end) { return !(found = end == at); });
    }
    return found != n.negated;
  }

  void follow(const Program& code, Alive& alive, std::vector<int>& stack, int place, std::size_t at) {
    stack.push_back(place);
    while (!stack.empty()) {
      const int top = stack.back();
      stack.pop_back();
      if (!alive.add(top)) continue;
      const Instruction& i = code[static_cast<std::size_t>(top)];
      switch (i.op) {
        case Op::set:
        case Op::accept:
          alive.places.push_back(top);
          break;
        case Op::split:
          stack.push_back(i.b);
          stack.push_back(i.a);
          break;
        case Op::jump:
          stack.push_back(i.a);
          break;
        case Op::assertion:
          if (holds(node(i.a).assertion, at)) stack.push_back(top + 1);
          break;
        case Op::look:
          if (looks(node(i.a), at)) stack.push_back(top + 1);
          break;
      }
    }
  }

  // Calls accept(end) for each end of a match of the node from `begin`, ascending up to `stop`, until it returns false.
  template <typename F>
  void run(int at, std::size_t begin, std::size_t stop, F&& accept) {
    const Program& code = program(at);
    if (depth == scratch.size()) scratch.emplace_back();
    Scratch& own = scratch[depth++];
    own.now.start(code.size());
    own.next.start(code.size());
    follow(code, own.now, own.stack, 0, begin);
    for (std::size_t place = begin;;) {
      bool accepted = false;
      for (int p : own.now.places) accepted |= code[static_cast<std::size_t>(p)].op == Op::accept;
      if (accepted && !accept(place)) break;
      if (place >= stop || own.now.places.empty()) break;
      std::size_t after;
      const char32_t c = character_at(text, place, after);
      if (after > stop) break;
      own.next.next_round();
      for (int p : own.now.places) {
        const Instruction& i = code[static_cast<std::size_t>(p)];
        if (i.op == Op::set && sets[static_cast<std::size_t>(i.a)].contains(c))
          follow(code, own.next, own.stack, p + 1, after);
      }
      std::swap(own.now, own.next);
      place = after;
    }
    --depth;
  }

  void start(Text searched) {
    text = searched;
    depth = 0;
  }
  bool within_character(std::size_t at) const {
    return at > 0 && at < text.size() && U16_IS_TRAIL(text[at]) && U16_IS_LEAD(text[at - 1]);
  }

  // Where the match that ends first ends, wherever at or after `from` it begins.
  std::optional<std::size_t> earliest_end(std::size_t from) {
    const Program& code = program(tree.root);
    if (depth == scratch.size()) scratch.emplace_back();
    Scratch& own = scratch[depth++];
    own.now.start(code.size());
    own.next.start(code.size());
    std::optional<std::size_t> result;
    for (std::size_t place = from;;) {
      follow(code, own.now, own.stack, 0, place);
      for (int p : own.now.places)
        if (code[static_cast<std::size_t>(p)].op == Op::accept) result = place;
      if (result || place >= text.size()) break;
      std::size_t after;
      const char32_t c = character_at(text, place, after);
      own.next.next_round();
      for (int p : own.now.places) {
        const Instruction& i = code[static_cast<std::size_t>(p)];
        if (i.op == Op::set && sets[static_cast<std::size_t>(i.a)].contains(c))
          follow(code, own.next, own.stack, p + 1, after);
      }
      std::swap(own.now, own.next);
      place = after;
    }
    --depth;
    return result;
  }

  std::optional<std::size_t> end_of_match(std::size_t begin) {
    std::optional<std::size_t> end;
    const bool shortest = node(tree.root).preference == RegexPreference::shortest;
    run(tree.root, begin, text.size(), [&](std::size_t e) {
      end = e;
      return !shortest;
    });
    return end;
  }

  // ---- groups: the parts of a match whose ends are known

  const std::vector<std::size_t>& ends(int at, std::size_t begin) {
    auto [entry, is_new] = known_ends.try_emplace(static_cast<std::uint64_t>(at) << 40 | begin);
    std::vector<std::size_t>& found = entry->second;
    if (is_new)
      run(at, begin, limit, [&](std::size_t end) {
        found.push_back(end);
        return true;
      });
    return found;
  }
  bool fits(int at, std::size_t begin, std::size_t end) {
    const auto& all = ends(at, begin);
    return std::binary_search(all.begin(), all.end(), end);
  }

  // The end in [begin, end] that the node prefers among those that good() accepts.
  template <typename F>
  std::optional<std::size_t> preferred(int at, RegexPreference preference, std::size_t begin, std::size_t end, F&& good) {
    const std::vector<std::size_t> all = ends(at, begin);  // good() may look at others, and the map moves
    if (preference == RegexPreference::shortest) {
      for (std::size_t e : all)
        if (e <= end && good(e)) return e;
    } else {
      for (auto e = all.rbegin(); e != all.rend(); ++e)
        if (*e <= end && good(*e)) return *e;
    }
    return std::nullopt;
  }

  // The node matches [begin, end].
  void dissect(int at, std::size_t begin, std::size_t end) {
    for (;;) {
      const RegexNode& n = node(at);
      if (!n.has_groups) return;
      switch (n.kind) {
        case Kind::group:
          (*spans)[static_cast<std::size_t>(n.number)] = Span{begin, end};
          at = n.left;
          continue;
        case Kind::alternatives:
          at = fits(n.left, begin, end) ? n.left : n.right;
          continue;
        case Kind::sequence: {
          const auto middle = preferred(n.left, node(n.left).preference, begin, end,
                                        [&](std::size_t m) { return fits(n.right, m, end); });
          if (!middle) return;
          dissect(n.left, begin, *middle);
          at = n.right;
          begin = *middle;
          continue;
        }
        case Kind::repeat: {
          if (n.least == 1 && n.most == 1) {
            at = n.left;
            continue;
          }
          const auto last = n.most == RegexNode::kUnbounded ? last_round(at, begin, end) : last_of_few(at, begin, end);
          if (!last) return;  // no round at all
          at = n.left;
          begin = *last;
          continue;
        }
        default:
          return;
      }
    }
  }

  // Of nothing there is one round where it can match nothing, but none of what would rather be short.
  std::optional<std::size_t> empty_round(const RegexNode& repeat, std::size_t at) {
    if (node(repeat.left).preference == RegexPreference::shortest || !fits(repeat.left, at, at)) return std::nullopt;
    return at;
  }

  // Where the last round of an unbounded repeat begins. Other rounds are never empty.
  std::optional<std::size_t> last_round(int at, std::size_t begin, std::size_t end) {
    const RegexNode& n = node(at);
    if (begin == end) return empty_round(n, begin);
    for (;;) {
      const auto next = preferred(n.left, node(n.left).preference, begin, end,
                                  [&](std::size_t e) { return e > begin && (e == end || fits(at, e, end)); });
      if (!next) return std::nullopt;
      if (*next == end) return begin;
      begin = *next;
    }
  }

  std::optional<std::size_t> last_of_few(int at, std::size_t begin, std::size_t end) {
    const RegexNode& n = node(at);
    if (begin == end) return empty_round(n, begin);
    std::set<std::pair<int, std::size_t>> hopeless;
    std::optional<std::size_t> last;
    auto go = [&](auto&& self, int round, std::size_t from) -> bool {
      if (round == n.most || hopeless.contains({round, from})) return false;
      const auto next = preferred(n.left, node(n.left).preference, from, end, [&](std::size_t e) {
        return e > from && (e == end || self(self, round + 1, e));
      });
      if (next && *next == end) last = from;
      if (!next) hopeless.emplace(round, from);
      return next.has_value();
    };
    go(go, 0, begin);
    return last;
  }
};

RegexLongest::RegexLongest(RegexTree tree) : machine_(std::make_unique<Machine>(std::move(tree))) {}
RegexLongest::~RegexLongest() = default;

bool RegexLongest::matches(std::u16string_view text, std::size_t from) {
  machine_->start(text);
  return machine_->earliest_end(from).has_value();
}

bool RegexLongest::find(std::u16string_view text, std::size_t from, std::vector<std::optional<Span>>& spans) {
  Machine& m = *machine_;
  m.start(text);
  const auto earliest = m.earliest_end(from);
  if (!earliest) return false;
  for (std::size_t begin = from; begin <= *earliest; ++begin) {
    if (m.within_character(begin)) continue;
    const auto end = m.end_of_match(begin);
    if (!end) continue;
    spans.assign(static_cast<std::size_t>(m.tree.groups) + 1, std::nullopt);
    spans[0] = Span{begin, *end};
    m.known_ends.clear();
    m.limit = *end;
    m.spans = &spans;
    m.dissect(m.tree.root, begin, *end);
    return true;
  }
  return false;
}

}  // namespace functions
