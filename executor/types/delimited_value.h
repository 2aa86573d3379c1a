// Fields of composite text forms: a row's "(a,b)", a range's "[a,b)".
#pragma once

#include <string>
#include <string_view>

namespace types {

// Reads from text[at] to the next of `delimiters` outside double quotes, which stays unread. A doubled
// quote inside quotes is one, a backslash takes the next character as it is. False when the text ends first.
bool read_delimited(std::string_view text, std::size_t& at, std::string_view delimiters, std::string& value);

}  // namespace types
