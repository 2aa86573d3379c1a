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
    char operation = 'i';                // & | ! or i: an integer
    std::int32_t left = -1, right = -1;  // nodes; right of & and | alone
    std::int32_t depth = 0;              // chains of one operator to the left count once
    std::int32_t value = 0;
  };

  // 42601 as PostgreSQL's input function; 54001 where it is nested too deeply.
  explicit IntQuery(std::string_view text);

  // Children come before their parents; the last one is the whole.
  const std::vector<Node>& nodes() const { return nodes_; }
  std::string text() const;
  // Of values in ascending order.
  bool holds(std::span<const std::int32_t> values) const;

 private:
  std::vector<Node> nodes_;
};

}  // namespace extensions
