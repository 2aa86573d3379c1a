#include "ltree_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "boolean_tree.h"
#include "extensions/ltree.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace extensions {

using std::string_view;
using types::SqlError;

namespace {

bool is_label_character(char c) { return types::is_letter(c) || types::is_digit(c) || c == '_'; }

std::size_t width_at(string_view text, std::size_t at) {
  return std::min(types::utf8_width(static_cast<unsigned char>(text[at])), text.size() - at);
}

[[noreturn]] void fail_at(string_view type, std::size_t position) {
  throw SqlError("42601", fmt::format("{} syntax error at character {}", type, position));
}
[[noreturn]] void fail_end(string_view type) {
  throw SqlError("42601", fmt::format("{} syntax error", type)).with_detail("Unexpected end of input.");
}
void check_count(string_view text, string_view what) {
  const auto count = std::ranges::count(text, '.') + 1;
  if (count > kMaxPathLevels)
    throw SqlError("54000", fmt::format("number of {} ({}) exceeds the maximum allowed ({})", what, count, kMaxPathLevels));
}
// `position` is behind the label.
void check_length(std::size_t length, std::size_t position) {
  if (length > kMaxLabelCharacters)
    throw SqlError("42622", "label string is too long")
        .with_detail(fmt::format("Label length is {}, must be at most {}, at character {}.", length, kMaxLabelCharacters, position));
}

bool same_bytes(string_view a, string_view b, bool any_case) {
  if (!any_case) return a == b;
  return std::ranges::equal(a, b, [](char x, char y) { return types::lower_ascii(x) == types::lower_ascii(y); });
}

// The parts between underscores, the empty ones left out.
bool next_word(string_view& rest, string_view& word) {
  while (!rest.empty() && rest.front() == '_') rest.remove_prefix(1);
  if (rest.empty()) return false;
  word = rest.substr(0, rest.find('_'));
  rest.remove_prefix(word.size());
  return true;
}

}  // namespace

void split_path(string_view path, std::vector<string_view>& labels) {
  labels.clear();
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('.'), path.size());
    labels.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

std::size_t path_levels(string_view path) {
  return path.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(path, '.')) + 1;
}

string_view first_labels(string_view path, std::size_t levels) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < levels; ++i) {
    const std::size_t dot = path.find('.', end);
    if (dot == string_view::npos) return path;
    if (i + 1 == levels) return path.substr(0, dot);
    end = dot + 1;
  }
  return {};
}

std::string fixed_beginning(string_view lquery) { return PathPattern(lquery).fixed_beginning(); }

// Without characters beyond ASCII in what is right, a character is a byte.
void check_path(string_view text) {
  check_count(text, "ltree labels");
  std::size_t start = 0;
  bool in_label = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_label_character(text[at])) {
      if (!in_label) start = at;
      in_label = true;
    } else if (in_label && text[at] == '.') {
      check_length(at - start, at + 1);
      in_label = false;
    } else {
      fail_at("ltree", at + 1);
    }
  }
  if (in_label) check_length(text.size() - start, text.size() + 1);
  else if (!text.empty()) fail_end("ltree");
}

// ---- one label

bool LabelPattern::matches(string_view label) const {
  const auto fits = [&](string_view wanted, string_view found) {
    if (found.size() == wanted.size() || (prefix && found.size() > wanted.size()))
      return same_bytes(wanted, found.substr(0, wanted.size()), any_case);
    return false;
  };
  if (!words) return fits(text, label);
  string_view wanted_rest = text, wanted;
  while (next_word(wanted_rest, wanted)) {
    string_view rest = label, word;
    bool found = false;
    while (!found && next_word(rest, word)) found = fits(wanted, word);
    if (!found) return false;
  }
  return true;
}

void LabelPattern::append_to(std::string& out) const {
  out += text;
  if (words) out += '%';
  if (any_case) out += '@';
  if (prefix) out += '*';
}

namespace {

bool take_flag(LabelPattern& label, char c) {
  if (c == '@') label.any_case = true;
  else if (c == '*') label.prefix = true;
  else if (c == '%') label.words = true;
  else return false;
  return true;
}

}  // namespace

// ---- lquery

