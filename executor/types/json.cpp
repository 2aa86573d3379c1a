#include "types/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <memory_resource>
#include <numeric>
#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "types/numeric.h"
#include "types/sql_error.h"
#include "types/stack_depth.h"
#include "types/text.h"
#include "types/utf8.h"
#include "types/wire.h"

namespace types {
namespace {

// A session's stack is small.
constexpr int kMaxDepth = 256;

class Parser {
 public:
  // Text that is kept as it is has its escapes looked at, not put together: halves of surrogate pairs are taken.
  enum class Escapes : bool { decoded, kept };
  Parser(Arena& arena, std::string_view text, Escapes escapes = Escapes::decoded)
      : arena_(arena), text_(text), escapes_(escapes) {
    values_.reserve(kFew);
    keys_.reserve(kFew);
  }

  const JsonNode& parse() {
    auto* node = arena_.allocate_array<JsonNode>(1);
    value(*node, 0);
    skip();
    if (at_ < text_.size()) fail_token("Expected end of input, but found {}.");
    return *node;
  }

 private:
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }

  // The line of the token, as far as `end`: at most 50 bytes or so of it.
  std::string context(std::size_t token, std::size_t end) const {
    constexpr std::size_t kLongest = 50;
    const std::string_view before = text_.substr(0, token);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::size_t line_start = newline == before.npos ? 0 : newline + 1;
    std::size_t start = line_start;
    end = std::clamp(end, start, text_.size());
    while (end - start >= kLongest) start += utf8_width(static_cast<unsigned char>(text_[start]));
    if (start - line_start <= 3) start = line_start;
    const bool more = end < text_.size() && text_[end] != '\n' && text_[end] != '\r';
    return fmt::format("JSON data, line {}: {}{}{}", line, start > line_start ? "..." : "",
                       text_.substr(start, end - start), more ? "..." : "");
  }
  [[noreturn]] void fail(std::string detail, std::size_t token, std::size_t end) const {
    throw SqlError("22P02", "invalid input syntax for type json")
        .with_detail(std::move(detail))
        .with_context(context(token, end));
  }
  // Of surrogates in the string that begins there, which have come to nothing right before `end`.
  [[noreturn]] void fail_surrogate(std::string_view detail, std::size_t string, std::size_t end) const {
    fail(std::string(detail), string, end);
  }
  static bool is_word(char c) {
    const char lower = lower_ascii(c);
    return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
  }
  // Where the number at `at` ends, with what stands right behind it and makes it none.
  std::size_t number_end(std::size_t at, bool& good) const {
    const auto here = [&] { return at < text_.size() ? text_[at] : '\0'; };
    const auto digits = [&] {
      const std::size_t first = at;
      while (is_digit(here())) ++at;
      return at > first;
    };
    good = true;
    if (here() == '-') ++at;
    if (here() == '0') ++at;
    else good = digits();
    if (good && here() == '.') {
      ++at;
      good = digits();
    }
    if (good && (here() == 'e' || here() == 'E')) {
      ++at;
      if (here() == '+' || here() == '-') ++at;
      good = digits();
    }
    const std::size_t end = at;
    while (at < text_.size() && is_word(text_[at])) ++at;
    good = good && at == end;
    return at;
  }
  struct Lexeme {
    std::string_view text;
    bool good;
  };
  // What stands where reading stopped, as one token.
  Lexeme lexeme() const {
    const char first = text_[at_];
    if (first == '"') {
      std::size_t end = at_ + 1;
      while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
      return {text_.substr(at_, std::min(end + 1, text_.size()) - at_), end < text_.size()};
    }
    if (first == '-' || is_digit(first)) {
      bool good = true;
      const std::size_t end = number_end(at_, good);
      return {text_.substr(at_, end - at_), good};
    }
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end > at_) {
      const std::string_view found = text_.substr(at_, end - at_);
      return {found, found == "true" || found == "false" || found == "null"};
    }
    return {text_.substr(at_, 1), std::string_view("{}[],:").find(first) != std::string_view::npos};
  }
  std::string_view token() const { return at_end() ? std::string_view() : lexeme().text; }
  // What is no token at all is told as that, whatever was expected.
  [[noreturn]] void fail_token(std::string_view format) const {
    if (at_end()) fail("The input string ended unexpectedly.", text_.size(), text_.size());
    const Lexeme found = lexeme();
    if (!found.good) format = "Token {} is invalid.";
    fail(fmt::format(fmt::runtime(format), fmt::format("\"{}\"", found.text)), at_, at_ + found.text.size());
  }

