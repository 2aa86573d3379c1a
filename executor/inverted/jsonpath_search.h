// What keys a document must have for a jsonpath to find something in it, or to be true of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "inverted/search.h"
#include "types/arena.h"

namespace inverted {

// `match`: of `@@`, else of `@?`.
Search jsonpath_search(Source source, std::uint8_t column, std::string_view jsonpath, bool match,
                       types::Arena& scratch);

}  // namespace inverted
