// What a text or an expression is refused with, in PostgreSQL's words.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace xml {

// This unit stands below the one that has SqlError: types/xml.h makes that of it. `sqlstate` is a literal.
class Failure : public std::exception {
 public:
  Failure(std::string_view sqlstate, std::string message, std::string detail = {})
      : sqlstate_(sqlstate), message_(std::move(message)), detail_(std::move(detail)) {}

  const char* what() const noexcept override { return message_.c_str(); }
  std::string_view sqlstate() const { return sqlstate_; }
  const std::string& message() const { return message_; }
  // libxml2's own messages, one behind the other: "line N: ...", the line in question, a caret below the place.
  const std::string& detail() const { return detail_; }

 private:
  std::string_view sqlstate_;
  std::string message_, detail_;
};

// What libxml2 has warned of on this thread since this was asked last (a namespace that is a relative URI): nothing that
// keeps a call from succeeding. The caller of this unit tells its client.
std::vector<std::string> take_warnings();

}  // namespace xml