  void value(JsonNode& node, int depth) {
    if (depth > kMaxDepth) throw_stack_depth_exceeded();
    skip();
    std::size_t start = at_;
    node = {};
    switch (peek()) {
      case '{':
        object(node, depth);
        break;
      case '[':
        array(node, depth);
        break;
      case '"':
        node.kind = JsonKind::string;
        node.string = string();
        break;
      default:
        if (peek() == '-' || is_digit(peek())) {
          node.kind = JsonKind::number;
          number();
        } else if (word("true") || word("false")) {
          node.kind = JsonKind::boolean;
        } else if (word("null")) {
          node.kind = JsonKind::null;
        } else if (!at_end() && std::string_view(",:]}").find(peek()) != std::string_view::npos) {
          fail_token("Expected JSON value, but found {}.");
        } else {
          fail_token("Token {} is invalid.");
        }
    }
    node.raw = text_.substr(start, at_ - start);
  }

  bool word(std::string_view expected) {
    if (token() != expected) return false;
    at_ += expected.size();
    return true;
  }

  void number() {
    bool good = true;
    const std::size_t end = number_end(at_, good);
    if (!good) fail_token("Token {} is invalid.");
    at_ = end;
  }

  char32_t hex4(std::size_t string) {
    char32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      if (at_end()) {
        at_ = string;
        fail_token("Token {} is invalid.");
      }
      const char c = lower_ascii(text_[at_]);
      if (!is_digit(c) && !(c >= 'a' && c <= 'f'))
        fail("\"\\u\" must be followed by four hexadecimal digits.", string,
             at_ + utf8_width(static_cast<unsigned char>(text_[at_])));
      code = code * 16 + static_cast<char32_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
      ++at_;
    }
    return code;
  }

  std::string_view string() {
    ++at_;
    std::size_t start = at_;
    // Most strings have no escapes and are slices of the text.
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<unsigned char>(text_[at_]) >= 0x20)
      ++at_;
    if (peek() == '"' && !at_end()) return text_.substr(start, at_++ - start);
    std::string out(text_.substr(start, at_ - start));
    char32_t high = 0;
    for (;;) {
      if (at_end()) {
        at_ = start - 1;
        fail_token("Token {} is invalid.");
      }
      char c = text_[at_];
      if (c == '"' || c != '\\') {
        if (high != 0)
          fail_surrogate("Unicode low surrogate must follow a high surrogate.", start - 1,
                         at_ + utf8_width(static_cast<unsigned char>(c)));
        ++at_;
        if (c == '"') break;
        if (static_cast<unsigned char>(c) < 0x20)
          fail(fmt::format("Character with value 0x{:02x} must be escaped.", static_cast<unsigned char>(c)), start - 1,
               at_ - 1);
        out += c;
        continue;
      }
      ++at_;
      char escape = peek();
      if (escape == 'u') {
        ++at_;
        char32_t code = hex4(start - 1);
        if (escapes_ == Escapes::kept) continue;
        if (code >= 0xd800 && code <= 0xdbff) {
          if (high != 0) fail_surrogate("Unicode high surrogate must not follow a high surrogate.", start - 1, at_);
          high = code;
          continue;
        }
        if (code >= 0xdc00 && code <= 0xdfff) {
          if (high == 0) fail_surrogate("Unicode low surrogate must follow a high surrogate.", start - 1, at_);
          code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
          high = 0;
        } else if (high != 0) {
          fail_surrogate("Unicode low surrogate must follow a high surrogate.", start - 1, at_);
        }
        if (code == 0)
          throw SqlError("22P05", "unsupported Unicode escape sequence")
              .with_detail("\\u0000 cannot be converted to text.")
              .with_context(context(start - 1, at_));
        utf8_append(out, code);
        continue;
      }
      if (high != 0)
        fail_surrogate("Unicode low surrogate must follow a high surrogate.", start - 1,
                       at_ + utf8_width(static_cast<unsigned char>(escape)));
      switch (escape) {
        case '"':
        case '\\':
        case '/':
          out += escape;
          break;
        case 'b':
          out += '\b';
          break;
        case 'f':
          out += '\f';
          break;
        case 'n':
          out += '\n';
          break;
        case 'r':
          out += '\r';
          break;
        case 't':
          out += '\t';
          break;
        default:
          if (at_end()) {
            at_ = start - 1;
            fail_token("Token {} is invalid.");
          }
          fail(fmt::format("Escape sequence \"\\{}\" is invalid.",
                           text_.substr(at_, utf8_width(static_cast<unsigned char>(escape)))),
               start - 1, at_ + utf8_width(static_cast<unsigned char>(escape)));
      }
      ++at_;
    }
    return arena_.copy(out);
  }

  void array(JsonNode& node, int depth) {
    node.kind = JsonKind::array;
    ++at_;
    const std::size_t first = values_.size();
    skip();
    if (peek() == ']' && !at_end()) {
      ++at_;
      return;
    }
    for (;;) {
      element(depth);
      skip();
      if (peek() == ',' && !at_end()) {
        ++at_;
        continue;
      }
      if (peek() == ']' && !at_end()) {
        ++at_;
        break;
      }
      fail_token("Expected \",\" or \"]\", but found {}.");
    }
    node.children = keep(values_, first);
  }

  void object(JsonNode& node, int depth) {
    node.kind = JsonKind::object;
    ++at_;
    const std::size_t first = values_.size(), first_key = keys_.size();
    skip();
    if (peek() == '}' && !at_end()) {
      ++at_;
      return;
    }
    for (;;) {
      skip();
      if (peek() != '"') fail_token(keys_.size() == first_key ? "Expected string or \"}}\", but found {}." : "Expected string, but found {}.");
      keys_.push_back(string());
      skip();
      if (peek() != ':') fail_token("Expected \":\", but found {}.");
      ++at_;
      element(depth);
      skip();
      if (peek() == ',' && !at_end()) {
        ++at_;
        continue;
      }
      if (peek() == '}' && !at_end()) {
        ++at_;
        break;
      }
      fail_token("Expected \",\" or \"}}\", but found {}.");
    }
    node.children = keep(values_, first);
    node.keys = keep(keys_, first_key);
  }

  void element(int depth) {
    JsonNode node;  // what it holds moves values_
    value(node, depth + 1);
    values_.push_back(node);
  }

  // Takes the last ones, from `first` on, off the stack.
  template <typename T>
  std::span<const T> keep(std::pmr::vector<T>& stack, std::size_t first) {
    const std::size_t count = stack.size() - first;
    T* kept = arena_.allocate_array<T>(count);
    std::copy(stack.begin() + static_cast<std::ptrdiff_t>(first), stack.end(), kept);
    stack.resize(first);
    return {kept, count};
  }

  Arena& arena_;
  std::string_view text_;
  const Escapes escapes_;
  std::size_t at_ = 0;
  // Members of the arrays and objects that are open; most documents have few, and need no heap.
  static constexpr std::size_t kFew = 24;
  alignas(JsonNode) std::array<std::byte, kFew * (sizeof(JsonNode) + sizeof(std::string_view))> few_;
  std::pmr::monotonic_buffer_resource memory_{few_.data(), few_.size()};
  std::pmr::vector<JsonNode> values_{&memory_};
  std::pmr::vector<std::string_view> keys_{&memory_};
};