namespace {

class Cursor {
 public:
  explicit Cursor(string_view text) : text_(text) {}

  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  // In characters from 1.
  std::size_t position() const { return position_; }
  void step() {
    at_ += width_at(text_, at_);
    ++position_;
  }
  [[noreturn]] void fail() const {
    if (at_end()) fail_end("lquery");
    fail_at("lquery", position_);
  }
  void expect(char c) {
    if (peek() != c) fail();
    step();
  }
  std::int64_t number() {
    constexpr std::int64_t kEnough = 2147483647;
    std::int64_t value = 0;
    if (!types::is_digit(peek())) fail();
    for (; types::is_digit(peek()); step()) value = std::min(value * 10 + (peek() - '0'), kEnough);
    return value;
  }

 private:
  string_view text_;
  std::size_t at_ = 0, position_ = 1;
};

[[noreturn]] void refuse_limit(const char* sqlstate, std::string detail) {
  throw SqlError(sqlstate, "lquery syntax error").with_detail(std::move(detail));
}
std::int32_t limit(Cursor& cursor, const char* which) {
  const std::size_t position = cursor.position();
  const std::int64_t value = cursor.number();
  if (value > kMaxPathLevels)
    refuse_limit("54000", fmt::format("{} limit ({}) exceeds the maximum allowed ({}), at character {}.", which, value,
                                      kMaxPathLevels, position));
  return static_cast<std::int32_t>(value);
}

// Behind the brace: "2}", "2,}", ",3}", "2,3}", ",}".
void parse_count(Cursor& cursor, std::int32_t& low, std::int32_t& high) {
  low = 0;
  high = kMaxPathLevels;
  if (cursor.peek() != ',') {
    low = limit(cursor, "Low");
    if (cursor.peek() == '}') {
      high = low;
      return cursor.step();
    }
  }
  cursor.expect(',');
  if (cursor.peek() != '}') {
    const std::size_t position = cursor.position();
    high = limit(cursor, "High");
    if (low > high)
      refuse_limit("42601", fmt::format("Low limit ({}) is greater than high limit ({}), at character {}.", low, high, position));
  }
  cursor.expect('}');
}

// One of a level's labels with its flags, up to what ends it.
LabelPattern parse_label(Cursor& cursor) {
  LabelPattern label;
  std::size_t flags = 0;
  for (; !cursor.at_end(); cursor.step()) {
    const char c = cursor.peek();
    if (take_flag(label, c)) ++flags;
    else if (is_label_character(c) && flags == 0) label.text += c;
    else if (c == '.' || c == '|' || c == '{') break;
    else cursor.fail();
  }
  const std::size_t end = cursor.position() - flags;
  if (label.text.empty())
    throw SqlError("42601", fmt::format("lquery syntax error at character {}", end)).with_detail("Empty labels are not allowed.");
  check_length(label.text.size(), end);
  return label;
}

void append_count(std::int32_t low, std::int32_t high, std::string& out) {
  if (low == high) out += fmt::format("{{{}}}", low);
  else if (low == 0 && high == kMaxPathLevels) out += "{,}";
  else if (low == 0) out += fmt::format("{{,{}}}", high);
  else if (high == kMaxPathLevels) out += fmt::format("{{{},}}", low);
  else out += fmt::format("{{{},{}}}", low, high);
}

}  // namespace

PathPattern::PathPattern(string_view text) {
  check_count(text, "lquery items");
  Cursor cursor(text);
  for (;;) {
    Item& item = items_.emplace_back();
    if (cursor.peek() == '*') {
      cursor.step();
      item.low = 0;
      item.high = kMaxPathLevels;
      if (cursor.peek() == '{') {
        cursor.step();
        parse_count(cursor, item.low, item.high);
      }
    } else {
      if (cursor.peek() == '!') {
        item.negated = true;
        cursor.step();
        // What is no label is looked at as its end: there must be one.
      } else if (!is_label_character(cursor.peek())) {
        cursor.fail();
      }
      item.labels.push_back(parse_label(cursor));
      while (cursor.peek() == '|') {
        cursor.step();
        if (!is_label_character(cursor.peek())) cursor.fail();
        item.labels.push_back(parse_label(cursor));
      }
      if (cursor.peek() == '{') {
        cursor.step();
        item.counted = true;
        parse_count(cursor, item.low, item.high);
      }
    }
    if (cursor.at_end()) return;
    cursor.expect('.');
  }
}

