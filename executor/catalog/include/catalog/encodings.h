// PostgreSQL's character sets by number and name.
#pragma once

#include <string_view>

namespace catalog {

// "UTF8"; empty for a number that is none.
std::string_view encoding_name(int encoding);
// By any of its names, whatever their case and punctuation ("iso-8859-1" is LATIN1); -1: none.
int find_encoding(std::string_view name);

}  // namespace catalog
