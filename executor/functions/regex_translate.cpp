// From PostgreSQL's regular expression syntax to ICU's, and to a tree beside it. Character classes are ASCII's, as in the
// "C" locale, or Unicode's by the option: every class and every case-insensitive letter is written out
// as a set.
#include <array>

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

// What the escapes and classes stand for.
struct Letters {
  std::string_view word, space, digit, word_start, word_end;
  struct Class {
    std::string_view name, set;
  };
  std::array<Class, 14> classes;
};
constexpr Letters kAscii = {
    "A-Za-z0-9_", " \\t\\n\\r\\f\\x{b}", "0-9",
    "(?:(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]))", "(?:(?<=[A-Za-z0-9_])(?![A-Za-z0-9_]))",
    {{{"alpha", "A-Za-z"}, {"digit", "0-9"}, {"alnum", "A-Za-z0-9"}, {"upper", "A-Z"}, {"lower", "a-z"},
      {"space", " \\t\\n\\r\\f\\x{b}"}, {"blank", " \\t"}, {"punct", "!-/:-@\\[-`\\{-~"},
      {"cntrl", "\\x{0}-\\x{1f}\\x{7f}"}, {"print", " -~"}, {"graph", "!-~"}, {"xdigit", "0-9A-Fa-f"},
      {"word", "A-Za-z0-9_"}, {"ascii", "\\x{0}-\\x{7f}"}}}};
constexpr Letters kUnicode = {
    "\\p{L}\\p{Nd}_", "\\p{Z}\\t\\n\\r\\f\\x{b}\\x{1c}-\\x{1f}\\x{85}", "\\p{Nd}",
    "(?:(?<![\\p{L}\\p{Nd}_])(?=[\\p{L}\\p{Nd}_]))", "(?:(?<=[\\p{L}\\p{Nd}_])(?![\\p{L}\\p{Nd}_]))",
    {{{"alpha", "\\p{L}"}, {"digit", "\\p{Nd}"}, {"alnum", "\\p{L}\\p{Nd}"}, {"upper", "\\p{Lu}"}, {"lower", "\\p{Ll}"},
      {"space", "\\p{Z}\\t\\n\\r\\f\\x{b}\\x{1c}-\\x{1f}\\x{85}"}, {"blank", " \\t"}, {"punct", "\\p{P}"},
      {"cntrl", "\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}"}, {"print", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}"},
      {"graph", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}"}, {"xdigit", "0-9A-Fa-f"},
      {"word", "\\p{L}\\p{Nd}_"}, {"ascii", "\\x{0}-\\x{7f}"}}}};

bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

std::string hex(char32_t c) { return fmt::format("\\x{{{:x}}}", static_cast<std::uint32_t>(c)); }

class Translator {
 public:
  Translator(std::string_view pattern, RegexOptions options) : pattern_(pattern), options_(options) {}

  TranslatedRegex run() {
    prefixes();
    if (options_.literal) {
      std::vector<int> parts;
      while (!at_end()) parts.push_back(literal(next()));
      tree_.root = in_sequence(parts);
    } else {
      tree_.root = expression();
      if (!at_end()) fail("parentheses () not balanced");
    }
    if (out_.empty()) out_ = "(?:)";  // ICU knows no empty pattern
    tree_.groups = groups_;
    tree_.word = fmt::format("[{}]", letters().word);
    return {std::move(out_), std::move(tree_)};
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

  // What was written since `start` stands for one character.
  int set_since(std::size_t start) {
    std::string written = out_.substr(start);
    return tree_.set(written.starts_with('[') ? std::move(written) : "[" + written + "]");
  }
  int in_sequence(const std::vector<int>& parts) {
    int result = tree_.add({});
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) result = tree_.sequence(*part, result);
    return result;
  }
  int asserted(RegexAssertion which, std::string_view written) {
    out_ += written;
    return tree_.assertion(which);
  }

