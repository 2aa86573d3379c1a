#include "extensions/int_query.h"

#include <algorithm>
#include <charconv>

#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/stack_depth.h"

namespace extensions {
namespace {

class IntQueryParser {
 public:
  IntQueryParser(std::string_view text, std::vector<IntQuery::Node>& nodes) : text_(text), nodes_(nodes) {}

  void parse() {
    any();
    skip_space();
    if (at_ < text_.size()) fail();
  }

 private:
  [[noreturn]] static void fail() { throw types::SqlError("42601", "syntax error"); }

  std::int32_t add(IntQuery::Node node) {
    nodes_.push_back(node);
    return static_cast<std::int32_t>(nodes_.size()) - 1;
  }
  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::int32_t any() {
    std::int32_t left = all();
    while (take('|')) {
      const std::int32_t right = all();
      left = add({'|', left, right});
    }
    return left;
  }
  std::int32_t all() {
    std::int32_t left = one();
    while (take('&')) {
      const std::int32_t right = one();
      left = add({'&', left, right});
    }
    return left;
  }

  std::int32_t one() {
    constexpr int kDeepest = 256;
    if (++depth_ > kDeepest) types::throw_stack_depth_exceeded();
    std::int32_t made = -1;
    if (take('!')) {
      const std::int32_t denied = one();
      made = add({'!', denied});
    } else if (take('(')) {
      made = any();
      if (!take(')')) fail();
    } else {
      made = integer();
    }
    --depth_;
    return made;
  }

  // A sign alone is 0, as it is to PostgreSQL.
  std::int32_t integer() {
    const std::size_t start = at_;
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    while (at_ < text_.size() && types::is_digit(text_[at_])) ++at_;
    const std::string_view digits = text_.substr(start, at_ - start);
    if (digits.empty()) fail();
    std::int32_t value = 0;
    if (digits != "-" && std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) fail();
    return add({.operation = 'i', .value = value});
  }

  std::string_view text_;
  std::vector<IntQuery::Node>& nodes_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

IntQuery::IntQuery(std::string_view text) { IntQueryParser(text, nodes_).parse(); }

bool IntQuery::holds(std::span<const std::int32_t> values) const { return holds(root(), values); }

bool IntQuery::holds(std::int32_t number, std::span<const std::int32_t> values) const {
  const Node& node = nodes_[static_cast<std::size_t>(number)];
  switch (node.operation) {
    case '!': return !holds(node.left, values);
    case '&': return holds(node.left, values) && holds(node.right, values);
    case '|': return holds(node.left, values) || holds(node.right, values);
    default: return std::ranges::binary_search(values, node.value);
  }
}

void IntQuery::append(std::int32_t number, bool first, std::string& out) const {
  const Node& node = nodes_[static_cast<std::size_t>(number)];
  if (node.operation == 'i') {
    out += std::to_string(node.value);
    return;
  }
  if (node.operation == '!') {
    const bool is_integer = nodes_[static_cast<std::size_t>(node.left)].operation == 'i';
    out += is_integer ? "!" : "!( ";
    append(node.left, true, out);
    if (!is_integer) out += " )";
    return;
  }
  const bool apart = node.operation == '|' && !first;
  if (apart) out += "( ";
  append(node.left, false, out);
  out += node.operation == '&' ? " & " : " | ";
  append(node.right, false, out);
  if (apart) out += " )";
}

std::string IntQuery::text() const {
  std::string out;
  append(root(), true, out);
  return out;
}

}  // namespace extensions
