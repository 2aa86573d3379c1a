// Which relations an expression or a query refers to.
#pragma once

#include "query/query.h"

namespace query {

// Whether anything in it reads entry `index` of the range table of the query `depth` levels further out
// (0: its own).
bool reads(const Expression& expression, int depth, int index);
bool reads(const Query& query, int depth, int index);

}  // namespace query