  int literal(char32_t c) {
    const std::size_t start = out_.size();
    if (const auto [lower, upper] = cases(c); options_.ignore_case && options_.unicode && lower != upper)
      out_ += "[" + hex(lower) + hex(upper) + "]";
    else if (options_.ignore_case && is_letter(c))
      out_ += fmt::format("[{}{}]", static_cast<char>(c & ~0x20U), static_cast<char>(c | 0x20U));
    else if (is_letter(c) || is_digit(c) || c == '_')
      out_ += static_cast<char>(c);
    else
      out_ += hex(c);
    return set_since(start);
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

  int expression() {
    if (++depth_ > 200) throw SqlError("2201B", "invalid regular expression: regular expression is too complex");
    std::vector<int> branches;
    for (;;) {
      branches.push_back(branch());
      if (peek() != '|' || at_end()) break;
      out_ += '|';
      ++at_;
    }
    --depth_;
    int result = branches.back();
    for (auto b = branches.rbegin() + 1; b != branches.rend(); ++b) result = tree_.alternatives(*b, result);
    return result;
  }

  int branch() {
    std::vector<int> parts;
    for (;;) {
      skip_expanded();
      if (looking_at("(?#")) {
        comment();
        continue;
      }
      if (at_end() || peek() == '|' || peek() == ')') return in_sequence(parts);
      const bool quantifiable = atom();
      skip_expanded();
      quantifier(quantifiable);
      parts.push_back(atom_);
    }
  }

  // Whether a quantifier may follow; atom_ is its node.
  bool atom() {
    char c = peek();
    switch (c) {
      case '(':
        return group();
      case '[':
        if (looking_at("[[:<:]]")) {
          at_ += 7;
          atom_ = asserted(RegexAssertion::word_begin, letters().word_start);
          return false;
        }
        if (looking_at("[[:>:]]")) {
          at_ += 7;
          atom_ = asserted(RegexAssertion::word_end, letters().word_end);
          return false;
        }
        bracket();
        return true;
      case '.':
        ++at_;
        out_ += options_.newline_stops ? "[^\\n]" : ".";
        atom_ = tree_.set(options_.newline_stops ? "[^\\n]" : "[\\x{0}-\\x{10ffff}]");
        return true;
      case '^':
        ++at_;
        atom_ = options_.newline_anchors ? asserted(RegexAssertion::line_begin, "(?:\\A|(?<=\\n))")
                                         : asserted(RegexAssertion::text_begin, "\\A");
        return false;
      case '$':
        ++at_;
        atom_ = options_.newline_anchors ? asserted(RegexAssertion::line_end, "(?:\\z|(?=\\n))")
                                         : asserted(RegexAssertion::text_end, "\\z");
        return false;
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

  bool group() {
    bool look = false, ahead = false, negated = false;
    int number = 0;
    ++at_;
    if (peek() == '?') {
      ++at_;
      static constexpr std::string_view kKinds[] = {":", "=", "!", "<=", "<!"};
      bool known = false;
      for (auto kind : kKinds) {
        if (!looking_at(kind)) continue;
        at_ += kind.size();
        out_ += "(?";
        out_ += kind;
        look = kind != ":";
        ahead = !kind.starts_with('<');
        negated = kind.ends_with('!');
        known = true;
        break;
      }
      if (!known) fail("quantifier operand invalid");
    } else {
      // Within a look nothing is told.
      if (looks_ == 0) number = ++groups_;
      out_ += looks_ == 0 ? "(" : "(?:";
    }
    looks_ += look;
    const int inner = expression();
    looks_ -= look;
    if (peek() != ')' || at_end()) fail("parentheses () not balanced");
    ++at_;
    out_ += ')';
    atom_ = look ? tree_.look(inner, ahead, negated) : number > 0 ? tree_.group(inner, number) : inner;
    return !look;
  }

  // Of atom_, which becomes what is repeated.
  void quantifier(bool quantifiable) {
    char c = peek();
    std::string text;
    int least = 0, most = RegexNode::kUnbounded;
    bool exact = false, longest = true;
    if (!at_end() && (c == '*' || c == '+' || c == '?')) {
      text = c;
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
      text = fmt::format("{{{}", low);
      least = low;
      exact = peek() != ',';
      if (!exact) {
        ++at_;
        text += ',';
        most = RegexNode::kUnbounded;
        if (is_digit(static_cast<unsigned char>(peek()))) {
          high = number();
          text += std::to_string(high);
          most = high;
        }
      } else {
        most = low;
      }
      if (peek() != '}' || at_end()) fail(at_end() ? "braces {} not balanced" : "invalid repetition count(s)");
      ++at_;
      text += '}';
      if (high < low) fail("invalid repetition count(s)");
    } else {
      return;
    }
    if (!quantifiable) fail("quantifier operand invalid");
    if (peek() == '?' && !at_end()) {
      text += '?';
      longest = false;
      ++at_;
    }
    skip_expanded();
    if (!at_end() && (peek() == '*' || peek() == '+' || peek() == '?' ||
                      (peek() == '{' && is_digit(static_cast<unsigned char>(peek(1))))))
      fail("quantifier operand invalid");
    out_ += text;
    atom_ = tree_.repeat(atom_, least, most, longest, exact);
  }

  char32_t hex_digits(int least, int most) {
    char32_t value = 0;
    int count = 0;
    while (count < most && std::isxdigit(static_cast<unsigned char>(peek()))) {
      char c = pattern_[at_++];
      value = value * 16 + static_cast<char32_t>(is_digit(static_cast<unsigned char>(c)) ? c - '0' : (c | 0x20) - 'a' + 10);
      ++count;
    }
    if (count < least) fail("invalid escape \\ sequence");
    return value;
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
        return hex_digits(1, 255) & 0x1fffff;
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
    const std::size_t start = out_.size();
    switch (c) {
      case 'd':
        out_ += fmt::format("[{}]", letters().digit);
        break;
      case 'D':
        out_ += fmt::format("[^{}{}]", letters().digit, options_.newline_stops ? "\\n" : "");
        break;
      case 's':
        out_ += fmt::format("[{}]", letters().space);
        break;
      case 'S':
        out_ += fmt::format("[^{}]", letters().space);
        break;
      case 'w':
        out_ += fmt::format("[{}]", letters().word);
        break;
      case 'W':
        out_ += fmt::format("[^{}{}]", letters().word, options_.newline_stops ? "\\n" : "");
        break;
      case 'A':
        atom_ = asserted(RegexAssertion::text_begin, "\\A");
        return false;
      case 'Z':
        atom_ = asserted(RegexAssertion::text_end, "\\z");
        return false;
      case 'm':
        atom_ = asserted(RegexAssertion::word_begin, letters().word_start);
        return false;
      case 'M':
        atom_ = asserted(RegexAssertion::word_end, letters().word_end);
        return false;
      case 'y':
        atom_ = asserted(RegexAssertion::word_edge, fmt::format("(?:{}|{})", letters().word_start, letters().word_end));
        return false;
      case 'Y':
        atom_ = asserted(RegexAssertion::no_word_edge, fmt::format("(?!{}|{})", letters().word_start, letters().word_end));
        return false;
      default:
        break;
    }
    if (out_.size() > start) {
      atom_ = set_since(start);
      return true;
    }
    if (c >= '1' && c <= '9') {
      // Several digits are a reference when there is such a group, and an octal number otherwise.
      int reference = c - '0';
      const std::size_t after = at_;
      while (is_digit(static_cast<unsigned char>(peek()))) reference = std::min(reference * 10 + (pattern_[at_++] - '0'), 10000);
      if (at_ > after && reference > groups_) {
        at_ = after - 1;
        char32_t value = 0;
        for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7' && !at_end(); ++i)
          value = value * 8 + static_cast<char32_t>(pattern_[at_++] - '0');
        if (at_ == after - 1) fail("invalid escape \\ sequence");
        atom_ = literal(value);
        return true;
      }
      if (reference > groups_) fail("invalid backreference number");
      out_ += fmt::format("(?:\\{})", reference);
      tree_.has_references = true;
      atom_ = tree_.add({});
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
    std::string set;
    bool negated = false;
    if (peek() == '^') {
      negated = true;
      ++at_;
    }
    bool first = true;
    auto add_range = [&](char32_t low, char32_t high) {
      set += hex(low);
      if (high != low) set += "-" + hex(high);
      if (!options_.ignore_case) return;
      if (options_.unicode) {
        constexpr char32_t kMostOfRange = 100000;
        if (high - low > kMostOfRange) fail("too many characters in a range without regard to case");
        for (char32_t c = low; c <= high; ++c) {
          const auto [lower, upper] = cases(c);
          if (lower != c) set += hex(lower);
          if (upper != c) set += hex(upper);
        }
        return;
      }
      // The other case of the letters in the range.
      for (char32_t c = std::max<char32_t>(low, 'A'); c <= std::min<char32_t>(high, 'z'); ++c)
        if (is_letter(c)) set += hex(c ^ 0x20);
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
        set += class_of(name);
        at_ = stop + 2;
        continue;
      }
      bool is_set = false;
      char32_t low = bracket_character(set, is_set);
      if (is_set) continue;
      if (peek() == '-' && peek(1) != ']' && at_ + 1 < pattern_.size()) {
        ++at_;
        char32_t high = bracket_character(set, is_set);
        if (is_set || high < low) fail("invalid character range");
        add_range(low, high);
      } else {
        add_range(low, low);
      }
    }
    if (negated && options_.newline_stops) set += "\\n";
    const std::size_t start = out_.size();
    out_ += negated ? "[^" : "[";
    out_ += set;
    out_ += ']';
    atom_ = set_since(start);
  }

  char32_t bracket_character(std::string& set, bool& is_set) {
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
        set += letters().digit;
        return 0;
      case 's':
        set += letters().space;
        return 0;
      case 'w':
        set += letters().word;
        return 0;
      case 'D':
        set += fmt::format("[^{}]", letters().digit);
        return 0;
      case 'S':
        set += fmt::format("[^{}]", letters().space);
        return 0;
      case 'W':
        set += fmt::format("[^{}]", letters().word);
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
  std::string out_;
  RegexTree tree_;
  int atom_ = -1;  // the node of the last atom
  std::size_t at_ = 0;
  int groups_ = 0;
  int looks_ = 0;  // that are open
  int depth_ = 0;
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
