// From PostgreSQL's regular expression syntax to a tree: every class and every case-insensitive letter is written out as a
// set.
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "regex.h"
#include "regex_collating.h"
#include "regex_tree.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

using types::SqlError;

[[noreturn]] void fail(std::string_view reason) {
  throw SqlError("2201B", fmt::format("invalid regular expression: {}", reason));
}

bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

class Translator {
 public:
  Translator(std::string_view pattern, RegexOptions options, RegexWork& work) : pattern_(pattern), options_(options), work_(work) {
    named_sets_.fill(kUnknown);
    ascii_sets_.fill(kUnknown);
  }

  RegexTree run() {
    prefixes();
    tree_.ignores_case = options_.ignore_case;
    tree_.letters = options_.letters;
    levels_.emplace_back();
    switch (options_.syntax) {
      case RegexSyntax::literal:
        while (!at_end()) levels_.back().parts.push_back(literal(next()));
        break;
      case RegexSyntax::basic:
        basic_expression();
        break;
      case RegexSyntax::extended:
      case RegexSyntax::advanced:
        expression();
        break;
    }
    tree_.root = end_level();
    tree_.groups = static_cast<int>(groups_.size());
    return std::move(tree_);
  }

 private:
  static constexpr int kUnknown = -1;

  bool at_end() const { return at_ >= pattern_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0';
  }
  bool looking_at(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!looking_at(text)) return false;
    at_ += text.size();
    return true;
  }
  char32_t next() { return types::utf8_next(pattern_, at_); }
  bool is_advanced() const { return options_.syntax == RegexSyntax::advanced; }

  // ***= ***: and (?letters) at the start.
  void prefixes() {
    if (options_.syntax == RegexSyntax::literal) {
      if (options_.expanded || options_.newline_anchors || options_.newline_stops) fail("invalid argument to regex function");
      return;
    }
    if (take("***=")) {
      be_literal();
      return;
    }
    if (take("***:"))
      options_.syntax = RegexSyntax::advanced;
    else if (looking_at("***?"))
      fail("invalid regexp (reg version 0.8)");
    else if (looking_at("***") && pattern_.size() > 3)
      fail("quantifier operand invalid");
    if (!is_advanced() || !looking_at("(?") || !is_letter(static_cast<unsigned char>(peek(2)))) return;
    bool is_literal = false;
    for (at_ += 2; is_letter(static_cast<unsigned char>(peek())); ++at_) {
      switch (peek()) {
        case 'b':
          options_.syntax = RegexSyntax::basic;
          break;
        case 'e':
          options_.syntax = RegexSyntax::extended;
          break;
        case 'q':
          is_literal = true;
          break;
        default:
          if (!options_.set(peek())) fail("invalid embedded option");
      }
    }
    if (!take(")")) fail("invalid embedded option");
    if (is_literal) be_literal();
  }
  void be_literal() {
    options_.syntax = RegexSyntax::literal;
    options_.expanded = options_.newline_anchors = options_.newline_stops = false;
  }

  int number_of(RegexSet set, bool negated = false) {
    work_.spend(set.ranges().size() * 8 + 16);
    set.normalize();
    return tree_.number_of(negated ? set.complement() : std::move(set));
  }
  int number_of(RegexClass which, bool negated) {
    int& known = named_sets_[static_cast<std::size_t>(which) * 2 + negated];
    if (known == kUnknown) known = number_of(negated ? letters().complement(which) : letters().set(which));
    return known;
  }
  // A letter; without regard to case, where that is asked for, its other cases.
  void add_cases(RegexSet& set, char32_t c) const {
    if (!options_.ignore_case) return set.add(c, c);
    const char32_t lower = letters().lower(c), upper = letters().upper(c);
    set.add(lower, lower);
    if (upper != lower) set.add(upper, upper);
  }
  int literal(char32_t c) {
    int* const known = c < ascii_sets_.size() ? &ascii_sets_[c] : nullptr;
    if (known != nullptr && *known != kUnknown) return tree_.set(*known);
    RegexSet one;
    add_cases(one, c);
    const int number = number_of(std::move(one));
    if (known != nullptr) *known = number;
    return tree_.set(number);
  }

  // What is between two tokens: comments, and space where it says nothing.
  void skip() {
    for (;;) {
      if (options_.expanded && peek() == '#') {
        while (!at_end() && peek() != '\n') ++at_;
      } else if (options_.expanded && (peek() == ' ' || (peek() >= '\t' && peek() <= '\r'))) {
        ++at_;
      } else if (is_advanced() && looking_at("(?#")) {
        while (!at_end() && peek() != ')') ++at_;
        if (!at_end()) ++at_;
      } else {
        return;
      }
    }
  }

  // What is between two parentheses, or all of it. Nests may be deeper than a thread's stack.
  struct Level {
    std::vector<int> parts, branches;  // parts: of the branch that is read
    int number = 0;                    // of the group, from 1
    std::size_t begin = 0;             // where it is opened
    bool look = false, ahead = false, negated = false;
  };

  void expression() {
    for (;;) {
      skip();
      if (at_end()) {
        if (levels_.size() > 1) fail("parentheses () not balanced");
        return;
      }
      if (peek() == '|') {
        ++at_;
        end_branch();
      } else if (peek() == '(') {
        open_group();
      } else {
        // In an ERE a parenthesis that closes nothing is a character.
        const bool closes = peek() == ')' && (levels_.size() > 1 || is_advanced());
        if (closes && levels_.size() == 1) fail("parentheses () not balanced");
        const bool quantifiable = closes ? close_group() : atom();
        skip();
        quantifier(quantifiable);
        levels_.back().parts.push_back(atom_);
      }
    }
  }

  // A BRE has groups and counts with a backslash, and of quantifiers only the star.
  void basic_expression() {
    bool at_start = true, behind_group = true;  // where ^ and * are special, and are not
    for (;;) {
      skip();
      if (at_end()) {
        if (levels_.size() > 1) fail("parentheses () not balanced");
        return;
      }
      const bool star_is_plain = std::exchange(at_start, false), anchors = std::exchange(behind_group, false);
      if (take("\\(")) {
        open_numbered(at_ - 2);
        at_start = behind_group = true;
        continue;
      }
      bool quantifiable = true;
      const std::size_t begin = at_;
      if (take("\\)")) {
        if (levels_.size() == 1) fail("parentheses () not balanced");
        --at_;
        quantifiable = close_group();
      } else if (looking_at("\\{") || (peek() == '*' && !star_is_plain)) {
        fail("quantifier operand invalid");
      } else if (take("\\<")) {
        quantifiable = asserted(RegexAssertion::word_begin);
      } else if (take("\\>")) {
        quantifiable = asserted(RegexAssertion::word_end);
      } else if (peek() == '\\') {
        ++at_;
        if (at_end()) fail("invalid escape \\ sequence");
        if (peek() >= '1' && peek() <= '9')
          refer(pattern_[at_++] - '0');
        else
          atom_ = literal(next());
      } else if (anchors && peek() == '^') {
        quantifiable = atom();
        at_start = true;
      } else if (peek() == '$') {
        ++at_;
        skip();
        if (at_end() || looking_at("\\)")) {
          at_ = begin;
          quantifiable = atom();
        } else {
          atom_ = literal('$');
        }
      } else if (peek() == '[' || peek() == '.') {
        quantifiable = atom();
      } else {
        atom_ = literal(next());
      }
      if (!at_start) {
        skip();
        quantifier(quantifiable);
      }
      levels_.back().parts.push_back(atom_);
    }
  }

  void end_branch() {
    Level& level = levels_.back();
    level.branches.push_back(tree_.sequence(level.parts));
    level.parts.clear();
  }
  int end_level() {
    end_branch();
    const std::vector<int>& branches = levels_.back().branches;
    int result = branches.back();
    for (auto b = branches.rbegin() + 1; b != branches.rend(); ++b) result = tree_.alternatives(*b, result);
    return result;
  }

  // Whether a quantifier may follow; atom_ is its node.
  bool atom() {
    char c = peek();
    switch (c) {
      case '[':
        if (take("[[:<:]]")) return asserted(RegexAssertion::word_begin);
        if (take("[[:>:]]")) return asserted(RegexAssertion::word_end);
        bracket();
        return true;
      case '.': {
        ++at_;
        RegexSet none;
        if (options_.newline_stops) none.add(U'\n', U'\n');
        atom_ = tree_.set(number_of(std::move(none), true));
        return true;
      }
      case '^':
        ++at_;
        return asserted(options_.newline_anchors ? RegexAssertion::line_begin : RegexAssertion::text_begin);
      case '$':
        ++at_;
        return asserted(options_.newline_anchors ? RegexAssertion::line_end : RegexAssertion::text_end);
      case '\\':
        return escape();
      case '*':
      case '+':
      case '?':
        fail("quantifier operand invalid");
      case '{':
        ++at_;
        if (options_.expanded) skip();
        if (is_digit(static_cast<unsigned char>(peek()))) fail("quantifier operand invalid");
        atom_ = literal('{');
        return true;
      default:
        atom_ = literal(next());
        return true;
    }
  }
  bool asserted(RegexAssertion which) {
    atom_ = tree_.assertion(which);
    return false;
  }

  void open_numbered(std::size_t begin) {
    if (levels_.size() > RegexTree::kMostParts / 2) RegexTree::too_complex();
    groups_.push_back(kOpen);
    levels_.emplace_back();
    levels_.back().number = static_cast<int>(groups_.size());
    levels_.back().begin = begin;
  }

  void open_group() {
    const std::size_t begin = at_++;
    // Within a look nothing is told.
    if (!(is_advanced() && peek() == '?') && looks_ == 0) return open_numbered(begin);
    if (levels_.size() > RegexTree::kMostParts / 2) RegexTree::too_complex();
    Level level;
    level.begin = begin;
    if (is_advanced() && peek() == '?') {
      ++at_;
      static constexpr std::string_view kKinds[] = {":", "=", "!", "<=", "<!"};
      const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](std::string_view k) { return looking_at(k); });
      if (kind == std::end(kKinds)) fail("quantifier operand invalid");
      at_ += kind->size();
      level.look = *kind != ":";
      level.ahead = !kind->starts_with('<');
      level.negated = kind->ends_with('!');
    }
    looks_ += level.look;
    levels_.push_back(std::move(level));
  }

  bool close_group() {
    ++at_;
    const int inner = end_level();
    const Level level = std::move(levels_.back());
    levels_.pop_back();
    looks_ -= level.look;
    if (level.look) {
      // Read alike, seen alike: nothing within depends on where it stands.
      const auto [known, is_new] = known_looks_.try_emplace(pattern_.substr(level.begin, at_ - level.begin));
      if (is_new) known->second = tree_.look(inner, level.ahead, level.negated);
      atom_ = known->second;
    } else if (level.number > 0) {
      atom_ = tree_.group(inner, level.number);
      groups_[static_cast<std::size_t>(level.number) - 1] = inner;
    } else if (tree_.nodes[static_cast<std::size_t>(inner)].kind == RegexNode::Kind::reference) {
      atom_ = tree_.once(inner);
    } else {
      atom_ = inner;
    }
    return !level.look;
  }

  // Of atom_, which becomes what is repeated.
  void quantifier(bool quantifiable) {
    const bool is_basic = options_.syntax == RegexSyntax::basic;
    int least = 0, most = RegexNode::kUnbounded;
    bool exact = false, longest = true;
    const std::size_t begin = at_;
    if (take("*")) {
    } else if (!is_basic && take("+")) {
      least = 1;
    } else if (!is_basic && take("?")) {
      most = 1;
    } else if (take(is_basic ? "\\{" : "{")) {
      const auto pass_over = [&] {
        if (options_.expanded) skip();
      };
      pass_over();
      if (!is_basic && !is_digit(static_cast<unsigned char>(peek()))) {
        at_ = begin;
        return;
      }
      if (!quantifiable) fail("quantifier operand invalid");
      auto number = [&] {
        int value = 0;
        if (!at_end() && !is_digit(static_cast<unsigned char>(peek()))) fail("invalid repetition count(s)");
        for (; is_digit(static_cast<unsigned char>(peek())); pass_over()) {
          value = value * 10 + (pattern_[at_++] - '0');
          if (value > 255) fail("invalid repetition count(s)");
        }
        return value;
      };
      const auto is_last = [&] { return looking_at(is_basic ? "\\}" : "}"); };
      int low = number(), high = low;
      least = low;
      exact = peek() != ',';
      if (!exact) {
        ++at_;
        pass_over();
        most = RegexNode::kUnbounded;
        if (!is_last()) most = high = number();
      } else {
        most = low;
      }
      if (at_end()) fail("braces {} not balanced");
      if (!is_last() || high < low) fail("invalid repetition count(s)");
      at_ += is_basic ? 2 : 1;
    } else {
      return;
    }
    if (!quantifiable) fail("quantifier operand invalid");
    if (is_advanced() && take("?")) longest = false;
    atom_ = tree_.repeat(atom_, least, most, longest, exact);
  }

  char32_t hex_digits(int least, int most) {
    constexpr std::uint64_t kMostValue = 0x7ffffffe;  // more than there are characters, as in PostgreSQL
    std::uint64_t value = 0;
    int count = 0;
    while (count < most && std::isxdigit(static_cast<unsigned char>(peek()))) {
      char c = pattern_[at_++];
      value = value * 16 + static_cast<std::uint64_t>(is_digit(static_cast<unsigned char>(c)) ? c - '0' : (c | 0x20) - 'a' + 10);
      value = std::min(value, kMostValue + 1);
      ++count;
    }
    if (count < least || value > kMostValue) fail("invalid escape \\ sequence");
    return static_cast<char32_t>(value);
  }

  // Up to three digits; of more than a byte holds the last is the next character.
  char32_t octal() {
    char32_t value = 0;
    int count = 0;
    for (; count < 3 && peek() >= '0' && peek() <= '7'; ++count) value = value * 8 + static_cast<char32_t>(pattern_[at_++] - '0');
    if (count == 0) fail("invalid escape \\ sequence");
    if (value <= 0xff) return value;
    --at_;
    return value >> 3;
  }

  // \1 and its like, or a character where there are not so many groups: nullopt. Behind the first digit.
  std::optional<int> reference(char first) {
    int number = first - '0';
    const std::size_t after = at_;
    while (is_digit(static_cast<unsigned char>(peek()))) number = std::min(number * 10 + (pattern_[at_++] - '0'), 10000);
    if (at_ == after || number <= static_cast<int>(groups_.size())) return number;
    at_ = after - 1;
    return std::nullopt;
  }
  void refer(int number) {
    // A group that is open, or a look, has nothing to refer to.
    if (looks_ > 0 || number > static_cast<int>(groups_.size()) || groups_[static_cast<std::size_t>(number) - 1] == kOpen)
      fail("invalid backreference number");
    atom_ = tree_.reference(groups_[static_cast<std::size_t>(number) - 1], number);
  }

  // Character escapes, the backslash and the letter already read; nullopt for others.
  std::optional<char32_t> character_escape(char c) {
    switch (c) {
      case 'a':
        return 7;
      case 'b':
        return 8;
      case 'B':
        return '\\';
      case 'c':
        if (at_end()) fail("invalid escape \\ sequence");
        return next() & 0x1f;
      case 'e':
        return 27;
      case 'f':
        return 12;
      case 'n':
        return 10;
      case 'r':
        return 13;
      case 't':
        return 9;
      case 'v':
        return 11;
      case 'u':
        return hex_digits(4, 4);
      case 'U':
        return hex_digits(8, 8);
      case 'x':
        return hex_digits(1, 255);
      case '0':
        --at_;
        return octal();
      default:
        return std::nullopt;
    }
  }

  bool escape() {
    ++at_;
    if (at_end()) fail("invalid escape \\ sequence");
    char c = peek();
    if (!is_advanced() || (!is_letter(static_cast<unsigned char>(c)) && !is_digit(static_cast<unsigned char>(c)))) {
      atom_ = literal(next());
      return true;
    }
    ++at_;
    const auto one_of = [&](RegexClass which, bool negated) {
      atom_ = tree_.set(number_of(which, negated));
      return true;
    };
    switch (c) {
      case 'd':
        return one_of(RegexClass::digit, false);
      case 'D':
        return one_of(RegexClass::digit, true);
      case 's':
        return one_of(RegexClass::space, false);
      case 'S':
        return one_of(RegexClass::space, true);
      case 'w':
        return one_of(RegexClass::word, false);
      case 'W':
        return one_of(RegexClass::word, true);
      case 'A':
        return asserted(RegexAssertion::text_begin);
      case 'Z':
        return asserted(RegexAssertion::text_end);
      case 'm':
        return asserted(RegexAssertion::word_begin);
      case 'M':
        return asserted(RegexAssertion::word_end);
      case 'y':
        return asserted(RegexAssertion::word_edge);
      case 'Y':
        return asserted(RegexAssertion::no_word_edge);
      default:
        break;
    }
    if (c >= '1' && c <= '9') {
      if (const auto number = reference(c))
        refer(*number);
      else
        atom_ = literal(octal());
      return true;
    }
    auto value = character_escape(c);
    if (!value) fail("invalid escape \\ sequence");
    atom_ = literal(*value);
    return true;
  }

  const RegexLetters& letters() const { return *options_.letters; }

  // What is between "[." and ".]".
  std::string_view bracketed(char kind) {
    const char end[] = {kind, ']'};
    const auto stop = pattern_.find(std::string_view(end, 2), at_ + 2);
    if (stop == std::string_view::npos) fail("brackets [] not balanced");
    const std::string_view name = pattern_.substr(at_ + 2, stop - at_ - 2);
    at_ = stop + 2;
    return name;
  }
  // One character, or the name of one.
  static char32_t collating(std::string_view name) {
    std::size_t after = 0;
    if (name.empty()) fail("invalid collating element");
    const char32_t c = types::utf8_next(name, after);
    if (after == name.size()) return c;
    const auto named = regex_collating_element(name);
    if (!named) fail("invalid collating element");
    return *named;
  }

  void add_range(RegexSet& all, char32_t low, char32_t high) {
    all.add(low, high);
    if (!options_.ignore_case) return;
    // The other cases that the range does not hold.
    const auto cased = letters().cased();
    auto c = std::lower_bound(cased.begin(), cased.end(), low, [](const auto& one, char32_t d) { return one.character < d; });
    const auto first = c;
    for (; c != cased.end() && c->character <= high; ++c)
      for (const char32_t other : {c->lower, c->upper})
        if (other < low || other > high) all.add(other, other);
    work_.spend(static_cast<std::size_t>(c - first));
  }

  void bracket() {
    const std::size_t begin = at_++;
    RegexSet all;
    bool negated = false;
    if (peek() == '^') {
      negated = true;
      ++at_;
    }
    std::size_t most = 4096;  // ranges, before those that overlap are made one
    for (bool first = true;; first = false) {
      if (all.ranges().size() > most) {
        work_.spend(all.ranges().size() * 8);
        all.normalize();
        if (all.ranges().size() > RegexTree::kMostRanges) RegexTree::too_complex();
        most = 2 * all.ranges().size() + 4096;
      }
      if (at_end()) fail("brackets [] not balanced");
      if (peek() == ']' && !first) {
        ++at_;
        break;
      }
      if (looking_at("[:")) {
        auto which = RegexLetters::named(bracketed(':'));
        if (!which) fail("invalid character class");
        if (options_.ignore_case && (which == RegexClass::lower || which == RegexClass::upper)) which = RegexClass::alpha;
        all.add(letters().set(*which));
        continue;
      }
      if (looking_at("[=")) {
        add_cases(all, collating(bracketed('=')));
        continue;
      }
      if (peek() == '-' && !first && peek(1) != ']') fail("invalid character range");
      bool is_set = false, is_element = looking_at("[.");
      const char32_t low = bracket_character(all, is_set);
      if (is_set) continue;
      if (peek() == '-' && peek(1) != ']' && at_ + 1 < pattern_.size()) {
        ++at_;
        if (looking_at("[:") || looking_at("[=")) fail("invalid character range");
        const char32_t high = bracket_character(all, is_set);
        if (is_set || high < low) fail("invalid character range");
        add_range(all, low, high);
      } else if (is_element) {
        add_range(all, low, low);
      } else {
        add_cases(all, low);
      }
    }
    work_.spend(all.ranges().size());
    const auto [known, is_new] = known_brackets_.try_emplace(pattern_.substr(begin, at_ - begin));
    if (is_new) {
      if (negated && options_.newline_stops) all.add(U'\n', U'\n');
      known->second = number_of(std::move(all), negated);
    }
    atom_ = tree_.set(known->second);
  }

  char32_t bracket_character(RegexSet& all, bool& is_set) {
    if (looking_at("[.")) return collating(bracketed('.'));
    if (peek() != '\\' || !is_advanced()) return next();
    ++at_;
    if (at_end()) fail("invalid escape \\ sequence");
    char c = peek();
    if (!is_letter(static_cast<unsigned char>(c)) && !is_digit(static_cast<unsigned char>(c))) return next();
    ++at_;
    is_set = true;
    switch (c) {
      case 'd':
        all.add(letters().set(RegexClass::digit));
        return 0;
      case 's':
        all.add(letters().set(RegexClass::space));
        return 0;
      case 'w':
        all.add(letters().set(RegexClass::word));
        return 0;
      case 'D':
        all.add(letters().complement(RegexClass::digit));
        return 0;
      case 'S':
        all.add(letters().complement(RegexClass::space));
        return 0;
      case 'W':
        all.add(letters().complement(RegexClass::word));
        return 0;
      default:
        break;
    }
    is_set = false;
    if (c >= '1' && c <= '9') {
      if (reference(c)) fail("invalid escape \\ sequence");
      return octal();
    }
    auto value = character_escape(c);
    if (!value) fail("invalid escape \\ sequence");
    return *value;
  }

  std::string_view pattern_;
  RegexOptions options_;
  RegexWork& work_;
  RegexTree tree_;
  // Numbers of sets that are known: by class, its complement behind it; by character; by what is in the pattern.
  std::array<int, 2 * kRegexClasses> named_sets_;
  std::array<int, 128> ascii_sets_;
  std::unordered_map<std::string_view, int> known_brackets_, known_looks_;
  std::vector<Level> levels_;  // that are open, the whole first
  int atom_ = -1;              // the node of the last atom
  std::size_t at_ = 0;
  static constexpr int kOpen = -1;
  std::vector<int> groups_;    // what each holds
  int looks_ = 0;              // that are open
};

}  // namespace

