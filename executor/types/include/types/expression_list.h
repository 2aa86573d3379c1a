// Lists of SQL expressions as text.
#pragma once

#include <string_view>
#include <vector>

namespace types {

// "a, f(b, c), 'd,e'" -> a; f(b, c); 'd,e': the parts between the outermost commas, without the blanks
// before each. Nothing is checked, so it is for text that was parsed before or will be. The parts are
// views of `text`; an empty text has none.
std::vector<std::string_view> split_expressions(std::string_view text);

}  // namespace types
