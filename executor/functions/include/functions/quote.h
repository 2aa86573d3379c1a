// Quoting for SQL text: deparsing, quote_ident(), format().
#pragma once

#include <string>
#include <string_view>

namespace functions {

// In double quotes when it is not a plain lower-case identifier or is a keyword that cannot stand
// as one.
std::string quote_identifier(std::string_view name);
// In single quotes; with a backslash inside as E'...'.
std::string quote_literal(std::string_view text);

}  // namespace functions
