// Whether backslashes in '...' are themselves: the setting standard_conforming_strings.
#pragma once

namespace parser {

// What is parsed on this thread while it lives reads strings so. Not held across a suspension.
class StringSyntax {
 public:
  explicit StringSyntax(bool standard_conforming);
  ~StringSyntax();
  StringSyntax(const StringSyntax&) = delete;
  StringSyntax& operator=(const StringSyntax&) = delete;
};

}  // namespace parser
