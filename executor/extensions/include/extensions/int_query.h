// query_int: integers joined by & | !. Its value is its text as it is printed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace extensions {

class IntQuery {
 public:
  struct Node {
    char operation;                // & | ! or i: an integer
    std::int32_t left = -1, right = -1;  // nodes; right of & and | alone
    std::int32_t value = 0;
  };

  // 42601 as PostgreSQL's input function.
  explicit IntQuery(std::string_view text);

  // Children come before their parents; the last one is the whole.
  const std::vector<Node>& nodes() const { return nodes_; }
  std::string text() const;
  // Of values in ascending order.
  bool holds(std::span<const std::int32_t> values) const;

 private:
  bool holds(std::int32_t node, std::span<const std::int32_t> values) const;
  void append(std::int32_t node, bool first, std::string& out) const;
  std::int32_t root() const { return static_cast<std::int32_t>(nodes_.size()) - 1; }

  std::vector<Node> nodes_;
};

}  // namespace extensions
