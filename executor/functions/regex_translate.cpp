// From PostgreSQL's regular expression syntax to a tree. Character classes are ASCII's, as in the "C" locale, or Unicode's
// by the option: every class and every case-insensitive letter is written out as a set.
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unicode/uchar.h>

#include "regex.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

using types::SqlError;

[[noreturn]] void fail(std::string_view reason) {
  throw SqlError("2201B", fmt::format("invalid regular expression: {}", reason));
}

// What the escapes and classes stand for, as RegexSet::named() reads it.
struct Letters {
  std::string_view word, space, digit;
  struct Class {
    std::string_view name, set;
  };
  std::array<Class, 14> classes;
};
constexpr Letters kAscii = {
    "A-Za-z0-9_", " \\t\\n\\r\\f\\x{b}", "0-9",
    {{{"alpha", "A-Za-z"}, {"digit", "0-9"}, {"alnum", "A-Za-z0-9"}, {"upper", "A-Z"}, {"lower", "a-z"},
      {"space", " \\t\\n\\r\\f\\x{b}"}, {"blank", " \\t"}, {"punct", "!-/:-@\\[-`\\{-~"},
      {"cntrl", "\\x{0}-\\x{1f}\\x{7f}"}, {"print", " -~"}, {"graph", "!-~"}, {"xdigit", "0-9A-Fa-f"},
      {"word", "A-Za-z0-9_"}, {"ascii", "\\x{0}-\\x{7f}"}}}};
constexpr Letters kUnicode = {
    "\\p{L}\\p{Nd}_", "\\p{Z}\\t\\n\\r\\f\\x{b}\\x{1c}-\\x{1f}\\x{85}", "\\p{Nd}",
    {{{"alpha", "\\p{L}"}, {"digit", "\\p{Nd}"}, {"alnum", "\\p{L}\\p{Nd}"}, {"upper", "\\p{Lu}"}, {"lower", "\\p{Ll}"},
      {"space", "\\p{Z}\\t\\n\\r\\f\\x{b}\\x{1c}-\\x{1f}\\x{85}"}, {"blank", " \\t"}, {"punct", "\\p{P}"},
      {"cntrl", "\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}"}, {"print", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}"},
      {"graph", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}"}, {"xdigit", "0-9A-Fa-f"},
      {"word", "\\p{L}\\p{Nd}_"}, {"ascii", "\\x{0}-\\x{7f}"}}}};

bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

class Translator {
 public:
  Translator(std::string_view pattern, RegexOptions options) : pattern_(pattern), options_(options) {}

  TranslatedRegex run() {
    prefixes();
    tree_.ignores_case = options_.ignore_case;
    tree_.unicode = options_.unicode;
    levels_.emplace_back();
    if (options_.literal) {
      while (!at_end()) levels_.back().parts.push_back(literal(next()));
    } else {
      expression();
    }
    tree_.root = end_level();
    tree_.groups = static_cast<int>(groups_.size());
    return {std::move(tree_), RegexSet::named(letters().word)};
  }