[[noreturn]] void throw_nul() {
  throw SqlError("22P05", "unsupported Unicode escape sequence")
      .with_detail("\\u0000 cannot be converted to text.");
}
std::string_view without_nul(std::string_view text) {
  if (text.find('\0') != text.npos) throw_nul();
  return text;
}

bool key_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view key) const {
  for (std::size_t i = keys.size(); i-- > 0;)
    if (keys[i] == key) return &children[i];
  return nullptr;
}

const JsonNode* JsonNode::at(std::int64_t index) const {
  auto size = static_cast<std::int64_t>(children.size());
  if (index < 0) index += size;
  return index >= 0 && index < size ? &children[static_cast<std::size_t>(index)] : nullptr;
}

const JsonNode& parse_json(Arena& arena, std::string_view text) { return Parser(arena, text).parse(); }

void check_json(std::string_view text) {
  Arena arena;
  Parser(arena, text, Parser::Escapes::kept).parse();
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // what is not appended yet begins here
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      default: out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    }
  }
  out.append(text, plain);
  out += '"';
}

void append_jsonb(Arena& scratch, std::string& out, const JsonNode& node) {
  switch (node.kind) {
    case JsonKind::null:
    case JsonKind::boolean:
      out += node.raw;
      break;
    case JsonKind::string:
      append_json_string(out, without_nul(node.string));
      break;
    case JsonKind::number:
      append_numeric(out, parse_numeric(scratch, node.raw));
      break;
    case JsonKind::array: {
      out += '[';
      bool first = true;
      for (const JsonNode& child : node.children) {
        if (!first) out += ", ";
        first = false;
        append_jsonb(scratch, out, child);
      }
      out += ']';
      break;
    }
    case JsonKind::object: {
      std::vector<std::size_t> order(node.keys.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      // Of equal keys the last one comes last, and counts.
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return key_before(node.keys[a], node.keys[b]);
      });
      out += '{';
      bool first = true;
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (i + 1 < order.size() && node.keys[order[i]] == node.keys[order[i + 1]]) continue;
        if (!first) out += ", ";
        first = false;
        append_json_string(out, without_nul(node.keys[order[i]]));
        out += ": ";
        append_jsonb(scratch, out, node.children[order[i]]);
      }
      out += '}';
      break;
    }
  }
}

