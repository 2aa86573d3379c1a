// What the lexer skips between tokens.
#pragma once

namespace parser {

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

}  // namespace parser