RegexTree translate_regex(std::string_view pattern, RegexOptions options, RegexWork& work) {
  return Translator(pattern, options, work).run();
}

bool RegexOptions::set(char letter) {
  switch (letter) {
    case 'c':
      ignore_case = false;
      return true;
    case 'i':
      ignore_case = true;
      return true;
    case 'm':
    case 'n':
      newline_anchors = newline_stops = true;
      return true;
    case 'p':
      newline_stops = true;
      newline_anchors = false;
      return true;
    case 's':
      newline_anchors = newline_stops = false;
      return true;
    case 't':
      expanded = false;
      return true;
    case 'w':
      newline_anchors = true;
      newline_stops = false;
      return true;
    case 'x':
      expanded = true;
      return true;
    default:
      return false;
  }
}

RegexOptions RegexOptions::parse(std::string_view letters) {
  RegexOptions options;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    switch (letters[i]) {
      case 'g':
        options.global = true;
        break;
      case 'b':
      case 'e':  // an ERE by its manual; in fact a BRE, in PostgreSQL too
        options.syntax = RegexSyntax::basic;
        break;
      case 'q':
        options.syntax = RegexSyntax::literal;
        break;
      default:
        if (!options.set(letters[i]))
          throw SqlError("22023",
                         fmt::format("invalid regular expression option: \"{}\"",
                                     letters.substr(i, types::utf8_width(static_cast<unsigned char>(letters[i])))));
    }
  }
  return options;
}

}  // namespace functions
