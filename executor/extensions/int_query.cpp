#include "extensions/int_query.h"

#include <algorithm>
#include <charconv>

#include "boolean_tree.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

class IntQuerySyntax {
 public:
  explicit IntQuerySyntax(std::string_view text) : text_(text) {}

  [[noreturn]] void fail() const { throw types::SqlError("42601", "syntax error"); }
  char next_operand() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  char next_operator() { return next_operand(); }
  void skip() { ++at_; }

  // A sign alone is 0, as it is to PostgreSQL.
  void operand(IntQuery::Node& node) {
    const std::size_t start = at_;
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    while (at_ < text_.size() && types::is_digit(text_[at_])) ++at_;
    const std::string_view digits = text_.substr(start, at_ - start);
    if (digits.empty()) fail();
    if (digits != "-" && std::from_chars(digits.data(), digits.data() + digits.size(), node.value).ec != std::errc()) fail();
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

IntQuery::IntQuery(std::string_view text) {
  IntQuerySyntax syntax(text);
  boolean_tree::Reader(syntax, nodes_).read();
}

bool IntQuery::holds(std::span<const std::int32_t> values) const {
  return boolean_tree::holds(nodes_, [&](const Node& node) { return std::ranges::binary_search(values, node.value); });
}

std::string IntQuery::text() const {
  std::string out;
  boolean_tree::append(nodes_, static_cast<std::int32_t>(nodes_.size()) - 1, true, out,
                       [](const Node& node, std::string& to) { to += std::to_string(node.value); });
  return out;
}

}  // namespace extensions