bool PathPattern::Item::matches(string_view label) const {
  if (labels.empty()) return true;
  return std::ranges::any_of(labels, [&](const LabelPattern& one) { return one.matches(label); }) != negated;
}

// Where the labels that the items so far have taken may end, item by item: as much work as items times labels.
bool PathPattern::matches(string_view path) const {
  thread_local std::vector<string_view> labels;
  thread_local std::vector<char> reached, next;
  split_path(path, labels);
  const std::size_t count = labels.size();
  reached.assign(count + 1, 0);
  reached[0] = 1;
  for (const Item& item : items_) {
    next.assign(count + 1, 0);
    const auto low = static_cast<std::size_t>(item.low), high = static_cast<std::size_t>(item.high);
    // Ends [from, to] are open; from a start, `run` labels match on end.
    std::size_t run_end = 0, filled = 0;
    bool any = false;
    for (std::size_t start = 0; start <= count; ++start) {
      if (reached[start] == 0) continue;
      if (run_end < start) run_end = start;
      while (run_end < count && run_end - start < high && item.matches(labels[run_end])) ++run_end;
      const std::size_t last = std::min(run_end, start + high);
      for (std::size_t end = std::max(start + low, filled); end <= last; ++end) next[end] = 1, any = true;
      filled = std::max(filled, last + 1);
    }
    if (!any) return false;
    reached.swap(next);
  }
  return reached[count] != 0;
}

std::string PathPattern::text() const {
  std::string out;
  for (const Item& item : items_) {
    if (&item != items_.data()) out += '.';
    if (item.labels.empty()) {
      out += '*';
      if (item.low != 0 || item.high != kMaxPathLevels) append_count(item.low, item.high, out);
      continue;
    }
    if (item.negated) out += '!';
    for (const LabelPattern& label : item.labels) {
      if (&label != item.labels.data()) out += '|';
      label.append_to(out);
    }
    if (item.counted) append_count(item.low, item.high, out);
  }
  return out;
}

std::string PathPattern::fixed_beginning() const {
  std::string out;
  for (const Item& item : items_) {
    if (item.negated || item.labels.size() != 1 || item.low != 1 || item.high != 1) break;
    const LabelPattern& label = item.labels.front();
    if (label.prefix || label.any_case || label.words) break;
    if (!out.empty()) out += '.';
    out += label.text;
  }
  return out;
}

// ---- ltxtquery

class PathWordsSyntax {
 public:
  explicit PathWordsSyntax(string_view text) : text_(text) {}

  [[noreturn]] void fail() const { throw SqlError("42601", "syntax error"); }
  char next_operand() {
    while (at_ < text_.size() && types::is_space(text_[at_])) ++at_;
    return here();
  }
  // Between operands PostgreSQL passes over spaces, and over whatever is not ASCII.
  char next_operator() {
    while (at_ < text_.size() && (text_[at_] == ' ' || width_at(text_, at_) > 1)) at_ += width_at(text_, at_);
    return here();
  }
  void skip() { ++at_; }

  void operand(PathWords::Node& node) {
    if (!is_label_character(here())) throw SqlError("42601", "operand syntax error");
    LabelPattern& word = node.word;
    bool flagged = false;
    for (; at_ < text_.size(); ++at_) {
      if (take_flag(word, text_[at_])) {
        flagged = true;
      } else if (is_label_character(text_[at_])) {
        if (flagged) throw SqlError("42601", "modifiers syntax error");
        word.text += text_[at_];
      } else {
        break;
      }
    }
    if (word.text.size() > kMaxLabelCharacters) throw SqlError("22023", "operand is too long");
  }

 private:
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  string_view text_;
  std::size_t at_ = 0;
};

PathWords::PathWords(string_view text) {
  PathWordsSyntax syntax(text);
  boolean_tree::Reader(syntax, nodes_).read();
}

bool PathWords::matches(string_view path) const {
  thread_local std::vector<string_view> labels;
  split_path(path, labels);
  return boolean_tree::holds(nodes_, [](const Node& node) {
    return std::ranges::any_of(labels, [&](string_view label) { return node.word.matches(label); });
  });
}

std::string PathWords::text() const {
  std::string out;
  boolean_tree::append(nodes_, static_cast<std::int32_t>(nodes_.size()) - 1, true, out,
                       [](const Node& node, std::string& to) { node.word.append_to(to); });
  return out;
}

}  // namespace extensions
