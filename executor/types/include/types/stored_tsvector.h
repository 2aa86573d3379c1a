// A stored tsvector that is looked at where it lies.
#pragma once

#include <string_view>

#include "types/text_search.h"

namespace types {

// As ts_match() of read_tsvector(vector), which is not taken apart for it.
bool ts_match(std::string_view vector, const TsQueryNode* query);

}  // namespace types