 private:
  bool at_end() const { return at_ >= pattern_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0';
  }
  bool looking_at(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  char32_t next() { return types::utf8_next(pattern_, at_); }

  // ***= ***: and (?letters) at the start.
  void prefixes() {
    if (looking_at("***=")) {
      at_ += 4;
      options_.literal = true;
      return;
    }
    if (looking_at("***:"))
      at_ += 4;
    else if (looking_at("***"))
      fail("quantifier operand invalid");
    if (options_.literal || !looking_at("(?") || !is_letter(static_cast<unsigned char>(peek(2)))) return;
    at_ += 2;
    while (!at_end() && peek() != ')') {
      switch (peek()) {
        case 'i':
          options_.ignore_case = true;
          break;
        case 'c':
          options_.ignore_case = false;
          break;
        case 'm':
        case 'n':
          options_.newline_anchors = options_.newline_stops = true;
          break;
        case 'p':
          options_.newline_stops = true;
          options_.newline_anchors = false;
          break;
        case 'w':
          options_.newline_anchors = true;
          options_.newline_stops = false;
          break;
        case 's':
          options_.newline_anchors = options_.newline_stops = false;
          break;
        case 'x':
          options_.expanded = true;
          break;
        case 't':
          options_.expanded = false;
          break;
        case 'q':
          options_.literal = true;
          break;
        case 'b':
        case 'e':
          break;
        default:
          fail("invalid embedded option");
      }
      ++at_;
    }
    if (at_end()) fail("parentheses () not balanced");
    ++at_;
  }

  static std::pair<char32_t, char32_t> cases(char32_t c) {
    const auto code = static_cast<UChar32>(c);
    return {static_cast<char32_t>(u_tolower(code)), static_cast<char32_t>(u_toupper(code))};
  }

  int set(RegexSet set, bool negated = false) {
    set.normalize();
    return tree_.set(negated ? set.complement() : std::move(set));
  }
  // A letter, without regard to case where that is asked for.
  void add_cases(RegexSet& set, char32_t c) const {
    set.add(c, c);
    if (!options_.ignore_case) return;
    if (options_.unicode) {
      const auto [lower, upper] = cases(c);
      if (lower != c) set.add(lower, lower);
      if (upper != c) set.add(upper, upper);
    } else if (is_letter(c)) {
      set.add(c ^ 0x20, c ^ 0x20);
    }
  }
  int literal(char32_t c) {
    RegexSet one;
    add_cases(one, c);
    return set(std::move(one));
  }

  void skip_expanded() {
    if (!options_.expanded) return;
    for (;;) {
      if (peek() == '#') {
        while (!at_end() && peek() != '\n') ++at_;
      } else if (!at_end() && (peek() == ' ' || (peek() >= '\t' && peek() <= '\r'))) {
        ++at_;
      } else if (looking_at("(?#")) {
        comment();
      } else {
        return;
      }
    }
  }
  void comment() {
    while (!at_end() && peek() != ')') ++at_;
    if (at_end()) fail("parentheses () not balanced");
    ++at_;
  }

  // What is between two parentheses, or all of it. Nests may be deeper than a thread's stack.
  struct Level {
    std::vector<int> parts, branches;  // parts: of the branch that is read
    int number = 0;                    // of the group, from 1
    bool look = false, ahead = false, negated = false;
  };

  void expression() {
    for (;;) {
      skip_expanded();
      if (looking_at("(?#")) {
        comment();
      } else if (at_end()) {
        if (levels_.size() > 1) fail("parentheses () not balanced");
        return;
      } else if (peek() == '|') {
        ++at_;
        end_branch();
      } else if (peek() == '(') {
        open_group();
      } else {
        if (peek() == ')' && levels_.size() == 1) fail("parentheses () not balanced");
        const bool quantifiable = peek() == ')' ? close_group() : atom();
        skip_expanded();
        quantifier(quantifiable);
        levels_.back().parts.push_back(atom_);
      }
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
        if (looking_at("[[:<:]]")) {
          at_ += 7;
          return asserted(RegexAssertion::word_begin);
        }
        if (looking_at("[[:>:]]")) {
          at_ += 7;
          return asserted(RegexAssertion::word_end);
        }
        bracket();
        return true;
      case '.': {
        ++at_;
        RegexSet none;
        if (options_.newline_stops) none.add(U'\n', U'\n');
        atom_ = set(std::move(none), true);
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
        if (is_digit(static_cast<unsigned char>(peek(1)))) fail("quantifier operand invalid");
        ++at_;
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

  void open_group() {
    if (levels_.size() > RegexTree::kMostParts / 2) RegexTree::too_complex();
    Level level;
    ++at_;
    if (peek() == '?') {
      ++at_;
      static constexpr std::string_view kKinds[] = {":", "=", "!", "<=", "<!"};
      const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](std::string_view k) { return looking_at(k); });
      if (kind == std::end(kKinds)) fail("quantifier operand invalid");
      at_ += kind->size();
      level.look = *kind != ":";
      level.ahead = !kind->starts_with('<');
      level.negated = kind->ends_with('!');
    } else if (looks_ == 0) {  // within a look nothing is told
      groups_.push_back(kOpen);
      level.number = static_cast<int>(groups_.size());
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
      atom_ = tree_.look(inner, level.ahead, level.negated);
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
    char c = peek();
    int least = 0, most = RegexNode::kUnbounded;
    bool exact = false, longest = true;
    if (!at_end() && (c == '*' || c == '+' || c == '?')) {
      ++at_;
      if (c == '+') least = 1;
      if (c == '?') most = 1;
    } else if (c == '{' && is_digit(static_cast<unsigned char>(peek(1)))) {
      ++at_;
      auto number = [&] {
        int value = 0;
        while (is_digit(static_cast<unsigned char>(peek()))) {
          value = value * 10 + (pattern_[at_++] - '0');
          if (value > 255) fail("invalid repetition count(s)");
        }
        return value;
      };
      int low = number(), high = low;
      least = low;
      exact = peek() != ',';
      if (!exact) {
        ++at_;
        most = RegexNode::kUnbounded;
        if (is_digit(static_cast<unsigned char>(peek()))) {
          high = number();
          most = high;
        }
      } else {
        most = low;
      }
      if (peek() != '}' || at_end()) fail(at_end() ? "braces {} not balanced" : "invalid repetition count(s)");
      ++at_;
      if (high < low) fail("invalid repetition count(s)");
    } else {
      return;
    }
    if (!quantifiable) fail("quantifier operand invalid");
    if (peek() == '?' && !at_end()) {
      longest = false;
      ++at_;
    }
    skip_expanded();
    if (!at_end() && (peek() == '*' || peek() == '+' || peek() == '?' ||
                      (peek() == '{' && is_digit(static_cast<unsigned char>(peek(1))))))
      fail("quantifier operand invalid");
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
      case '0': {
        char32_t value = 0;
        for (int i = 0; i < 2 && peek() >= '0' && peek() <= '7' && !at_end(); ++i)
          value = value * 8 + static_cast<char32_t>(pattern_[at_++] - '0');
        return value;
      }
      default:
        return std::nullopt;
    }
  }

  bool escape() {
    ++at_;
    if (at_end()) fail("invalid escape \\ sequence");
    char c = peek();
    if (!is_letter(static_cast<unsigned char>(c)) && !is_digit(static_cast<unsigned char>(c))) {
      atom_ = literal(next());
      return true;
    }
    ++at_;
    const auto one_of = [&](std::string_view letters, bool negated, bool stops = false) {
      RegexSet all = RegexSet::named(letters);
      if (stops && options_.newline_stops) all.add(U'\n', U'\n');
      atom_ = set(std::move(all), negated);
      return true;
    };
    switch (c) {
      case 'd':
        return one_of(letters().digit, false);
      case 'D':
        return one_of(letters().digit, true, true);
      case 's':
        return one_of(letters().space, false);
      case 'S':
        return one_of(letters().space, true);
      case 'w':
        return one_of(letters().word, false);
      case 'W':
        return one_of(letters().word, true, true);
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
      // Several digits are a reference when there is such a group, and an octal number otherwise.
      int reference = c - '0';
      const std::size_t after = at_;
      while (is_digit(static_cast<unsigned char>(peek()))) reference = std::min(reference * 10 + (pattern_[at_++] - '0'), 10000);
      if (at_ > after && reference > static_cast<int>(groups_.size())) {
        at_ = after - 1;
        char32_t value = 0;
        for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7' && !at_end(); ++i)
          value = value * 8 + static_cast<char32_t>(pattern_[at_++] - '0');
        if (at_ == after - 1) fail("invalid escape \\ sequence");
        atom_ = literal(value);
        return true;
      }
      // A group that is open, or a look, has nothing to refer to.
      if (looks_ > 0 || reference > static_cast<int>(groups_.size()) || groups_[static_cast<std::size_t>(reference) - 1] == kOpen)
        fail("invalid backreference number");
      atom_ = tree_.reference(groups_[static_cast<std::size_t>(reference) - 1], reference);
      return true;
    }
    auto value = character_escape(c);
    if (!value) fail("invalid escape \\ sequence");
    atom_ = literal(*value);
    return true;
  }

  const Letters& letters() const { return options_.unicode ? kUnicode : kAscii; }

  std::string_view class_of(std::string_view name) const {
    for (const Letters::Class& entry : letters().classes)
      if (entry.name == name) return entry.set;
    fail("invalid character class");
  }

  // [.x.] and [=x=]: one character.
  char32_t collating(char kind) {
    at_ += 2;
    std::string end = {kind, ']'};
    auto stop = pattern_.find(end, at_);
    if (stop == std::string_view::npos) fail("brackets [] not balanced");
    std::size_t position = at_;
    char32_t c = types::utf8_next(pattern_, position);
    if (position != stop) fail("invalid collating element");
    at_ = stop + 2;
    return c;
  }

  void bracket() {
    ++at_;
    RegexSet all;
    bool negated = false;
    if (peek() == '^') {
      negated = true;
      ++at_;
    }
    bool first = true;
    auto add_range = [&](char32_t low, char32_t high) {
      all.add(low, high);
      if (!options_.ignore_case) return;
      // The other cases that the range does not hold.
      const bool unicode = options_.unicode;
      const char32_t first = unicode ? low : std::max<char32_t>(low, 'A');
      const char32_t last = std::min<char32_t>(high, unicode ? RegexSet::kLast : 'z');
      for (char32_t c = first; c <= last; ++c) {
        if (!unicode && !is_letter(c)) continue;
        const auto [lower, upper] = unicode ? cases(c) : std::pair<char32_t, char32_t>(c | 0x20U, c & ~0x20U);
        for (const char32_t other : {lower, upper})
          if (other < low || other > high) all.add(other, other);
      }
    };
    for (;; first = false) {
      if (at_end()) fail("brackets [] not balanced");
      if (peek() == ']' && !first) {
        ++at_;
        break;
      }
      if (looking_at("[:")) {
        auto stop = pattern_.find(":]", at_ + 2);
        if (stop == std::string_view::npos) fail("brackets [] not balanced");
        auto name = pattern_.substr(at_ + 2, stop - at_ - 2);
        if (options_.ignore_case && (name == "lower" || name == "upper")) name = "alpha";
        all.add(RegexSet::named(class_of(name)));
        at_ = stop + 2;
        continue;
      }
      bool is_set = false;
      char32_t low = bracket_character(all, is_set);
      if (is_set) continue;
      if (peek() == '-' && peek(1) != ']' && at_ + 1 < pattern_.size()) {
        ++at_;
        char32_t high = bracket_character(all, is_set);
        if (is_set || high < low) fail("invalid character range");
        add_range(low, high);
      } else {
        add_range(low, low);
      }
    }
    if (negated && options_.newline_stops) all.add(U'\n', U'\n');
    atom_ = set(std::move(all), negated);
  }

  char32_t bracket_character(RegexSet& all, bool& is_set) {
    if (looking_at("[.")) return collating('.');
    if (looking_at("[=")) return collating('=');
    if (peek() != '\\') return next();
    ++at_;
    if (at_end()) fail("brackets [] not balanced");
    char c = peek();
    if (!is_letter(static_cast<unsigned char>(c)) && !is_digit(static_cast<unsigned char>(c))) return next();
    ++at_;
    is_set = true;
    switch (c) {
      case 'd':
        all.add(RegexSet::named(letters().digit));
        return 0;
      case 's':
        all.add(RegexSet::named(letters().space));
        return 0;
      case 'w':
        all.add(RegexSet::named(letters().word));
        return 0;
      case 'D':
        all.add(RegexSet::named(letters().digit).complement());
        return 0;
      case 'S':
        all.add(RegexSet::named(letters().space).complement());
        return 0;
      case 'W':
        all.add(RegexSet::named(letters().word).complement());
        return 0;
      default:
        break;
    }
    is_set = false;
    auto value = character_escape(c);
    if (!value) fail("invalid escape \\ sequence");
    return *value;
  }

  std::string_view pattern_;
  RegexOptions options_;
  RegexTree tree_;
  std::vector<Level> levels_;  // that are open, the whole first
  int atom_ = -1;              // the node of the last atom
  std::size_t at_ = 0;
  static constexpr int kOpen = -1;
  std::vector<int> groups_;    // what each holds
  int looks_ = 0;              // that are open
};

}  // namespace

TranslatedRegex translate_regex(std::string_view pattern, RegexOptions options) {
  return Translator(pattern, options).run();
}

RegexOptions RegexOptions::parse(std::string_view letters) {
  RegexOptions options;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    switch (letters[i]) {
      case 'g':
        options.global = true;
        break;
      case 'b':
      case 'e':
        break;
      case 'c':
        options.ignore_case = false;
        break;
      case 'i':
        options.ignore_case = true;
        break;
      case 'm':
      case 'n':
        options.newline_anchors = options.newline_stops = true;
        break;
      case 'p':
        options.newline_stops = true;
        options.newline_anchors = false;
        break;
      case 'q':
        options.literal = true;
        break;
      case 's':
        options.newline_anchors = options.newline_stops = false;
        break;
      case 't':
        options.expanded = false;
        break;
      case 'w':
        options.newline_anchors = true;
        options.newline_stops = false;
        break;
      case 'x':
        options.expanded = true;
        break;
      default:
        throw SqlError("22023",
                       fmt::format("invalid regular expression option: \"{}\"",
                                   letters.substr(i, types::utf8_width(static_cast<unsigned char>(letters[i])))));
    }
  }
  return options;
}

}  // namespace functions