std::string_view to_jsonb(Arena& arena, std::string_view json_text) {
  Arena scratch;
  std::string out;
  append_jsonb(scratch, out, parse_json(scratch, json_text));
  return arena.copy(out);
}

void append_json_pretty(std::string& out, const JsonNode& node, int indent) {
  auto line = [&](int level) {
    out += '\n';
    out.append(static_cast<std::size_t>(level) * 4, ' ');
  };
  if (node.kind != JsonKind::array && node.kind != JsonKind::object) {
    out += node.raw;
    return;
  }
  bool object = node.kind == JsonKind::object;
  out += object ? '{' : '[';
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (i > 0) out += ',';
    line(indent + 1);
    if (object) {
      append_json_string(out, node.keys[i]);
      out += ": ";
    }
    append_json_pretty(out, node.children[i], indent + 1);
  }
  line(indent);
  out += object ? '}' : ']';
}

namespace {

// Of an integer that needs no numeric.
std::optional<std::int64_t> small_integer(std::string_view text) {
  if (text.size() > 18) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

int compare_json_numbers(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  if (const auto x = small_integer(a))
    if (const auto y = small_integer(b)) return *x < *y ? -1 : int{*x > *y};
  Arena scratch(256);
  return compare_numeric(parse_numeric(scratch, a), parse_numeric(scratch, b));
}

int compare_json(const JsonNode& a, const JsonNode& b) {
  auto rank = [](JsonKind kind) { return static_cast<int>(kind); };
  auto sign = [](std::size_t x, std::size_t y) { return x < y ? -1 : int{x > y}; };
  if (a.kind != b.kind) {
    // An empty array is below everything else.
    bool empty_a = a.kind == JsonKind::array && a.children.empty();
    bool empty_b = b.kind == JsonKind::array && b.children.empty();
    if (empty_a != empty_b) return empty_a ? -1 : 1;
    return rank(a.kind) < rank(b.kind) ? -1 : 1;
  }
  switch (a.kind) {
    case JsonKind::null:
      return 0;
    case JsonKind::boolean:
      return int{a.boolean()} - int{b.boolean()};
    case JsonKind::string:
      return compare_bytes(a.string, b.string);
    case JsonKind::number:
      return compare_json_numbers(a.raw, b.raw);
    case JsonKind::array:
      if (a.children.size() != b.children.size()) return sign(a.children.size(), b.children.size());
      for (std::size_t i = 0; i < a.children.size(); ++i)
        if (int order = compare_json(a.children[i], b.children[i])) return order;
      return 0;
    case JsonKind::object:
      if (a.children.size() != b.children.size()) return sign(a.children.size(), b.children.size());
      for (std::size_t i = 0; i < a.children.size(); ++i) {
        if (a.keys[i] != b.keys[i]) return compare_bytes(a.keys[i], b.keys[i]);
        if (int order = compare_json(a.children[i], b.children[i])) return order;
      }
      return 0;
  }
  return 0;
}

int compare_jsonb_text(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  Arena scratch;
  return compare_json(parse_json(scratch, a), parse_json(scratch, b));
}

}  // namespace types
